// What operations that work in the background have in common: their parameters, and a job as it is told of.
import { refuse } from '../errors.ts';
import type { Reply } from '../fhir/reply.ts';
import type { Services } from '../services.ts';
import { finishJob, type Job, type JobKind, MOST_FAILURES, readJobs } from '../store/jobs.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';

/** The job numbers among the parameters. @throws FhirError 400 for others */
export function jobNumbers(
  { query }: OperationRequest,
  kind: JobKind,
  known: string[],
): Record<string, number | undefined> {
  const values: Record<string, number | undefined> = {};
  for (const [name, value] of query) {
    if (name === '_format' || name === '_pretty') continue;
    if (!known.includes(name)) {
      throw refuse(
        400,
        'not-supported',
        `$${kind} has no parameter "${name}" here; known: ${known.join(', ') || 'none'}.`,
      );
    }
    if (!/^\d{1,15}$/.test(value))
      throw refuse(400, 'value', `"${name}" is the number of a job, not "${value}".`);
    values[name] = Number(value);
  }
  return values;
}

/** The job of this kind and number. @throws FhirError 404 */
export async function jobNumbered(services: Services, kind: JobKind, id: number): Promise<Job> {
  const [job] = await readJobs(services.db, kind, { id });
  if (!job) throw noSuchJob(kind, id);
  return job;
}

export const noSuchJob = (kind: JobKind, id: number) =>
  refuse(404, 'not-found', `There is no job ${id}; GET $${kind} lists them.`);

/** @throws FhirError 409 when it has ended already */
export async function cancelJob({ db }: Services, id: number): Promise<void> {
  if (!(await finishJob(db, id, 'cancelled', 'A client cancelled it.'))) {
    throw refuse(409, 'conflict', `Job ${id} has ended already.`);
  }
}

/** The answer to what queued a job (202) or cancelled one (200). */
export async function jobReply(
  services: Services,
  kind: JobKind,
  id: number,
  status: 200 | 202,
): Promise<Reply> {
  return {
    status,
    body: parametersText(describedJob(services, await jobNumbered(services, kind, id))),
    contentLocation: `$${kind}?job=${id}`,
  };
}

/** All there is to tell of a job. */
export function describedJob({ definitions }: Services, job: Job): Parameter[] {
  const all = job.types.length === definitions.resourceTypes.size;
  const { kind, patient, processed, total, changed, failed, reason, started, finished } = job;
  const note =
    reason ??
    (job.waitsFor?.length ? `It waits for ${job.waitsFor.length} transactions that began before it.` : null);
  return [
    { name: 'job', valueInteger: job.id },
    { name: 'status', valueCode: job.status },
    ...(all ? [] : job.types.map((type) => ({ name: 'type', valueCode: type }))),
    ...(patient === null ? [] : [{ name: 'patient', valueReference: { reference: `Patient/${patient}` } }]),
    { name: 'processed', valueInteger: processed },
    ...(total === null ? [] : [{ name: 'total', valueInteger: Math.max(total, processed) }]),
    ...(kind === 'reindex' ? [] : [{ name: 'changed', valueInteger: changed }]),
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
