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
import { finishJob, type Job, MOST_FAILURES, queuedReindex, queueReindex, readJobs } from '../store/jobs.ts';
import { readCurrent } from '../store/resources.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';

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
  const { job: id } = readQuery(request, ['job']);
  const jobs = await readJobs(db, id);
  if (id !== undefined && jobs.length === 0) throw noSuchJob(id);
  const concerns = ({ types }: Job) => request.type === '' || types.includes(request.type);
  yield id === undefined
    ? parametersText(
        jobs.filter(concerns).map((job) => ({ name: 'reindex', part: described(services, job) })),
      )
    : parametersText(described(services, jobs[0]!));
}

/** POST: reindexes a resource, queues a job, or cancels one. */
async function start(services: Services, request: OperationRequest): Promise<Reply> {
  const { type, id } = request;
  if (id !== undefined) {
    readQuery(request, []);
    return reindexOne(services, type, id);
  }
  const { cancel } = readQuery(request, ['cancel']);
  const job = cancel === undefined ? await queue(services, type) : await cancelJob(services, cancel);
  const [stored] = await readJobs(services.db, job);
  return {
    status: cancel === undefined ? 202 : 200,
    body: parametersText(described(services, stored!)),
    contentLocation: `$reindex?job=${job}`,
  };
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
    const waiting = await queuedReindex(tx, types);
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

async function cancelJob(services: Services, id: number): Promise<number> {
  const [job] = await readJobs(services.db, id);
  if (!job) throw noSuchJob(id);
  const parameters = (await readParameters(services.db)).parameters.filter(
    (parameter) => parameter.job === id,
  );
  const waiting = parameters.find(({ state }) => state === 'building');
  if (waiting) {
    throw refuse(
      409,
      'conflict',
      `SearchParameter/${waiting.id} waits for job ${id}: delete or retire that instead.`,
    );
  }
  if (!(await finishJob(services.db, id, 'cancelled', 'A client cancelled it.'))) {
    throw refuse(409, 'conflict', `Job ${id} has ended already.`);
  }
  return id;
}

const noSuchJob = (id: number) => refuse(404, 'not-found', `There is no job ${id}; GET $reindex lists them.`);

/** The job numbers among the parameters. @throws FhirError 400 for others */
function readQuery({ query }: OperationRequest, known: string[]): Record<string, number | undefined> {
  const values: Record<string, number | undefined> = {};
  for (const [name, value] of query) {
    if (name === '_format' || name === '_pretty') continue;
    if (!known.includes(name)) {
      throw refuse(
        400,
        'not-supported',
        `$reindex has no parameter "${name}" here; known: ${known.join(', ') || 'none'}.`,
      );
    }
    if (!/^\d{1,15}$/.test(value))
      throw refuse(400, 'value', `"${name}" is the number of a job, not "${value}".`);
    values[name] = Number(value);
  }
  return values;
}

function described({ definitions }: Services, job: Job): Parameter[] {
  const all = job.types.length === definitions.resourceTypes.size;
  const { processed, total, failed, reason, started, finished } = job;
  const note =
    reason ??
    (job.waitsFor?.length ? `It waits for ${job.waitsFor.length} transactions that began before it.` : null);
  return [
    { name: 'job', valueInteger: job.id },
    { name: 'status', valueCode: job.status },
    ...(all ? [] : job.types.map((type) => ({ name: 'type', valueCode: type }))),
    { name: 'processed', valueInteger: processed },
    ...(total === null ? [] : [{ name: 'total', valueInteger: Math.max(total, processed) }]),
    { name: 'failed', valueInteger: failed },
    ...job.failures.slice(0, MOST_FAILURES).map((failure) => ({
      name: 'failure',
      part: [
        { name: 'resource', valueString: failure.resource },
        { name: 'reason', valueString: failure.reason },
      ],
    })),
    { name: 'created', valueInstant: job.created.toISOString() },
    ...(started ? [{ name: 'started', valueInstant: started.toISOString() }] : []),
    ...(finished ? [{ name: 'finished', valueInstant: finished.toISOString() }] : []),
    ...(note ? [{ name: 'reason', valueString: note }] : []),
  ];
}
