// How every job goes: it walks resources in the order of type and key, a batch in each transaction, together with the note of
// how far it is. Whoever takes over after a crash goes on behind the last batch that was committed.
import type { PoolClient } from 'pg';
import type { Services } from '../services.ts';
import { lastKey } from '../store/indexedResources.ts';
import {
  finishJob,
  type Job,
  type JobFailure,
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

/** Where a batch is read from, and how large it may be. */
export interface Stretch {
  type: string;
  after: number;
  upTo: number;
  most: number;
}

/** What became of a batch. */
export interface BatchResult {
  failures: readonly JobFailure[];
  /** how many resources have another version now */
  changed: number;
}

/** What is done by a job of one kind. */
export interface JobWork {
  /** why there is nothing to do any more, which cancels the job */
  obsolete(services: Services, tx: PoolClient, job: Job): Promise<string | undefined>;
  /** Whoever began to write before it may not know what has changed: what they store is read after they have ended. */
  waitsForWriters(job: Job): boolean;
  count(services: Services, tx: PoolClient, job: Job): Promise<number>;
  /** the types to walk, in order of their names */
  types(tx: PoolClient, job: Job): Promise<string[]>;
  /** The next resources that are there, in key order. */
  read(services: Services, tx: PoolClient, job: Job, stretch: Stretch): Promise<StoredVersion[]>;
  work(services: Services, tx: PoolClient, batch: readonly StoredVersion[]): Promise<BatchResult>;
  /** whether it has to wait for what follows from earlier batches */
  isAhead?(tx: PoolClient): Promise<boolean>;
  /** whether something has to follow yet before it is complete */
  follows?(tx: PoolClient): Promise<boolean>;
  /** in words, for why it failed: `could not be indexed` */
  failure: string;
  /** in the transaction in which it ends; `reason` is why it failed, null where it did not */
  ended?(tx: PoolClient, job: Job, reason: string | null): Promise<void>;
  /** what the log says, and how gravely it says that the job begins */
  log: { begins: string; ended: string; level: 'info' | 'warn' };
}

/** One step of a claimed job, in the transaction that holds it. */
export async function walkStep(
  services: Services,
  tx: PoolClient,
  job: Job,
  work: JobWork,
): Promise<StepResult> {
  const obsolete = await work.obsolete(services, tx, job);
  if (obsolete !== undefined) {
    await finishJob(tx, job.id, 'cancelled', obsolete);
    return 'finished';
  }
  if (job.waitsFor === null) {
    job.waitsFor = work.waitsForWriters(job) ? await openTransactions(tx) : [];
    job.total = await work.count(services, tx, job);
    services.log[work.log.level](work.log.begins, {
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
    job.walks = await work.types(tx, job);
    job.upTo = await lastKey(tx);
  }
  if (await work.isAhead?.(tx)) {
    await saveProgress(tx, job);
    return 'waiting';
  }
  const batch = await nextBatch(services, tx, job, work);
  const { failures, changed } = await work.work(services, tx, batch);
  job.failed += failures.length;
  job.failures.push(...failures.slice(0, Math.max(MOST_FAILURES - job.failures.length, 0)));
  job.changed += changed;
  job.processed += batch.length;
  await saveProgress(tx, job);
  if (batch.length > 0) return 'worked';
  if (await work.follows?.(tx)) return 'waiting';
  await finish(services, tx, job, work);
  return 'finished';
}

/** The next resources in the order of type and key; moves the job's position behind them. */
async function nextBatch(
  services: Services,
  tx: PoolClient,
  job: Job,
  work: JobWork,
): Promise<StoredVersion[]> {
  const batch: StoredVersion[] = [];
  for (const type of job.walks!.filter((name) => name >= job.atType)) {
    const after = type === job.atType ? job.atKey : 0;
    const stretch = { type, after, upTo: job.upTo!, most: BATCH - batch.length };
    const found = await work.read(services, tx, job, stretch);
    batch.push(...found);
    job.atType = type;
    job.atKey = found.at(-1)?.key ?? after;
    if (batch.length >= BATCH) break;
  }
  return batch;
}

async function finish(services: Services, tx: PoolClient, job: Job, work: JobWork): Promise<void> {
  const { id, processed, changed, failed, failures } = job;
  const reason =
    failed === 0
      ? null
      : `${failed} resources ${work.failure}, the first of them ${failures[0]!.resource}: ${failures[0]!.reason}`;
  await finishJob(tx, id, failed === 0 ? 'completed' : 'failed', reason);
  await work.ended?.(tx, job, reason);
  services.log.info(work.log.ended, { job: id, processed, changed, failed });
}
