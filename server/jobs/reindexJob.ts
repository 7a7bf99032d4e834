// The reindex job: the index rows of all resources of some types, made again. Search parameters wait for it.
import { reindexResources } from '../fhir/reindexResources.ts';
import { settleParameters } from '../store/customParameters.ts';
import { raiseRevision } from '../store/definitionsRevision.ts';
import { countOfTypes, readForIndexing, typesToWalk } from '../store/indexedResources.ts';
import { isWaitedFor } from '../store/jobs.ts';
import type { JobWork } from './walkJob.ts';

export const reindexJob: JobWork = {
  log: {
    level: 'warn',
    begins: 'a reindex begins: until it has ended, searches may miss what it adds',
    ended: 'a reindex has ended',
  },
  failure: 'could not be indexed',
  async obsolete(_services, tx, job) {
    return job.forParameters && !(await isWaitedFor(tx, job.id))
      ? 'Its search parameters were deleted, retired or changed again.'
      : undefined;
  },
  waitsForWriters: (job) => job.forParameters,
  count: (_services, tx, job) => countOfTypes(tx, job.types),
  types: (tx, job) => typesToWalk(tx, job.types),
  read: (_services, tx, job, { type, after, upTo, most }) =>
    readForIndexing(tx, type, [after, upTo], most, job.types),
  async work(services, tx, batch) {
    return { failures: await reindexResources(services, tx, batch), changed: 0 };
  },
  async ended(tx, { id }, reason) {
    if (!(await isWaitedFor(tx, id))) return;
    // In the order in which writers of search parameters lock.
    await raiseRevision(tx);
    const isReady = reason === null;
    await settleParameters(tx, id, {
      state: isReady ? 'ready' : 'failed',
      reason: isReady ? null : `Job ${id}: ${reason}`,
    });
  },
};
