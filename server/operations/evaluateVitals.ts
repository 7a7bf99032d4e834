// $evaluate-vitals: vital signs that are stored are judged again, after ranges changed or VITALS was off. Of everybody or of
// one patient, in the background; GET tells how far it is.
import { refuse } from '../errors.ts';
import { read } from '../fhir/read.ts';
import type { Reply } from '../fhir/reply.ts';
import type { Services } from '../services.ts';
import { type Database, transaction } from '../store/database.ts';
import { type JobTask, queuedJob, queueJob, readJobs } from '../store/jobs.ts';
import { cancelJob, describedJob, jobNumbered, jobNumbers, jobReply, noSuchJob } from './jobParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { parametersText } from './parametersText.ts';

const KIND = 'evaluate-vitals';

export const evaluateVitals: Operation = {
  name: KIND,
  definition: 'urn:salus:operation:evaluate-vitals',
  levels: { system: true, type: ['Observation'], instance: ['Patient'] },
  run,
  start,
};

/** GET: one job, or the newest; those of the patient. */
async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const { id: patient } = request;
  const { job: id } = jobNumbers(request, KIND, ['job']);
  if (patient !== undefined) await read(services, 'Patient', patient, db);
  const jobs = await readJobs(db, KIND, {
    ...(id !== undefined && { id }),
    ...(patient !== undefined && { patient }),
  });
  if (id === undefined) {
    yield parametersText(jobs.map((job) => ({ name: KIND, part: describedJob(services, job) })));
    return;
  }
  const [job] = jobs;
  if (!job) throw noSuchJob(KIND, id);
  yield parametersText(describedJob(services, job));
}

/** POST: queues a job, unless the same is waiting for its turn already, or cancels one. */
async function start(services: Services, request: OperationRequest): Promise<Reply> {
  const { id: patient } = request;
  const { cancel } = jobNumbers(request, KIND, patient === undefined ? ['cancel'] : []);
  if (cancel !== undefined) {
    const { id } = await jobNumbered(services, KIND, cancel);
    await cancelJob(services, id);
    return jobReply(services, KIND, id, 200);
  }
  if (services.config.vitals === 'off') {
    const message =
      'VITALS=off: this server does not evaluate vital signs, so that there is nothing to repeat.';
    throw refuse(422, 'not-supported', message);
  }
  if (patient !== undefined) await read(services, 'Patient', patient);
  const task: JobTask = { kind: KIND, types: ['Observation'], patient: patient ?? null };
  const job = await transaction(
    services.db,
    async (tx) => (await queuedJob(tx, task)) ?? (await queueJob(tx, task)),
  );
  services.jobs.wake();
  return jobReply(services, KIND, job, 202);
}
