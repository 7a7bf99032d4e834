// The worker threads of an import: each holds a few units at a time, so that one is parsed while the database works on
// another. The first failure (not a refusal) stops the import.
import { Worker } from 'node:worker_threads';
import type { Config } from '../config.ts';
import type { UnitOptions, UnitReport } from './importUnit.ts';
import type { WorkerData, WorkerMessage } from './importWorker.ts';
import type { Unit } from './readUnits.ts';

/** With bundles of 64 MB, the largest that HTTP takes by default, the heap stays under 1 GB. */
const UNITS_PER_THREAD = 2;

export interface Threads {
  /** Stores all units. @throws Error of the first unit that failed */
  run(units: AsyncIterable<Unit>, took: (report: UnitReport) => void): Promise<void>;
  end(): Promise<void>;
}

/** Starts `count` threads, each with services and connections of its own. */
export async function startThreads(count: number, options: UnitOptions, config: Config): Promise<Threads> {
  const { createPlaceholders, force } = options;
  const workerData: WorkerData = {
    config: { ...config, poolSize: UNITS_PER_THREAD + 1, statementTimeout: 0 },
    options: { createPlaceholders, force },
  };
  const threads = Array.from({ length: count }, () => startThread(workerData));
  await Promise.all(threads.map((thread) => thread.ready));
  return {
    async run(units, took) {
      const iterator = units[Symbol.asyncIterator]();
      // A generator queues its `next` calls, so that all lanes can draw on one.
      const lane = async ({ store }: Thread) => {
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
          took(await store(next.value));
        }
      };
      try {
        await Promise.all(
          threads.flatMap((thread) => Array.from({ length: UNITS_PER_THREAD }, () => lane(thread))),
        );
      } finally {
        await iterator.return?.(undefined);
      }
    },
    async end() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

interface Thread {
  ready: Promise<unknown>;
  store(unit: Unit): Promise<UnitReport>;
  end(): Promise<unknown>;
}

function startThread(workerData: WorkerData): Thread {
  const worker = new Worker(new URL('./importWorker.ts', import.meta.url), { workerData });
  const waiting = new Map<
    number,
    { resolve: (report: UnitReport) => void; reject: (error: Error) => void }
  >();
  const started = Promise.withResolvers<void>();
  const gone = new Promise((resolve) => worker.once('exit', resolve));
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure = error;
    started.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(failure ?? new Error('An import thread ended early')));
  worker.on('message', (message: WorkerMessage) => {
    if ('ready' in message) return started.resolve();
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if ('report' in message) asked?.resolve(message.report);
    else asked?.reject(new Error(message.failure));
  });
  let id = 0;
  return {
    ready: started.promise,
    store: (unit) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.set(++id, { resolve, reject });
        worker.postMessage({ id, unit });
      }),
    end: () => {
      worker.postMessage('end');
      return gone;
    },
  };
}
