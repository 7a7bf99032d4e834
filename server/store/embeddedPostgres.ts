// The embedded database: a Postgres that npm installed, run on DATA_DIR/postgres for as long as we hold the lock on DATA_DIR,
// restarted when it dies.
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from '../telemetry.ts';
import { DataDirInUse, type DataDirLock, lockDataDir } from './dataDirLock.ts';
import { choosePostgresUser, embeddedBinaries } from './postgresBinaries.ts';
import {
  type ClusterOptions,
  connectionString,
  createCluster,
  isCluster,
  type RunningCluster,
  startCluster,
} from './postgresCluster.ts';
import { clearPostmaster, findPostmaster } from './postmasterFile.ts';

const DATABASE = 'salus';
const MAX_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
// How long a command waits for the database of a server that is just starting.
const SERVER_START_MS = 15_000;
// After the server was killed its sessions may need a moment to notice; until then Postgres does not start.
const RESTART_ATTEMPTS_MS = [100, 300, 1_000, 3_000, 10_000];

/** A database in use. */
export interface OpenDatabase {
  url: string;
  /** Settles when the database is lost for good. */
  failed: Promise<Error>;
  /** Ends the use; an embedded database that this process started is shut down. */
  close(): Promise<void>;
}

/** What the embedded database needs to know; `signal` gives up a start that takes long (crash recovery). */
export interface EmbeddedOptions {
  dataDir: string;
  maxConnections: number;
  log: Logger;
  signal?: AbortSignal;
}

/**
 * Reserves `dataDir`, made if need be, for one command at a time; `purpose` is its name, for the message others get.
 * Throws {@link DataDirInUse}, or an Error that says why the folder cannot be used.
 */
export function claimDataDir(dataDir: string, purpose: string): DataDirLock {
  try {
    const made = makeFolder(dataDir);
    // Whatever the umask: the user that Postgres runs as when we are root has to pass through.
    if (made && process.getuid?.() === 0) chmodSync(dataDir, 0o711);
    return lockDataDir(dataDir, purpose);
  } catch (error) {
    if (error instanceof DataDirInUse) throw error;
    throw new Error(`DATA_DIR ${dataDir} cannot be used: ${(error as Error).message}`);
  }
}

/**
 * Starts the embedded database, making it first where `dataDir` has none. The caller holds the lock on `dataDir`, which is
 * released when the database is closed or does not start.
 * Throws an Error with a one-line message; nothing is left running then.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedOptions,
  lock: DataDirLock,
): Promise<OpenDatabase> {
  const { dataDir, maxConnections, log, signal } = options;
  try {
    const directory = join(dataDir, 'postgres');
    const binaries = embeddedBinaries();
    const user = choosePostgresUser(join(directory, 'data'), binaries);
    const cluster: ClusterOptions = {
      binaries,
      user,
      directory,
      settings: postgresSettings(maxConnections),
      log: (level, message) => log[level]('postgres', { says: message }),
      signal,
    };
    if (!isCluster(directory)) {
      const started = Date.now();
      await createCluster({ binaries, user, directory });
      log.info('created the database', { directory, ms: Date.now() - started });
    } else if (await clearPostmaster(directory)) {
      log.warn('stopped the Postgres that an earlier run left behind');
    }
    const started = Date.now();
    const running = await startCluster(cluster);
    try {
      await createDatabase(running);
    } catch (error) {
      await running.stop();
      throw error;
    }
    log.info('started the database', { pid: running.pid, ms: Date.now() - started });
    const supervised = supervise(cluster, running, log);
    return {
      url: running.url(DATABASE),
      failed: supervised.failed,
      close: async () => {
        await supervised.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    if ((error as NodeJS.ErrnoException).code === 'EACCES') {
      throw new Error(`DATA_DIR ${dataDir} holds a database of another user: ${(error as Error).message}`);
    }
    throw error;
  }
}

/** The connection string of the database that a running `salus serve` has on `dataDir`, if there is one. */
export function findRunningDatabase(dataDir: string): string | undefined {
  const directory = join(dataDir, 'postgres');
  if (!isCluster(directory)) return undefined;
  const found = findPostmaster(directory);
  return found?.ready ? connectionString(directory, found.host, found.port, DATABASE) : undefined;
}

/**
 * A database for the duration of a command: the one of `databaseUrl`, else that of the server that runs on `dataDir`, else the
 * embedded one, started for the purpose.
 */
export async function openDatabase(
  options: EmbeddedOptions & { databaseUrl: string; purpose: string },
): Promise<OpenDatabase> {
  const { databaseUrl, dataDir, purpose } = options;
  if (databaseUrl) return borrowDatabase(databaseUrl);
  try {
    return await startEmbeddedPostgres(options, claimDataDir(dataDir, purpose));
  } catch (error) {
    if (!(error instanceof DataDirInUse) || error.purpose !== 'serve') throw error;
    for (const end = Date.now() + SERVER_START_MS; Date.now() < end; await pause(100)) {
      const url = findRunningDatabase(dataDir);
      if (url) return borrowDatabase(url);
    }
    throw error;
  }
}

/** A database that others run. */
export function borrowDatabase(url: string): OpenDatabase {
  return { url, failed: new Promise(() => undefined), close: async () => undefined };
}

/**
 * Two cores and a few gigabytes of memory in mind. fsync and synchronous_commit keep their default, on: an acknowledged write
 * is on disk.
 */
function postgresSettings(maxConnections: number): Record<string, string | number> {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  const megabytes = (share: number, least: number, most: number) =>
    `${Math.round(Math.min(Math.max((memory * share) / 1024 ** 2, least), most))}MB`;
  return {
    max_connections: maxConnections,
    shared_buffers: megabytes(1 / 16, 128, 1024),
    effective_cache_size: megabytes(1 / 2, 512, 16_384),
    work_mem: '16MB',
    maintenance_work_mem: megabytes(1 / 32, 64, 512),
    // Imports write much: checkpoints far apart spare full-page images, and are spread out.
    max_wal_size: '4GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '15min',
    checkpoint_completion_target: 0.9,
    wal_buffers: '16MB',
    wal_level: 'minimal',
    max_wal_senders: 0,
    // Requests are short and many: neither compiling nor parallel workers pay.
    jit: 'off',
    max_parallel_workers_per_gather: 0,
    random_page_cost: 1.1,
    default_statistics_target: 200,
    track_io_timing: 'on',
    autovacuum_naptime: '20s',
    idle_in_transaction_session_timeout: '10min',
  };
}

async function createDatabase(running: RunningCluster): Promise<void> {
  const client = new Client({ connectionString: running.url('postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/** Restarts the server when it ends by itself, unless that happens too often. */
function supervise(options: ClusterOptions, first: RunningCluster, log: Logger) {
  let running: RunningCluster | undefined = first;
  let stopping = false;
  const lost = Promise.withResolvers<Error>();
  const restarts: number[] = [];

  const watch = async (cluster: RunningCluster): Promise<void> => {
    const reason = await cluster.exited;
    running = undefined;
    if (stopping) return;
    log.error('the database ended unexpectedly', { reason });
    restarts.push(Date.now());
    if (restarts.filter((time) => time > Date.now() - RESTART_WINDOW_MS).length > MAX_RESTARTS) {
      return lost.resolve(
        new Error(`the database ended ${MAX_RESTARTS + 1} times within a minute: ${reason}`),
      );
    }
    restarting = restart(cluster.port);
  };
  const restart = async (port: number): Promise<void> => {
    let failure: unknown;
    for (const delay of RESTART_ATTEMPTS_MS) {
      await pause(delay);
      if (stopping) return;
      try {
        await clearPostmaster(options.directory);
        running = await startCluster({ ...options, port });
        log.warn('restarted the database', { pid: running.pid });
        void watch(running);
        return;
      } catch (error) {
        failure = error;
        log.warn('the database does not start yet', { reason: (error as Error).message });
      }
    }
    lost.resolve(failure as Error);
  };
  let restarting: Promise<void> = Promise.resolve();
  void watch(first);

  const stop = async () => {
    stopping = true;
    await restarting;
    await running?.stop();
  };
  return { failed: lost.promise, stop };
}

/**
 * Makes a folder and those above it; the topmost one made, or undefined. Not `mkdir -p` by Node: that never returns where a
 * folder that exists can hold none, as below /proc.
 */
function makeFolder(path: string): string | undefined {
  if (existsSync(path)) return undefined;
  const above = makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another server that starts at this moment was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return above ?? path;
}
