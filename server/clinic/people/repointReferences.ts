// What refers to a Patient who was merged into another refers to the survivor from then on, in a new version.
import { refuse } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import { patientIdIn } from '../../fhir/followUpOf.ts';
import { referrersOf } from '../../fhir/includeReferrers.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import { findLinks } from '../../fhir/references.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { alertIdentifiers } from '../../vitals/alerts/alertResources.ts';
import { isScore } from '../../vitals/scores/scoreObservation.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Seen } from '../things/seen.ts';

/** Resources that one merge may write anew. */
export const MOST_REFERRERS = 1_000;

/** What was done to the record, by whom and when: it stays true of that record. */
const OF_THE_RECORD = new Set(['AuditEvent', 'Provenance']);

/**
 * What refers to a Patient in any place that a search parameter looks at, newest first.
 * @throws FhirError 422 where it is too much for one transaction
 */
export async function referrersTo(services: Services, patient: Resource): Promise<Resource[]> {
  const { definitions, baseUrls, db } = services;
  const everything = { reverse: true, type: '*', parameter: '*', iterate: false };
  const referred = [{ type: 'Patient', id: patient.id!, resource: patient }];
  const context = { definitions, baseUrls };
  const { found, more } = await referrersOf(db, context, everything, referred, new Set(), MOST_REFERRERS);
  if (more) {
    throw refuse(
      422,
      'too-costly',
      `More than ${MOST_REFERRERS} resources refer to Patient/${patient.id}, too many for one merge: decide for the record that less refers to, ` +
        'or let some of them refer to the other one through the FHIR endpoint first.',
    );
  }
  return found.map(({ content }) => parseJson(content!) as Resource);
}

/** What people add to records all day long. */
const OFTEN = [
  ...['Appointment', 'Condition', 'DiagnosticReport', 'DocumentReference', 'Encounter', 'EpisodeOfCare'],
  ...['ImagingStudy', 'Observation', 'ResearchSubject', 'ServiceRequest'],
].map((type) => ({ type, parameter: 'patient' }));
/** A lead who comes in meanwhile may be the merged one. */
const NAMED = { type: 'Task', parameter: 'based-on' };

/**
 * What refers to a Patient now, as searches that are made again when a merge is committed. Read it before the referrers.
 * @param reference `Patient/[id]`
 */
export async function seenOf(services: Services, reference: string): Promise<Seen[]> {
  const searches = [...OFTEN, NAMED].map(({ type, parameter }) => ({
    type,
    query: `${parameter}=${reference}`,
  }));
  const parsed = searches.map(({ type, query }) => parseCriteria(services, type, query));
  const found = await findMatches(services, services.db, parsed, MOST_REFERRERS + 1);
  return searches.map(({ type, query }, i) => ({
    ...{ type, query },
    ids: found.get(parsed[i]!.text)!.map(({ id }) => id),
  }));
}

/**
 * The writes that make resources refer to another Patient, each only if the resource is as it was read; the resources are changed.
 * References to one version of the Patient stay, and so do scores and alerts: these follow from the readings.
 */
export function repointed(
  services: Services,
  referrers: readonly Resource[],
  from: string,
  to: string,
): WriteRequest[] {
  return referrers.flatMap((resource): WriteRequest[] => {
    const { resourceType: type, id } = resource;
    if (OF_THE_RECORD.has(type) || isDerived(resource)) return [];
    const links = findLinks(resource, new Map(), new Set()).filter(
      ({ original }) => !original.includes('/_history/') && patientIdIn(services, original) === from,
    );
    for (const { holder, key } of links) holder[key] = `Patient/${to}`;
    const ifMatch = Number(resource.meta?.versionId);
    return links.length === 0 ? [] : [{ method: 'PUT', type, id: id!, resource, ifMatch }];
  });
}

const isDerived = (resource: Resource): boolean =>
  isScore(resource) ||
  ((resource.resourceType === 'Flag' || resource.resourceType === 'DetectedIssue') &&
    ((resource.identifier ?? []) as Identifier[]).some(({ system }) => system === alertIdentifiers));
