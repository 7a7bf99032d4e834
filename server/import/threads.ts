// The worker threads of an import: each holds a few units at a time, so that one is parsed while the database works on
// another. The first failure (not a refusal) stops the import.
import { Worker } from 'node:worker_threads';
import type { Config } from '../config.ts';
import type { UnitOptions, UnitReport } from './importUnit.ts';
import type { WorkerData, WorkerMessage } from './importWorker.ts';
import type { Unit } from './readUnits.ts';

const UNITS_PER_THREAD = 2;
/**
 * Bytes of input under way at a time, whatever the number of threads: each takes up to ten times as much memory. A
 * bundle that is larger, such as one of 64 MB (the most that HTTP takes by default), is loaded alone.
 */
const MOST_BYTES_UNDER_WAY = 32 * 1024 * 1024;
/** Larger bundles go to two of the threads: one that has loaded a few keeps the memory it took. */
const LARGE = 4 * 1024 * 1024;
/** How much larger compressed JSON becomes, at most. */
const UNZIPPED = 15;
/** V8 collects less often, and so takes twice the memory for the same speed, when it may have all of the machine's. */
const HEAP = { maxYoungGenerationSizeMb: 24, maxOldGenerationSizeMb: 1024 };

export interface Threads {
  /** Stores all units. @throws Error of the first unit that failed */
  run(units: AsyncIterable<Unit>, took: (report: UnitReport) => void): Promise<void>;
  end(): Promise<void>;
}

/** Starts `count` threads, each with services and connections of its own. */
export async function startThreads(count: number, options: UnitOptions, config: Config): Promise<Threads> {
  const { createPlaceholders, force, validate } = options;
  const workerData: WorkerData = {
    // Large units may all come to one thread.
    config: { ...config, poolSize: UNITS_PER_THREAD * count, statementTimeout: 0 },
    options: { createPlaceholders, force, validate },
  };
  const threads = Array.from({ length: count }, () => startThread(workerData));
  await Promise.all(threads.map((thread) => thread.ready));
  return {
    async run(units, took) {
      const iterator = units[Symbol.asyncIterator]();
      const budget = createBudget(MOST_BYTES_UNDER_WAY);
      let large = 0;
      // A generator queues its `next` calls, so that all lanes can draw on one.
      const lane = async (own: Thread) => {
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
          const size = sizeOf(next.value);
          await budget.take(size);
          try {
            const thread = size > LARGE ? threads[large++ % Math.min(2, count)]! : own;
            took(await thread.store(next.value));
          } finally {
            budget.give(size);
          }
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

function sizeOf(unit: Unit): number {
  if (unit.kind === 'lines') return unit.bytes.length;
  return unit.kind === 'file' && unit.gzip ? unit.share * UNZIPPED : unit.share;
}

/** Lets pieces of work through while their sizes together stay within `most`; a larger one goes alone. */
function createBudget(most: number) {
  let used = 0;
  const waiting: (() => void)[] = [];
  return {
    async take(size: number): Promise<void> {
      while (used > 0 && used + size > most) await new Promise<void>((resolve) => void waiting.push(resolve));
      used += size;
    },
    give(size: number): void {
      used -= size;
      for (const wake of waiting.splice(0)) wake();
    },
  };
}

interface Thread {
  ready: Promise<unknown>;
  store(unit: Unit): Promise<UnitReport>;
  end(): Promise<unknown>;
}

function startThread(workerData: WorkerData): Thread {
  const worker = new Worker(new URL('./importWorker.ts', import.meta.url), {
    workerData,
    resourceLimits: HEAP,
  });
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
