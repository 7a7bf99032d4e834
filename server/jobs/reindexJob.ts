// The reindex job: walks the resources of its types in key order, a batch in each transaction, together with the note of
// how far it is. Whoever takes over after a crash goes on behind the last batch that was committed.
import type { PoolClient } from 'pg';
import { reindexResources } from '../fhir/reindexResources.ts';
import type { Services } from '../services.ts';
import { settleParameters } from '../store/customParameters.ts';
import { raiseRevision } from '../store/definitionsRevision.ts';
import { countOfTypes, lastKey, readForIndexing, typesToWalk } from '../store/indexedResources.ts';
import {
  finishJob,
  isWaitedFor,
  type Job,
  MOST_FAILURES,
  openTransactions,
  saveProgress,
  stillOpen,
} from '../store/jobs.ts';
import type { StoredVersion } from '../store/resources.ts';

/** Resources in one transaction: about 50 ms of work. */
const BATCH = 200;

/** What a step came to: `waiting` asks to be called again in a while. */
export type StepResult = 'worked' | 'waiting' | 'finished';

/** One step of a claimed job, in the transaction that holds it. */
export async function reindexStep(services: Services, tx: PoolClient, job: Job): Promise<StepResult> {
  if (job.forParameters && !(await isWaitedFor(tx, job.id))) {
    await finishJob(tx, job.id, 'cancelled', 'Its search parameters were deleted, retired or changed again.');
    return 'finished';
  }
  if (job.waitsFor === null) {
    // Who began to write before the definitions changed may not know; what they store is read after they have ended.
    job.waitsFor = job.forParameters ? await openTransactions(tx) : [];
    job.total = await countOfTypes(tx, job.types);
    services.log.warn('a reindex begins: until it has ended, searches may miss what it adds', {
      job: job.id,
      types: job.types.length,
      resources: job.total,
    });
    await saveProgress(tx, job);
    return 'worked';
  }
  if (job.waitsFor.length > 0) {
    job.waitsFor = await stillOpen(tx, job.waitsFor);
    await saveProgress(tx, job);
    return job.waitsFor.length > 0 ? 'waiting' : 'worked';
  }
  if (job.upTo === null) {
    job.walks = await typesToWalk(tx, job.types);
    job.upTo = await lastKey(tx);
  }
  const batch = await nextBatch(tx, job);
  for (const { resource, reason } of await reindexResources(services, tx, batch)) {
    job.failed += 1;
    if (job.failures.length < MOST_FAILURES) job.failures.push({ resource, reason });
  }
  job.processed += batch.length;
  await saveProgress(tx, job);
  if (batch.length > 0) return 'worked';
  await finish(services, tx, job);
  return 'finished';
}

/** The next resources in the order of type and key; moves the job's position behind them. */
async function nextBatch(tx: PoolClient, job: Job): Promise<StoredVersion[]> {
  const batch: StoredVersion[] = [];
  for (const type of job.walks!.filter((name) => name >= job.atType)) {
    const after = type === job.atType ? job.atKey : 0;
    const found = await readForIndexing(tx, type, [after, job.upTo!], BATCH - batch.length, job.types);
    batch.push(...found);
    job.atType = type;
    job.atKey = found.at(-1)?.key ?? after;
    if (batch.length >= BATCH) break;
  }
  return batch;
}

async function finish(services: Services, tx: PoolClient, job: Job): Promise<void> {
  const { id, failed, failures } = job;
  const reason =
    failed === 0
      ? null
      : `${failed} resources could not be indexed, the first of them ${failures[0]!.resource}: ${failures[0]!.reason}`;
  await finishJob(tx, id, failed === 0 ? 'completed' : 'failed', reason);
  if (await isWaitedFor(tx, id)) {
    // In the order in which writers of search parameters lock.
    await raiseRevision(tx);
    await settleParameters(tx, id, {
      state: failed === 0 ? 'ready' : 'failed',
      reason: failed === 0 ? null : `Job ${id}: ${reason}`,
    });
  }
  services.log.info('a reindex has ended', { job: id, processed: job.processed, failed });
}
