// The processes that serve requests, as seen from the primary process: forked, restarted when they die, stopped.
import cluster, { type Worker } from 'node:cluster';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.ts';
import { type HttpServer, loadApplication, startHttpServer } from './httpServer.ts';
import type { Logger } from './telemetry.ts';
import type { WorkerOrder, WorkerReport } from './worker.ts';

/** Whoever serves the requests: loads the code at once, and is told when the database is there. */
export interface Workers {
  /** Lets them listen; resolves when all do, rejects with the reason when one cannot. `steps`: the slowest's milliseconds. */
  start(databaseUrl: string): Promise<Pick<HttpServer, 'port' | 'steps'> & { pids: number[] }>;
  /** Settles when workers keep dying. */
  failed: Promise<Error>;
  stop(graceMs: number): Promise<void>;
}

const MAX_FAST_DEATHS = 5;
// A worker that dies sooner after it was ready counts as a fast death; one that lasts clears the count.
const FAST_DEATH_MS = 10_000;
const FIRST_DELAY_MS = 100;
const STOP_MARGIN_MS = 2_000;

/** Forks `count` workers. */
export function forkWorkers(count: number, log: Logger): Workers {
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./worker.ts', import.meta.url)), args: [] });
  const lost = Promise.withResolvers<Error>();
  let databaseUrl: string | undefined;
  let started = false;
  let stopping = false;
  let fastDeaths = 0;
  const living = new Set<Worker>();
  const reports: Promise<WorkerReport>[] = [];

  const fork = (): Promise<WorkerReport> => {
    const worker = cluster.fork();
    living.add(worker);
    if (databaseUrl) send(worker, { order: 'start', databaseUrl });
    const report = Promise.withResolvers<WorkerReport>();
    let readyAt = Number.POSITIVE_INFINITY;
    worker.on('message', (message: WorkerReport) => {
      if (message.report === 'ready') readyAt = Date.now();
      report.resolve(message);
    });
    // The channel of a dead worker breaks while it is written to; its exit is dealt with below.
    worker.on('error', () => undefined);
    worker.once('exit', (code, signal) => {
      living.delete(worker);
      report.resolve({
        report: 'failed',
        reason: `a worker ended with ${signal ?? `code ${code}`} while it started`,
      });
      if (started && !stopping) replace(worker, code, signal, Date.now() - readyAt);
    });
    return report.promise;
  };

  const replace = (worker: Worker, code: number, signal: string | null, lived: number): void => {
    fastDeaths = lived < FAST_DEATH_MS ? fastDeaths + 1 : 1;
    log.error('a worker ended unexpectedly', { worker: worker.process.pid, code, signal });
    if (fastDeaths > MAX_FAST_DEATHS) {
      lost.resolve(new Error(`workers keep ending (${signal ?? `code ${code}`}): see the log above`));
      return;
    }
    setTimeout(
      () => {
        if (stopping) return;
        void fork().then((report) => {
          if (report.report === 'ready')
            log.warn('restarted a worker', { pid: report.pid, steps: report.steps });
        });
      },
      FIRST_DELAY_MS * 2 ** (fastDeaths - 1),
    );
  };

  const start = async (url: string) => {
    databaseUrl = url;
    for (const worker of living) send(worker, { order: 'start', databaseUrl: url });
    const results = await Promise.all(reports.map((report) => report.then(succeed)));
    started = true;
    const steps = Object.fromEntries(
      Object.keys(results[0]!.steps).map((step) => [
        step,
        Math.max(...results.map((result) => result.steps[step]!)),
      ]),
    );
    return { port: results[0]!.port, steps, pids: [...living].map((worker) => worker.process.pid!) };
  };

  const stop = async (graceMs: number): Promise<void> => {
    stopping = true;
    const ended = [...living].map((worker) => {
      const exit = new Promise((resolve) => worker.once('exit', resolve));
      const deadline = setTimeout(() => worker.process.kill('SIGKILL'), graceMs + STOP_MARGIN_MS);
      send(worker, { order: 'stop', graceMs });
      return exit.finally(() => clearTimeout(deadline));
    });
    await Promise.all(ended);
  };

  for (let n = 0; n < count; n++) reports.push(fork());
  return { start, failed: lost.promise, stop };
}

/** WORKERS=1: this process serves the requests itself. */
export function workInThisProcess(config: Config, log: Logger): Workers {
  const application = loadApplication();
  application.catch(() => undefined); // dealt with in `start`
  let server: HttpServer | undefined;
  return {
    start: async (databaseUrl) => {
      server = await startHttpServer({ ...config, databaseUrl }, log, await application);
      return { ...server, pids: [process.pid] };
    },
    failed: new Promise(() => undefined),
    stop: async (graceMs) => server?.stop(graceMs),
  };
}

function succeed(report: WorkerReport): Extract<WorkerReport, { report: 'ready' }> {
  if (report.report === 'failed') throw new Error(report.reason);
  return report;
}

function send(worker: Worker, order: WorkerOrder): void {
  if (worker.isConnected()) worker.send(order);
}
