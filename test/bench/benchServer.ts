// The server under test: `salus serve` as a process on a fresh DATA_DIR, its log in a file, and the ways into its database.
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { findRunningDatabase } from '../../server/store/embeddedPostgres.ts';
import type { Watched } from './cpuTime.ts';
import { onEnd, type Running, startNode } from './processes.ts';

/** The command line under test. */
export const CLI = resolve(import.meta.dirname, '../../server/cli.ts');

/** A running server. */
export interface BenchServer {
  port: number;
  /** path of the FHIR base */
  base: string;
  watched: Watched;
  /** processes that serve requests */
  workers: number;
  /** milliseconds from the start of the process to readiness, as its log says */
  readyMs: number;
  /** connection string of a database of the embedded Postgres; by default the server's own */
  databaseUrl(name?: string): string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/** How the processes under test are started. */
export interface UnderTest {
  env: Record<string, string>;
  /** where each of them writes a CPU profile when it ends */
  profileDir?: string;
  /** a database beside another server's own, to serve in place of a fresh one */
  on?: { server: BenchServer; database: string };
}

/** Starts the server on the embedded database of `folder`/data, or on the one that `underTest` names. */
export async function startServer(folder: string, underTest: UnderTest): Promise<BenchServer> {
  const { on } = underTest;
  const dataDir = join(folder, on ? `data-${on.database}` : 'data');
  const logFile = join(folder, 'server.log');
  mkdirSync(dataDir, { recursive: true });
  // The user that Postgres runs as when we are root has to pass through.
  for (const path of [folder, dataDir]) chmodSync(path, 0o711);
  const port = await freePort();
  const log = openSync(logFile, 'a');
  const logged = readFileSync(logFile).length;
  // Postgres outlives a server that was killed. Noted before the server, so that it is undone after it.
  const forget = on ? undefined : onEnd('Postgres', () => stopPostmaster(dataDir));
  const running = startNode([CLI, 'serve'], {
    env: {
      DATA_DIR: dataDir,
      PORT: String(port),
      LOG_LEVEL: 'info',
      ...(on ? { DATABASE_URL: on.server.databaseUrl(on.database) } : {}),
      ...testEnvironment(underTest),
    },
    fd: log,
  });
  closeSync(log);
  const ready = await logLine(running, logFile, logged, 'ready');
  const workers = ready.workers as number[];
  const serverUrl = on ? on.server.databaseUrl(on.database) : findRunningDatabase(dataDir)!;
  const postmaster = on ? on.server.watched.postmaster : postmasterPid(dataDir)!;
  return {
    port,
    base: '/fhir/R4',
    watched: { server: [...new Set([running.pid, ...workers])], postmaster },
    workers: workers.length,
    readyMs: ready.ms as number,
    databaseUrl: (name) => (name === undefined ? serverUrl : serverUrl.replace(/\/[^/]*$/, `/${name}`)),
    stop: async () => {
      await running.stop();
      await forget?.();
    },
  };
}

/** The last errors in the server's log. */
export function lastErrors(folder: string): string[] {
  const logFile = join(folder, 'server.log');
  if (!existsSync(logFile)) return [];
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return lines.filter((line) => line.includes('"level":"error"')).slice(-3);
}

/** Environment of a process under test: the settings asked for, and where wanted what makes Node write CPU profiles. */
export function testEnvironment({ env, profileDir }: UnderTest): Record<string, string> {
  if (profileDir === undefined) return env;
  const options = [env.NODE_OPTIONS, '--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  return { ...env, NODE_OPTIONS: options.filter((option) => option !== undefined).join(' ') };
}

/** Lends a connection to a database. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'salus bench' });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Makes an empty database beside the server's own and gives its connection string. */
export async function createDatabase(server: BenchServer, name: string): Promise<string> {
  await withClient(server.databaseUrl(), (client) => client.query(`CREATE DATABASE ${name}`));
  return server.databaseUrl(name);
}

async function logLine(
  running: Running,
  file: string,
  from: number,
  message: string,
): Promise<Record<string, unknown>> {
  let over: number | string | undefined;
  void running.ended.then((end) => {
    over = end;
  });
  for (const until = Date.now() + START_TIMEOUT_MS; Date.now() < until; await pause(20)) {
    const text = readFileSync(file).subarray(from).toString();
    const line = text.split('\n').find((one) => one.includes(`"message":"${message}"`));
    if (line?.endsWith('}')) return JSON.parse(line);
    if (over !== undefined) throw new Error(`the server ended (${over}) while it started:\n${text}`);
  }
  throw new Error(`the server was not ready within ${START_TIMEOUT_MS / 1000} s; its log is ${file}`);
}

function postmasterPid(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

async function stopPostmaster(dataDir: string): Promise<void> {
  const pid = postmasterPid(dataDir);
  if (pid === undefined) return;
  process.kill(pid, 'SIGINT');
  for (let n = 0; n < 200 && postmasterPid(dataDir) === pid; n++) await pause(50);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
