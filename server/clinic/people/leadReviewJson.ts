// The review of a lead who may be known already: a FHIR Task ⇄ what a records officer is shown.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { codeSystem, defined, profileUrl, type Reference } from '../fhirParts.ts';
import { patientIdOf } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { idOf, markedId } from '../things/thingIds.ts';
import { mergedInto } from './currentRecord.ts';
import type { ContactPoint, HumanName } from './mergeNames.ts';

export const reviewSystem = codeSystem('lead-review');
export const matchScore = profileUrl('salus-match-score');
export const matchReason = profileUrl('salus-match-reason');

const DISPLAYS = {
  'possible-duplicate': 'Possible duplicate',
  candidate: 'Candidate',
  same: 'Same person',
  different: 'Different people',
  survivor: 'Surviving record',
  difference: 'Difference',
} as const;
export type ReviewCode = keyof typeof DISPLAYS;
export type Decision = 'same' | 'different';

/** A code of the reviews. */
export const reviewConcept = (code: ReviewCode) => ({
  coding: [{ system: reviewSystem, code, display: DISPLAYS[code] }],
});

/** Somebody who may be the same person. */
export interface Candidate {
  /** `Patient/[id]` */
  reference: string;
  /** 0 to 100: the higher the likelier */
  score: number;
  /** what agrees, in words: `The e-mail is the same.` */
  because: string[];
}

interface Concept {
  coding?: { system?: string; code?: string }[];
}
interface Parameter {
  type?: Concept;
  extension?: { url?: string; valueDecimal?: unknown; valueString?: string }[];
  valueReference?: Reference;
  valueString?: string;
}

const isOf = (concept: Concept | undefined, wanted: ReviewCode): boolean =>
  concept?.coding?.some(({ system, code }) => system === reviewSystem && code === wanted) ?? false;
const parametersOf = (parameters: unknown, wanted: ReviewCode): Parameter[] =>
  ((parameters ?? []) as Parameter[]).filter(({ type }) => isOf(type, wanted));

/** Whether a Task is the review of a lead. */
export const isReview = ({ resourceType, code }: Resource): boolean =>
  resourceType === 'Task' && isOf(code as Concept, 'possible-duplicate');

/** What was decided; undefined as long as it is open. */
export function decisionOf({ businessStatus }: Resource): Decision | undefined {
  return (['same', 'different'] as const).find((code) => isOf(businessStatus as Concept, code));
}

/** The candidates as they are stored, the likeliest first. */
export function candidatesOf(task: Resource): Candidate[] {
  return parametersOf(task.input, 'candidate').map(({ valueReference, extension = [] }) => ({
    reference: valueReference?.reference ?? '',
    score: Number(extension.find(({ url }) => url === matchScore)?.valueDecimal ?? 0),
    because: extension.flatMap(({ url, valueString }) => (url === matchReason ? (valueString ?? []) : [])),
  }));
}

/** The members of a Task that tell the candidates; a search finds it by `basedOn`, and not by its inputs. */
export function candidateMembers(candidates: readonly Candidate[]) {
  const ranked = [...candidates].sort((one, other) => other.score - one.score);
  return {
    basedOn: ranked.map(({ reference }) => ({ reference })),
    input: ranked.map(({ reference, score, because }) => ({
      extension: [
        { url: matchScore, valueDecimal: score },
        ...because.map((reason) => ({ url: matchReason, valueString: reason })),
      ],
      type: reviewConcept('candidate'),
      valueReference: { reference },
    })),
  };
}

/** What else the members of a Task that tell the candidates hold. */
export function withoutCandidates(task: Resource): { basedOn: Reference[]; input: Parameter[] } {
  const named = new Set(candidatesOf(task).map(({ reference }) => reference));
  return {
    basedOn: ((task.basedOn ?? []) as Reference[]).filter(({ reference = '' }) => !named.has(reference)),
    input: ((task.input ?? []) as Parameter[]).filter(({ type }) => !isOf(type, 'candidate')),
  };
}

/** Where the lead who was merged is now: `Patient/[id]`. */
export const survivorOf = (task: Resource): string | undefined =>
  parametersOf(task.output, 'survivor')[0]?.valueReference?.reference;

/** The id by which /leads and /contacts know a Patient. */
export const leadIdOf = (patient: Resource): string => idOf(patient, crmSystems.Contact);

/** The plain form of a review; `parts` are the Patients that it is about. */
export function reviewJson(task: Resource, parts: readonly Resource[]): Json {
  const {
    focus,
    for: subject,
    owner,
    authoredOn,
    executionPeriod,
    note,
  } = task as Resource & {
    [member in 'focus' | 'for' | 'owner']?: Reference;
  } & { executionPeriod?: { end?: string }; note?: { text?: string }[] };
  const patients = new Map(parts.map((part) => [`${part.resourceType}/${part.id}`, part]));
  const person = (reference: string | undefined): Json => personJson(reference, patients);
  const survivor = survivorOf(task);
  // Ids that the lead had when it was merged are the survivor's since.
  const former = { lead_id: focus?.identifier?.value, patient_id: subject?.identifier?.value };
  return {
    id: markedId(task.id!),
    state: decisionOf(task) ?? 'open',
    ...person(focus?.reference),
    ...defined(former),
    candidates: candidatesOf(task).map(({ reference, score, because }) => ({
      ...person(reference),
      score,
      because,
    })),
    ...defined({
      created: authoredOn,
      decided: executionPeriod?.end,
      decided_by: owner?.display,
      note: note?.[0]?.text,
      merged_into: survivor === undefined ? undefined : person(standingFor(survivor, patients)).patient_id,
      differences: parametersOf(task.output, 'difference').map(({ valueString }) => valueString),
    }),
  };
}

/** The record that one stands for today: it may have been merged into another since. */
function standingFor(reference: string, patients: ReadonlyMap<string, Resource>): string {
  const passed = new Set<string>();
  for (let at = reference; ; ) {
    const patient = patients.get(at);
    const next = patient && mergedInto(patient);
    if (next === undefined || passed.has(at)) return at;
    passed.add(at);
    at = next;
  }
}

/** Who somebody is, as far as it helps to tell people apart. */
function personJson(reference: string | undefined, patients: ReadonlyMap<string, Resource>): Json {
  const patient = patients.get(reference ?? '');
  if (!patient) {
    const id = reference?.split('/').at(-1);
    const told = id === undefined ? undefined : markedId(id);
    return defined({ lead_id: told, patient_id: told });
  }
  const names = (patient.name ?? []) as HumanName[];
  const name =
    names.find(({ use }) => use === 'official') ?? names.find(({ use }) => use !== 'old') ?? names[0];
  const address = (wanted: string): string | undefined =>
    ((patient.telecom ?? []) as ContactPoint[]).find(({ system, use }) => system === wanted && use !== 'old')
      ?.value;
  const whole = [...(name?.given ?? []), ...(name?.family ? [name.family] : [])].join(' ');
  return defined({
    lead_id: leadIdOf(patient),
    patient_id: patientIdOf(patient),
    name: whole || name?.text,
    birth_date: patient.birthDate,
    email: address('email'),
    phone: address('phone'),
  });
}
