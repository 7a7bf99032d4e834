// Vital signs among what is about to be written: judged with what is known of their patients, annotated, and what there is to
// say of them. The facts of all patients of one request are read in one statement, or taken from the request itself.

import type { Issue } from '../errors.ts';
import type { Resource, Services } from '../services.ts';
import type { JudgedBy } from '../store/change.ts';
import type { Database } from '../store/database.ts';
import { annotated } from '../vitals/annotate.ts';
import { type Judgement, judgeObservation } from '../vitals/judgeObservation.ts';
import { factCodes } from '../vitals/recordedFacts.ts';
import type { Interpretation } from '../vitals/vitalSign.ts';
import { patientIdIn } from './followUpOf.ts';
import type { PlannedWrite } from './linkTargets.ts';
import { assumedFacts, type Pending, readPatientFacts } from './patientFacts.ts';
import { type LinkTargets, targetOf } from './rewriteLinks.ts';
import { vitalIssues } from './vitalIssues.ts';

/** What is done with the vital signs of one request. */
export interface Evaluation {
  /** what is stored in place of a resource whose links are rewritten: itself, or annotated */
  annotate?: (resource: Resource) => Resource;
  /** what its sender should know: what could not be judged, and where it was judged otherwise; nothing unless asked for */
  issuesOf: (resource: Resource | undefined) => Issue[];
  /** whether it is a vital sign with a critical value */
  isCritical: (resource: Resource) => boolean;
  /** what the one write was judged by without asking the store */
  judgedBy?: JudgedBy;
}

const critical: ReadonlySet<Interpretation> = new Set(['LL', 'HH', 'AA']);

export type Annotate = NonNullable<Evaluation['annotate']>;

/**
 * Prepares the evaluation of the vital signs among these writes; undefined where there are none, or nothing is to be said.
 * @param options `advice`: somebody wants to know what could not be judged; `assumes`: the statement that stores makes sure
 * that what is assumed of a patient holds, so that one that is known need not be read
 */
export async function evaluating(
  services: Services,
  db: Database,
  writes: readonly PlannedWrite[],
  targets: LinkTargets,
  { advice, assumes }: { advice: boolean; assumes: boolean },
): Promise<Evaluation | undefined> {
  const { ruleset } = services.current;
  const annotates = services.config.vitals === 'annotate';
  if (!(annotates || advice) || ruleset.vitalSigns.length === 0) return undefined;
  const isVital = (resource: Resource) =>
    resource.resourceType === 'Observation' && ruleset.concerns(resource);
  const vital = writes.filter(({ planned: { resource } }) => resource && isVital(resource));
  if (vital.length === 0) return undefined;
  const subjects = vital.map((write) => subjectOf(services, write, targets));
  const patients = subjects.filter((name) => name !== undefined);
  const [first] = patients;
  const assumed = assumes && writes.length === 1 && first ? assumedFacts(services, first) : undefined;
  const facts = assumed
    ? new Map([[first, assumed.facts]])
    : await readPatientFacts(services, db, patients, pendingIn(services, writes, targets));
  const judge = (resource: Resource): Judgement => {
    const patient = patientNamed(services, (resource as Subjected).subject?.reference);
    return judgeObservation(resource, patient === undefined ? undefined : facts.get(patient), ruleset);
  };
  return {
    ...(annotates && {
      annotate: (resource: Resource) =>
        isVital(resource)
          ? ((annotated(resource, judge(resource).judged) ?? resource) as Resource)
          : resource,
    }),
    isCritical: (resource) =>
      isVital(resource) && judge(resource).judged.some(({ interpretation }) => critical.has(interpretation)),
    issuesOf: (resource) =>
      advice && resource && isVital(resource) ? vitalIssues(resource, judge(resource)) : [],
    ...(assumed && { judgedBy: assumed.judgedBy }),
  };
}

/** What these writes tell of patients. */
function pendingIn(services: Services, writes: readonly PlannedWrite[], targets: LinkTargets): Pending {
  const resources = new Map<string, Resource | undefined>();
  const records = new Map<string, Resource[]>();
  const fresh = new Set<string>();
  for (const write of writes) {
    const { type, id, change, resource } = write.planned;
    const name = `${type}/${id}`;
    if (resource || change === 'deleted') resources.set(name, resource);
    if (!resource) continue;
    if (type === 'Patient' && id === write.prepared.freshId) fresh.add(name);
    if (factCodes(resource).length === 0) continue;
    const patient = subjectOf(services, write, targets);
    if (patient === undefined) continue;
    const others = records.get(patient);
    if (others) others.push(resource);
    else records.set(patient, [resource]);
  }
  return { resources, records, fresh };
}

/** `Patient/[id]` of the subject, as it will be written; undefined for anybody else. */
function subjectOf(
  services: Services,
  { planned, prepared, links }: PlannedWrite,
  targets: LinkTargets,
): string | undefined {
  const { subject } = planned.resource as Subjected;
  const link = links.find(({ holder, key }) => holder === subject && key === 'reference');
  return patientNamed(
    services,
    (link && targetOf(link, prepared.request.fullUrl, targets)) ?? subject?.reference,
  );
}

interface Subjected {
  readonly subject?: { readonly reference?: string };
}

/** `Patient/[id]` of a reference to a patient of this server; undefined for anything else. */
export function patientNamed(services: Services, reference: string | undefined): string | undefined {
  const id = patientIdIn(services, reference);
  return id === undefined ? undefined : `Patient/${id}`;
}
