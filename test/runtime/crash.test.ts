import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { findRunningDatabase } from '../../server/store/embeddedPostgres.ts';
import { processIdentity } from '../../server/store/processIdentity.ts';
import {
  cleanUp,
  gone,
  type LogLine,
  type SalusProcess,
  startSalus,
  temporaryFolder,
} from './serverProcess.ts';

afterAll(cleanUp);

const dataDir = temporaryFolder();
const settings = { DATA_DIR: dataDir, PORT: '0', WORKERS: '2' };

const origin = (ready: LogLine) => new URL(ready.url as string).origin;

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: findRunningDatabase(dataDir) });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Until the server says it is ready again; after a crash its connections have to be made anew. */
async function readyAgain(ready: LogLine): Promise<void> {
  for (;;) {
    const answer = await fetch(`${origin(ready)}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

// One server after the other on one folder: each test goes on where the one before stopped.
describe('after kill -9', () => {
  let server: SalusProcess;
  let ready: LogLine;

  it('of a worker, another takes its place', async () => {
    server = startSalus(['serve'], settings);
    ready = await server.logged('ready');
    await query('CREATE TABLE kept (n int)');
    const [worker] = ready.workers as number[];
    process.kill(worker!, 'SIGKILL');
    const replaced = await server.logged('restarted a worker');
    expect(replaced.pid).not.toBe(worker);
    await readyAgain(ready);
  });

  it('of the database, it is restarted with every acknowledged write', async () => {
    await query('INSERT INTO kept VALUES (1)');
    const { pid } = await server.logged('started the database');
    process.kill(pid as number, 'SIGKILL');
    await server.logged('restarted the database');
    await readyAgain(ready);
    expect(await query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('of the server, its workers end and the next start has every acknowledged write', async () => {
    await query('INSERT INTO kept VALUES (2)');
    const worker = (await server.logged('restarted a worker')).pid as number;
    server.kill('SIGKILL');
    expect(await server.ended).toBe('SIGKILL');
    server = startSalus(['serve'], settings);
    ready = await server.logged('ready');
    expect(server.log.map((line) => line.message)).toContain(
      'stopped the Postgres that an earlier run left behind',
    );
    await gone(worker);
    expect(await query('SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await fetch(`${origin(ready)}/readyz`)).status).toBe(200);
  });

  it('of server and database at once, a lock file whose pid belongs to another process by now does not block', async () => {
    const lockFile = join(dataDir, 'postgres/data/postmaster.pid');
    const pid = (await server.logged('started the database')).pid as number;
    server.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await server.ended;
    await gone(pid);
    const [, ...lines] = readFileSync(lockFile, 'utf8').split('\n');
    writeFileSync(lockFile, [process.pid, ...lines].join('\n'));
    server = startSalus(['serve'], settings);
    await server.logged('ready');
    expect(await query('SELECT n FROM kept ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('of worker after worker, the server gives up and takes the database down', async () => {
    const postgres = (await server.logged('started the database')).pid as number;
    let victim = ((await server.logged('ready')).workers as number[])[0]!;
    for (let n = 1; n <= 5; n++) {
      process.kill(victim, 'SIGKILL');
      victim = (await server.logged('restarted a worker', n)).pid as number;
    }
    process.kill(victim, 'SIGKILL');
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe('salus: workers keep ending (SIGKILL): see the log above\n');
    expect(processIdentity(postgres)).toBeUndefined();
  });
});
