// $reindex: makes index rows again. Of one resource at once; of a type or of everything in the background, where GET tells
// how far it is.
import { ensureDefinitions } from '../currentDefinitions.ts';
import { concreteTypes } from '../definitions/withCustomParameters.ts';
import { refuse } from '../errors.ts';
import { operationOutcome } from '../fhir/operationOutcome.ts';
import { missing } from '../fhir/planChange.ts';
import { reindexResources } from '../fhir/reindexResources.ts';
import type { Reply } from '../fhir/reply.ts';
import type { Services } from '../services.ts';
import { readParameters, rebuildParameter } from '../store/customParameters.ts';
import { type Database, retrying, transaction } from '../store/database.ts';
import { type Job, queuedJob, queueReindex, readJobs } from '../store/jobs.ts';
import { readCurrent } from '../store/resources.ts';
import { cancelJob, describedJob, jobNumbered, jobNumbers, jobReply, noSuchJob } from './jobParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { parametersText } from './parametersText.ts';

export const reindex: Operation = {
  name: 'reindex',
  definition: 'urn:salus:operation:reindex',
  levels: { system: true, type: 'every', instance: 'every' },
  run,
  start,
};

/** GET: one job, or the newest. */
async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  if (request.id !== undefined) {
    const refusal = refuse(
      405,
      'not-supported',
      'POST to reindex a resource; it is done at once, so that there is nothing to GET.',
    );
    refusal.headers.Allow = 'POST';
    throw refusal;
  }
  const { job: id } = jobNumbers(request, 'reindex', ['job']);
  const jobs = await readJobs(db, 'reindex', id === undefined ? {} : { id });
  if (id !== undefined && jobs.length === 0) throw noSuchJob('reindex', id);
  const concerns = ({ types }: Job) => request.type === '' || types.includes(request.type);
  yield id === undefined
    ? parametersText(
        jobs.filter(concerns).map((job) => ({ name: 'reindex', part: describedJob(services, job) })),
      )
    : parametersText(describedJob(services, jobs[0]!));
}

/** POST: reindexes a resource, queues a job, or cancels one. */
async function start(services: Services, request: OperationRequest): Promise<Reply> {
  const { type, id } = request;
  if (id !== undefined) {
    jobNumbers(request, 'reindex', []);
    return reindexOne(services, type, id);
  }
  const { cancel } = jobNumbers(request, 'reindex', ['cancel']);
  if (cancel === undefined) return jobReply(services, 'reindex', await queue(services, type), 202);
  await refuseIfAwaited(services, (await jobNumbered(services, 'reindex', cancel)).id);
  await cancelJob(services, cancel);
  return jobReply(services, 'reindex', cancel, 200);
}

async function reindexOne(services: Services, type: string, id: string): Promise<Reply> {
  return retrying(async (n) => {
    if (n > 0) await ensureDefinitions(services);
    return transaction(services.db, async (tx) => {
      const current = await readCurrent(tx, type, id);
      if (!current || current.deleted) throw missing(type, id, current);
      const [failure] = await reindexResources(services, tx, [current]);
      if (failure) {
        throw refuse(422, 'processing', `${failure.resource} could not be indexed: ${failure.reason}`);
      }
      const diagnostics = `${type}/${id}, version ${current.version}, was indexed again.`;
      return {
        status: 200,
        body: operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]),
      };
    });
  });
}

/** Queues a job, unless the same is waiting for its turn already. Parameters whose index failed get another chance by it. */
async function queue(services: Services, type: string): Promise<number> {
  const { definitions } = services;
  const types = type === '' ? [...definitions.resourceTypes].sort() : [type];
  const job = await transaction(services.db, async (tx) => {
    const waiting = await queuedJob(tx, { kind: 'reindex', types, patient: null });
    if (waiting !== undefined) return waiting;
    const made = await queueReindex(tx, types, false);
    const { parameters } = await readParameters(tx);
    for (const { id, state, definition } of parameters) {
      const covered = concreteTypes(definitions, definition.base).every((name) => types.includes(name));
      if (state === 'failed' && covered) await rebuildParameter(tx, id, made);
    }
    return made;
  });
  services.jobs.wake();
  return job;
}

/** @throws FhirError 409 when a search parameter waits for the job */
async function refuseIfAwaited({ db }: Services, id: number): Promise<void> {
  const { parameters } = await readParameters(db);
  const waiting = parameters.find(({ job, state }) => job === id && state === 'building');
  if (!waiting) return;
  throw refuse(
    409,
    'conflict',
    `SearchParameter/${waiting.id} waits for job ${id}: delete or retire that instead.`,
  );
}
