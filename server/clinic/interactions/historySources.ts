// What a patient's timeline is made of, as data: what is searched for each kind of entry, what it is sorted by, and where the plain form
// has it.
import type { Resource } from '../../services.ts';
import { conditionId } from '../care/conditionJson.ts';
import { referralIdOf } from '../care/referralJson.ts';
import { codeSystem } from '../fhirParts.ts';
import { studySystem } from '../studies/studyResources.ts';
import { idOf, markedId } from '../things/thingIds.ts';
import { IN_ERROR } from './interactionJson.ts';
import type { PatientOf } from './interactions.ts';
import { type Concept, codeIn, kindSystem } from './interactionTerms.ts';

export const KINDS = ['interaction', 'study', 'vital', 'condition', 'referral'] as const;
export type Kind = (typeof KINDS)[number];

/** What is searched for a kind, and what it is sorted by. */
export interface Source {
  kind: Kind;
  type: string;
  terms: readonly (readonly [string, string])[];
  sort: string;
  /** what the resource says of its time */
  time(resource: Resource): unknown;
  /** path below /api/v1 of what the plain form has of it */
  path?(resource: Resource, patient: PatientOf): string | undefined;
}

const live = ['status:not', IN_ERROR] as const;
const liveCondition = ['verification-status:not', IN_ERROR] as const;
const period = (value: unknown) => (value as { start?: string } | undefined)?.start;

const RADIOLOGY = 'http://terminology.hl7.org/CodeSystem/v2-0074';

export const pathOf = ({ id }: PatientOf) => `patients/${encodeURIComponent(id)}`;
const conditionPath = (r: Resource) => `conditions/${encodeURIComponent(conditionId(r))}`;

/** Whether one of the concepts has a code of the system. */
const conceptsIn = (concepts: unknown, system: string): true | undefined =>
  ((concepts ?? []) as Concept[]).some((concept) => codeIn(concept, system) !== undefined) || undefined;

export const sources: readonly Source[] = [
  {
    ...{ kind: 'interaction', type: 'Encounter', terms: [live], sort: 'date' },
    time: (r) => period(r.period),
    path: (r, patient) =>
      conceptsIn(r.type, kindSystem) &&
      `${pathOf(patient)}/interactions/${encodeURIComponent(markedId(r.id!))}`,
  },
  {
    ...{ kind: 'study', type: 'DiagnosticReport', terms: [live], sort: 'date' },
    time: (r) => r.effectiveDateTime ?? period(r.effectivePeriod),
    path: (r) => conceptsIn(r.category, RADIOLOGY) && `studies/${encodeURIComponent(idOf(r, studySystem))}`,
  },
  {
    ...{ kind: 'vital', type: 'Observation', terms: [['category', 'vital-signs'], live], sort: 'date' },
    time: (r) => r.effectiveDateTime ?? period(r.effectivePeriod) ?? r.effectiveInstant,
  },
  {
    ...{ kind: 'condition', type: 'Condition', sort: 'onset-date' },
    terms: [['onset-date:missing', 'false'], liveCondition],
    time: (r) => r.onsetDateTime ?? period(r.onsetPeriod),
    path: conditionPath,
  },
  {
    ...{ kind: 'condition', type: 'Condition', sort: 'recorded-date' },
    terms: [['onset-date:missing', 'true'], liveCondition],
    time: (r) => r.recordedDate,
    path: conditionPath,
  },
  {
    ...{ kind: 'referral', type: 'ServiceRequest', sort: 'authored' },
    // The order of a study is told by its report.
    terms: [['category:not', 'http://snomed.info/sct|363679005'], live],
    time: (r) => r.authoredOn,
    path: (r) =>
      conceptsIn(r.category, codeSystem('referral-kinds')) &&
      `referrals/${encodeURIComponent(referralIdOf(r))}`,
  },
];
