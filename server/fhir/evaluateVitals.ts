// Vital signs among what is about to be written: judged with what is known of their patients, and annotated. The facts of all
// patients of one request are read in one statement, or taken from the request itself.

import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readContents } from '../store/resources.ts';
import { annotated } from '../vitals/annotate.ts';
import { judgeObservation } from '../vitals/judgeObservation.ts';
import { patientFacts } from '../vitals/patientFacts.ts';
import type { PatientFacts } from '../vitals/vitalSign.ts';
import type { PlannedWrite } from './linkTargets.ts';
import { type LinkTargets, targetOf } from './rewriteLinks.ts';

/** What is stored in place of a resource whose links are rewritten: itself, or annotated. */
export type Annotate = (resource: Resource) => Resource;

/** Prepares the annotation of the vital signs among these writes; undefined where there are none. */
export async function annotating(
  services: Services,
  db: Database,
  writes: readonly PlannedWrite[],
  targets: LinkTargets,
): Promise<Annotate | undefined> {
  const { ruleset } = services.current;
  if (services.config.vitals !== 'annotate' || ruleset.vitalSigns.length === 0) return undefined;
  const vital = writes.filter(
    ({ planned: { type, resource } }) => type === 'Observation' && resource && ruleset.concerns(resource),
  );
  if (vital.length === 0) return undefined;
  const facts = await factsOf(db, writes, subjectsOf(vital, targets));
  return (resource) => {
    if (resource.resourceType !== 'Observation' || !ruleset.concerns(resource)) return resource;
    const subject = (resource.subject as { reference?: string } | undefined)?.reference;
    const { judged } = judgeObservation(resource, facts.get(localName(subject)), ruleset);
    return (annotated(resource, judged) ?? resource) as Resource;
  };
}

/** `Patient/[id]` of every subject. */
function subjectsOf(vital: readonly PlannedWrite[], targets: LinkTargets): Set<string> {
  const subjects = new Set<string>();
  for (const { planned, prepared, links } of vital) {
    const { subject } = planned.resource as { subject?: { reference?: string } };
    const link = links.find(({ holder, key }) => holder === subject && key === 'reference');
    const name = localName((link && targetOf(link, prepared.request.fullUrl, targets)) ?? subject?.reference);
    if (name !== '') subjects.add(name);
  }
  return subjects;
}

/** `Patient/[id]` of a relative reference, without its version; '' for anything else. */
const localName = (reference: string | undefined): string =>
  /^(Patient\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/.exec(reference ?? '')?.[1] ?? '';

async function factsOf(
  db: Database,
  writes: readonly PlannedWrite[],
  subjects: ReadonlySet<string>,
): Promise<Map<string, PatientFacts>> {
  const patients = new Map<string, Resource>();
  for (const { planned } of writes) {
    if (planned.type === 'Patient' && planned.resource)
      patients.set(`Patient/${planned.id}`, planned.resource);
  }
  const elsewhere = [...subjects]
    .filter((name) => !patients.has(name))
    .map((name) => name.slice('Patient/'.length));
  if (elsewhere.length > 0) {
    for (const { id, content } of await readContents(db, 'Patient', elsewhere)) {
      patients.set(`Patient/${id}`, parseJson(content) as Resource);
    }
  }
  return new Map(
    [...subjects].flatMap((name) => {
      const patient = patients.get(name);
      return patient ? [[name, patientFacts(name, patient)] as const] : [];
    }),
  );
}
