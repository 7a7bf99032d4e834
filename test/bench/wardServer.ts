// A server on a database of its own beside the keeper's, with the ward's patients in it, judging vital signs or not.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type BenchServer, createDatabase, startServer, withClient } from './benchServer.ts';
import type { Corpus } from './corpus.ts';
import { type Measured, runLoad } from './load.ts';
import type { Plan } from './loadGenerator.ts';
import type { Options } from './options.ts';
import { patientBundles, roundBundles } from './ward.ts';

/** What the workloads on vital signs need of the run: `keeper` runs Postgres. */
export interface WardRun {
  options: Options;
  folder: string;
  keeper: BenchServer;
  say(what: string): void;
  print(title: string, lines: string[]): void;
  corpus(): Corpus;
}

export type Vitals = 'annotate' | 'off';

export interface WardServer {
  server: BenchServer;
  profileDir: string | undefined;
}

/** Starts a server with VITALS as given on a fresh database. */
export async function startWard(
  run: WardRun,
  database: string,
  vitals: Vitals,
  patients: number,
): Promise<WardServer> {
  await createDatabase(run.keeper, database);
  const ward = await serveWard(run, database, vitals);
  const { server } = ward;
  for (const body of [...patientBundles(patients), ...roundBundles(patients, new Date())]) {
    const response = await fetch(`http://127.0.0.1:${server.port}${server.base}`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the ward is refused: ${response.status} ${text.slice(0, 500)}`);
  }
  return ward;
}

/** Starts a server with VITALS as given on a database that is there. */
export async function serveWard(
  { options, folder, keeper }: WardRun,
  database: string,
  vitals: Vitals,
): Promise<WardServer> {
  const profileDir = options.profile
    ? mkdtempSync(join(tmpdir(), `salus-profile-${database.replaceAll('_', '-')}-`))
    : undefined;
  const server = await startServer(folder, {
    env: { ...options.env, VITALS: vitals },
    on: { server: keeper, database },
    ...(profileDir ? { profileDir } : {}),
  });
  return { server, profileDir };
}

/** Readings as fast as they are taken. */
export function loadWard(
  { server }: WardServer,
  bodies: string[],
  clients: number,
  seconds: number,
): Promise<Measured> {
  const path = `${server.base}/Observation`;
  const plan: Plan = { kind: 'create', port: server.port, clients, seconds, path, bodies };
  return runLoad(plan, server.watched);
}

/** What still waits to be followed up, entries that are due later aside. */
export const queued = (server: BenchServer): Promise<number> =>
  withClient(server.databaseUrl(), async (client) => {
    const { rows } = await client.query(
      'SELECT count(*)::int AS n FROM vital_queue WHERE due IS NULL OR due <= now()',
    );
    return rows[0].n;
  });

/** Waits until everything is followed up, at most so many seconds: how long it took, and what was at the beginning and is left. */
export async function drain(
  server: BenchServer,
  most: number,
): Promise<{ seconds: number; before: number; left: number }> {
  const started = performance.now();
  const before = await queued(server);
  let left = before;
  const seconds = () => (performance.now() - started) / 1000;
  while (left > 0 && seconds() < most) {
    await pause(50);
    left = await queued(server);
  }
  return { seconds: seconds(), before, left };
}
