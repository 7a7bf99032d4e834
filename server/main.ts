// `salus serve`: starts the database, migrates it, starts the processes that serve requests, and stops it all in order.
import { join } from 'node:path';
import type { Config } from './config.ts';
import { checkAddress } from './httpServer.ts';
import { onStopSignal } from './stopSignal.ts';
import type { DataDirLock } from './store/dataDirLock.ts';
import {
  borrowDatabase,
  claimDataDir,
  type OpenDatabase,
  startEmbeddedPostgres,
} from './store/embeddedPostgres.ts';
import { migrate } from './store/migrate.ts';
import { searchPoolSize } from './store/pool.ts';
import type { Logger } from './telemetry.ts';
import { forkWorkers, type Workers, workInThisProcess } from './workers.ts';

// For migrations, imports and a person with psql beside a running server.
const SPARE_CONNECTIONS = 30;

/**
 * Serves until told to stop by SIGTERM or SIGINT. Resolves with the exit code once all is stopped: 0, or 1 after a failure,
 * which `complain` is told in one line.
 */
export async function main(config: Config, log: Logger, complain: (reason: string) => void): Promise<number> {
  const begun = performance.now();
  const steps: Record<string, number> = {};
  const timed = async <T>(step: string, work: T | Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work;
    steps[step] = Math.round(performance.now() - started);
    return result;
  };
  const stop = onStopSignal(log);
  let database: OpenDatabase | undefined;
  let workers: Workers | undefined;
  let code = 0;
  try {
    const lock = config.databaseUrl ? undefined : claimDataDir(config.dataDir, 'serve');
    try {
      if (config.port !== 0) await checkAddress(config.host, config.port);
    } catch (error) {
      lock?.release();
      throw error;
    }
    log.info('starting', { pid: process.pid, node: process.version });
    // The workers load their code while the database starts.
    workers = config.workers > 1 ? forkWorkers(config.workers, log) : workInThisProcess(config, log);
    const opening = timed('database', lock ? startEmbedded(lock) : borrowDatabase(config.databaseUrl));
    opening.catch(() => undefined); // dealt with below
    // One process builds what all workers read, while the database starts.
    if (config.workers > 1) await timed('specification', buildSpecification(join(config.dataDir, 'cache')));
    database = await opening;
    stop.signal.throwIfAborted();
    await timed('migrations', bringUpToDate(database.url, log));
    stop.signal.throwIfAborted();
    const { port, pids, steps: workerSteps } = await timed('workers', workers.start(database.url));
    log.info('ready', {
      url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}/fhir/R4`,
      ms: Math.round(performance.now() - begun),
      steps: { ...steps, ...workerSteps },
      workers: pids,
    });
    const failure = await Promise.race([stop.received, database.failed, workers.failed]);
    if (failure) throw failure;
  } catch (error) {
    if (!stop.signal.aborted) {
      complain((error as Error).message);
      code = 1;
    }
  }
  const stopping = performance.now();
  await workers?.stop(config.shutdownGrace);
  await database?.close();
  if (workers) log.info('stopped', { ms: Math.round(performance.now() - stopping) });
  return code;

  function startEmbedded(lock: DataDirLock): Promise<OpenDatabase> {
    return startEmbeddedPostgres(
      { ...config, maxConnections: maxConnections(config), log, signal: stop.signal },
      lock,
    );
  }
}

/** Builds the caches of the specification where they are missing; the code that does it is not needed otherwise. */
async function buildSpecification(cacheDir: string): Promise<void> {
  const { hasBindings } = await import('./definitions/publishedBindings.ts');
  if (hasBindings(cacheDir)) return;
  const { loadSpecification } = await import('./specification.ts');
  await loadSpecification(cacheDir);
}

/** Runs the missing migrations and logs which. Throws an Error with a one-line message when the database cannot be used. */
export async function bringUpToDate(databaseUrl: string, log: Logger): Promise<void> {
  const { applied } = await migrate(databaseUrl, () =>
    log.info('another server is migrating the database: waiting'),
  );
  if (applied.length > 0) log.info('migrated the database', { applied });
}

/** Most connections that the embedded database is asked for. */
export function maxConnections(config: Config): number {
  return config.workers * (config.poolSize + searchPoolSize(config.poolSize)) + SPARE_CONNECTIONS;
}
