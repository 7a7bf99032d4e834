// A doctor's interaction with a patient → the resources that it is: an Encounter, an Observation of the outcome, a
// DocumentReference with the note, and Observations of vital signs (encounter.html, documentreference.html).
import type { WriteRequest } from '../../fhir/planChange.ts';
import { newId } from '../../fhir/resourceId.ts';
import { equalJson } from '../../json/equalJson.ts';
import type { Resource } from '../../services.ts';
import { claiming } from '../fhirParts.ts';
import { observationOf } from '../readings/vitalObservation.ts';
import type { VitalReading } from '../readings/vitalReading.ts';
import type { Json } from '../things/clinicResource.ts';
import {
  IN_ERROR,
  isLive,
  isNote,
  isOutcome,
  isVital,
  OWN_READING,
  type Reference,
  vitalJson,
} from './interactionJson.ts';
import { kindSystem, kinds, noteType, outcomeQuestion, outcomeSystem, outcomes } from './interactionTerms.ts';

/** A reading that was taken in an interaction. */
export interface TakenReading {
  reading: VitalReading;
  device?: string;
  note?: string;
}

/** What is to be stored of an interaction, read and looked up. */
export interface Interaction {
  /** `Patient/[id]` */
  patient: string;
  doctor: Reference;
  time: string;
  kind: string;
  outcome: string;
  notes?: string;
  vitals: readonly TakenReading[];
}

/** The writes that make an interaction so, that of the Encounter first. What is no longer in it becomes entered in error. */
export function interactionWrites(
  interaction: Interaction,
  id: string,
  known: readonly Resource[],
): WriteRequest[] {
  const [main, ...parts] = known;
  const resources = [
    encounterOf(interaction, id, main),
    outcomeOf(interaction, id, parts.find(isOutcome)),
    ...noteOf(interaction, id, parts.find(isNote)),
    ...vitalsOf(interaction, id, parts.filter(isVital)),
  ];
  return resources.map(written);
}

/** An interaction that should not have been documented: all of it becomes entered in error. */
export const withdrawal = (known: readonly Resource[]): WriteRequest[] =>
  known.filter(isLive).map((resource) => written(inError(resource)));

const inError = (resource: Resource): Resource => ({ ...resource, status: IN_ERROR });

const written = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType, id: resource.id!, resource },
});

function encounterOf({ patient, doctor, time, kind }: Interaction, id: string, main?: Resource): Resource {
  const { code, display, actClass } = kinds[kind]!;
  return {
    ...(main ?? claiming('salus-encounter')),
    ...{ resourceType: 'Encounter', id, status: 'finished', class: actClass },
    type: [{ coding: [{ system: kindSystem, code, display }], text: display }],
    subject: { reference: patient },
    participant: [{ individual: doctor }],
    period: { start: time, end: time },
  };
}

function outcomeOf(
  { patient, doctor, time, outcome }: Interaction,
  encounter: string,
  known?: Resource,
): Resource {
  const category = 'http://terminology.hl7.org/CodeSystem/observation-category';
  const { code, display } = outcomes[outcome]!;
  const told = {
    category: [{ coding: [{ system: category, code: 'exam', display: 'Exam' }] }],
    code: { coding: [outcomeQuestion], text: outcomeQuestion.display },
    subject: { reference: patient },
    encounter: { reference: `Encounter/${encounter}` },
    effectiveDateTime: time,
    performer: [doctor],
    valueCodeableConcept: { coding: [{ system: outcomeSystem, code, display }], text: display },
  };
  const before = known ?? { resourceType: 'Observation', id: newId(), ...claiming('salus-outcome') };
  return { ...before, ...told, status: statusOf(known, told) };
}

/** Final, until it is corrected. */
function statusOf(known: Resource | undefined, told: Json): unknown {
  if (!known) return 'final';
  const isSame = Object.entries(told).every(([name, value]) => equalJson(known[name] ?? null, value));
  return isSame && isLive(known) ? known.status : 'corrected';
}

function noteOf(
  { patient, doctor, time, notes }: Interaction,
  encounter: string,
  known?: Resource,
): Resource[] {
  if (notes === undefined) return known && isLive(known) ? [inError(known)] : [];
  const data = Buffer.from(notes).toString('base64');
  const told = {
    type: { coding: [noteType], text: noteType.display },
    subject: { reference: patient },
    date: new Date(time).toISOString(),
    author: [doctor],
    content: [{ attachment: { contentType: 'text/plain; charset=utf-8', data } }],
    context: { encounter: [{ reference: `Encounter/${encounter}` }], period: { start: time, end: time } },
  };
  const isSame =
    known && Object.entries(told).every(([name, value]) => equalJson(known[name] ?? null, value));
  const docStatus = !known ? 'final' : isSame && isLive(known) ? known.docStatus : 'amended';
  return [
    {
      ...(known ?? { resourceType: 'DocumentReference', id: newId(), ...claiming('salus-note') }),
      ...told,
      ...{ status: 'current', docStatus },
    },
  ];
}

/**
 * Readings that stay as they were are not among the writes; others of the same code are corrected, the rest is withdrawn. Their
 * numbers tell the order in which they came.
 */
function vitalsOf(
  { patient, time, vitals }: Interaction,
  encounter: string,
  known: readonly Resource[],
): Resource[] {
  const left = new Set(known.filter(isLive));
  const take = (fits: (before: Resource) => boolean): Resource | undefined => {
    const before = [...left].find(fits);
    if (before) left.delete(before);
    return before;
  };
  const fresh = vitals.map(({ reading, ...about }, i): Resource => {
    const id = `${OWN_READING}${encounter}:${known.length + i + 1}`;
    const circumstances = { ...about, patient, id, encounter: `Encounter/${encounter}` };
    const profile = 'concept' in reading.value ? 'salus-vital-finding' : 'salus-vital-signs';
    return { ...observationOf({ ...reading, time }, circumstances), ...claiming(profile), id: newId() };
  });
  const isSame = (one: Resource, other: Resource) =>
    one.effectiveDateTime === other.effectiveDateTime && equalJson(vitalJson(one), vitalJson(other));
  const changed = fresh.filter((one) => !take((before) => isSame(before, one)));
  const written = changed.map((one): Resource => {
    const before = take(({ code }) => equalJson(code, one.code));
    if (!before) return one;
    const { id, identifier } = before;
    return { ...one, id, identifier, status: 'corrected' } as Resource;
  });
  return [...written, ...[...left].map(inError)];
}
