// The resources of a doctor's interaction → its plain form, and which resources are part of one.
import { sourceOf } from '../../json/jsonNumber.ts';
import type { Resource } from '../../services.ts';
import { defined } from '../fhirParts.ts';
import { readingSystem } from '../readings/vitalObservation.ts';
import type { RegisteredQuantity } from '../readings/vitalReading.ts';
import type { Json } from '../things/clinicResource.ts';
import { markedId } from '../things/thingIds.ts';
import {
  type Coding,
  type Concept,
  codeIn,
  kindSystem,
  kinds,
  noteType,
  outcomeQuestion,
  outcomeSystem,
  outcomes,
  wordOf,
} from './interactionTerms.ts';

const loinc = 'http://loinc.org';
/** What the identifiers of an interaction's own readings begin with, other than those of gateways. */
export const OWN_READING = 'interaction:';
export const IN_ERROR = 'entered-in-error';

/** A reference as it is stored. */
export interface Reference {
  reference: string;
  display?: string;
}

export const isOutcome = ({ resourceType, code }: Resource): boolean =>
  resourceType === 'Observation' && codeIn(code, outcomeSystem) === outcomeQuestion.code;

export const isNote = ({ resourceType, type }: Resource): boolean =>
  resourceType === 'DocumentReference' && codeIn(type, loinc) === noteType.code;

/** The number of a reading among those of its interaction; undefined for what is none of them. */
function vitalNumber({ resourceType, identifier }: Resource): number | undefined {
  if (resourceType !== 'Observation') return undefined;
  const own = ((identifier ?? []) as { system?: string; value?: string }[]).find(
    ({ system, value }) => system === readingSystem && value?.startsWith(OWN_READING),
  );
  return own && Number(/\d+$/.exec(own.value!)?.[0] ?? 0);
}

export const isVital = (resource: Resource): boolean => vitalNumber(resource) !== undefined;

/** Whether a resource that refers to the Encounter is part of the interaction: scores, and what others add, are not. */
export const isPart = (part: Resource): boolean => isOutcome(part) || isNote(part) || isVital(part);

export const isLive = ({ status }: Resource): boolean => status !== IN_ERROR;

/** With whom an Encounter was. */
export const doctorOf = (main: Resource | undefined): Reference | undefined =>
  (main?.participant as { individual?: Reference }[] | undefined)?.[0]?.individual;

/** The plain form; readings, and what was made of them, in the order they were sent in. */
export function interactionJson(main: Resource, parts: readonly Resource[]): Json {
  const { period } = main as Resource & { period?: { start?: string } };
  const doctor = doctorOf(main);
  const kind = wordOf(
    kinds,
    ((main.type ?? []) as Concept[]).map((type) => codeIn(type, kindSystem)).find(Boolean),
  );
  const live = parts.filter(isLive);
  const outcome = live.find(isOutcome);
  const notes = noteText(live.find(isNote));
  const vitals = live.filter(isVital).sort((a, b) => vitalNumber(a)! - vitalNumber(b)!);
  return {
    id: markedId(main.id!),
    ...(doctor && { doctor: doctor.reference }),
    ...(doctor?.display !== undefined && { doctor_name: doctor.display }),
    ...defined({ time: period?.start, kind, outcome: outcome && outcomeWord(outcome) }),
    ...(notes !== undefined && { notes }),
    ...(vitals.length > 0 && { vitals: vitals.map(vitalJson), evaluation: vitals.map(evaluationJson) }),
  };
}

/** What an Observation of an outcome says, in the words of the plain form. */
export const outcomeWord = ({ valueCodeableConcept }: Resource): string | undefined =>
  wordOf(outcomes, codeIn(valueCodeableConcept, outcomeSystem));

function noteText(note: Resource | undefined): string | undefined {
  const [content] = (note?.content ?? []) as { attachment?: { data?: string } }[];
  const data = content?.attachment?.data;
  return data === undefined ? undefined : Buffer.from(data, 'base64').toString();
}

interface StoredVital {
  code?: Concept;
  valueQuantity?: RegisteredQuantity;
  valueCodeableConcept?: Concept;
  component?: StoredVital[];
  device?: { reference?: string; display?: string };
  note?: { text?: string }[];
  interpretation?: Concept[];
}

/** A reading as it could have been sent. */
export function vitalJson(vital: Resource): Json {
  const { code, valueQuantity, valueCodeableConcept, component, device, note } = vital as StoredVital;
  const [coding] = code?.coding ?? [];
  const quantity = valueQuantity ?? component?.[0]?.valueQuantity;
  const [answer] = valueCodeableConcept?.coding ?? [];
  const value = component
    ? component.map((part) => sourceOf(part.valueQuantity!.value)).join('/')
    : quantity?.comparator
      ? `${quantity.comparator}${sourceOf(quantity.value)}`
      : (quantity?.value ?? spelled(answer));
  const from = device?.reference ?? device?.display;
  return {
    code: coding?.system === loinc ? coding.code : spelled(coding),
    value,
    ...(quantity && { unit: quantity.code }),
    ...(from !== undefined && { device: from }),
    ...(note?.[0]?.text !== undefined && { note: note[0].text }),
  };
}

const spelled = (coding: Coding | undefined): string => `${coding?.system}|${coding?.code}`;

/** What the server makes of a reading: which Observation it is, and its interpretation, `HH`. */
function evaluationJson(vital: Resource): Json {
  const { code, interpretation = [], component = [] } = vital as StoredVital;
  const letters = [interpretation, ...component.map((part) => part.interpretation ?? [])]
    .flat()
    .flatMap((each) => each.coding?.[0]?.code ?? []);
  return {
    name: code?.text ?? code?.coding?.[0]?.display,
    ...(letters.length > 0 && { interpretation: [...new Set(letters)] }),
    observation: `Observation/${vital.id}`,
  };
}
