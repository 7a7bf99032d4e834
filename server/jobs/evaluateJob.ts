// The job of $evaluate-vitals: Observations that are stored, judged again by the ranges in force. They go through the write
// path, which makes another version only where the answer is another one; scores and alerts follow from the queue.
import type { PoolClient } from 'pg';
import { parametersOf } from '../definitions/parametersOf.ts';
import { FhirError } from '../errors.ts';
import { breathe } from '../fhir/breathe.ts';
import { patientIdIn } from '../fhir/followUpOf.ts';
import type { WriteRequest } from '../fhir/planChange.ts';
import { writeAll } from '../fhir/write.ts';
import { parseJson } from '../json/parseJson.ts';
import { referenceHash } from '../search/parameters/reference.ts';
import type { Resource, Services } from '../services.ts';
import { DefinitionsMovedOn, readRevision } from '../store/definitionsRevision.ts';
import { countOfTypes, readForIndexing } from '../store/indexedResources.ts';
import type { JobFailure } from '../store/jobs.ts';
import type { StoredVersion } from '../store/resources.ts';
import { countOfSubject, readOfSubject } from '../store/subjectObservations.ts';
import { type QueuedVital, queueAgain, queueLength, ranks } from '../store/vitalQueue.ts';
import { withoutComputed } from '../vitals/computed.ts';
import { isFollowed } from '../vitals/isFollowed.ts';
import { scoreIdentifierSystem } from '../vitals/scores/scoreObservation.ts';
import type { BatchResult, JobWork } from './walkJob.ts';

export const evaluateJob: JobWork = {
  log: {
    level: 'info',
    begins: 'vital signs are evaluated again',
    ended: 'vital signs have been evaluated again',
  },
  failure: 'could not be evaluated',
  async obsolete({ config }) {
    return config.vitals === 'off' ? 'VITALS=off: vital signs are not evaluated here.' : undefined;
  },
  waitsForWriters: () => true,
  count: (services, tx, { types, patient }) =>
    patient === null ? countOfTypes(tx, types) : countOfSubject(tx, subjectHash(services, patient)),
  types: async (_tx, { types }) => types,
  read: (services, tx, { types, patient }, { type, after, upTo, most }) =>
    patient === null
      ? readForIndexing(tx, type, [after, upTo], most, types)
      : readOfSubject(tx, subjectHash(services, patient), [after, upTo], most),
  work: evaluate,
  isAhead: async (tx) => (await queueLength(tx, MOST_AHEAD, ranks.past)) >= MOST_AHEAD,
  follows: async (tx) => (await queueLength(tx, 1, ranks.past)) > 0,
};

/** Entries of the queue that may wait while more are added: an import or another job need not wait long for their turn. */
const MOST_AHEAD = 2_000;

/** What an Observation about this Patient is indexed by. */
function subjectHash({ definitions }: Services, patient: string): bigint {
  const [subject] = parametersOf(definitions, 'Observation').get('patient')!.paths;
  return referenceHash(subject!.path, 'Patient', patient);
}

/** What a client changed meanwhile was judged when it was written. */
const OVERTAKEN: ReadonlySet<number> = new Set([404, 409, 410, 412]);

async function evaluate(
  services: Services,
  tx: PoolClient,
  batch: readonly StoredVersion[],
): Promise<BatchResult> {
  if ((await readRevision(tx)).index !== services.indexRevision) throw new DefinitionsMovedOn();
  const failures: JobFailure[] = [];
  const requests: WriteRequest[] = [];
  const queued: QueuedVital[] = [];
  for (const [turn, { type, id, version, content }] of batch.entries()) {
    await breathe(turn);
    try {
      const stored = parseJson(content!) as Resource;
      const resource = toEvaluate(services, stored);
      if (!resource) continue;
      requests.push({ method: 'PUT', type, id, ifMatch: version, resource });
      const { subject } = stored as { subject?: { reference?: string } };
      const patient = patientIdIn(services, subject?.reference);
      if (patient !== undefined) queued.push({ patient, type, id });
    } catch (error) {
      failures.push({ resource: `${type}/${id}`, reason: (error as Error).message });
    }
  }
  // What is stored was judged when it was stored; whether it would pass today is not the question.
  const results = await writeAll(services, requests, {
    ...{ atomic: false, level: 'off', within: tx, isFollowUp: true },
  });
  await queueAgain(tx, queued);
  for (const [index, result] of results.entries()) {
    if (!(result instanceof FhirError) || OVERTAKEN.has(result.status)) continue;
    const { type, id } = requests[index]!;
    failures.push({ resource: `${type}/${id}`, reason: result.message });
  }
  const changed = results.filter((result) => !(result instanceof FhirError) && result.change === 'updated');
  return { failures, changed: changed.length };
}

/** What is to be written of an Observation so that it is judged again; undefined where nothing is to be judged. */
function toEvaluate({ config, current }: Services, observation: Resource): Resource | undefined {
  if (observation?.resourceType !== 'Observation') throw new Error('The stored content is no Observation.');
  const { identifier = [] } = observation as { identifier?: { system?: string }[] };
  // A score follows from its readings.
  if (identifier.some(({ system }) => system === scoreIdentifierSystem)) return undefined;
  const sent = withoutComputed(observation) as Resource;
  if (sent === observation) return isFollowed(observation, current.ruleset) ? observation : undefined;
  // What is a vital sign no longer keeps nothing of it; for the others the write path knows best what to replace.
  const isDropped = config.vitals === 'annotate' && !current.ruleset.concerns(observation);
  return isDropped ? sent : observation;
}
