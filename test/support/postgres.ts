// One Postgres for a test run, started by jest's globalSetup (jest.config.js), and a migrated database of its own for each
// test file. TEST_POSTGRES_BIN names a folder with another Postgres's `initdb` and `postgres`, e.g. /usr/lib/postgresql/15/bin.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../server/store/migrate.ts';
import { binariesIn, choosePostgresUser, embeddedBinaries } from '../../server/store/postgresBinaries.ts';
import { createCluster, type RunningCluster, startCluster } from '../../server/store/postgresCluster.ts';

const TEMPLATE = 'salus_template';
const SERVER_URL = 'SALUS_TEST_POSTGRES_URL';

/** A database made for one test file: a copy of the migrated template. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Starts Postgres in a temporary folder, makes the migrated template, and returns what stops and removes it all. */
export async function startTestPostgres(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'salus-test-'));
  chmodSync(folder, 0o711);
  const directory = join(folder, 'postgres');
  let cluster: RunningCluster | undefined;
  try {
    const bin = process.env.TEST_POSTGRES_BIN;
    const binaries = bin ? binariesIn(bin) : embeddedBinaries();
    const user = choosePostgresUser(directory, binaries);
    await createCluster({ binaries, user, directory, sync: false });
    const settings = {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      shared_buffers: '128MB',
      max_connections: 200,
      jit: 'off',
    };
    const log = (level: string, message: string) =>
      level === 'error' && console.error(`Postgres: ${message}`);
    cluster = await startCluster({ binaries, user, directory, settings, log });
    const letGo = stopWhenWeDie(cluster.pid, folder);
    await execute(cluster.url('postgres'), `CREATE DATABASE ${TEMPLATE}`);
    await migrate(cluster.url(TEMPLATE));
    await execute(
      cluster.url('postgres'),
      `ALTER DATABASE ${TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false`,
    );
    process.env[SERVER_URL] = cluster.url('postgres');
    const { stop } = cluster;
    return async () => {
      await stop('immediate');
      rmSync(folder, { recursive: true, force: true });
      letGo();
    };
  } catch (error) {
    await cluster?.stop('immediate');
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A new database with the current schema, for the calling test file; `drop` it in `afterAll`. */
export async function cloneDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(serverUrl(), `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  return testDatabase(name);
}

/** A new database without any schema, for tests of migrations; `options` are those of CREATE DATABASE. */
export async function emptyDatabase(options = ''): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(serverUrl(), `CREATE DATABASE ${name} ${options}`);
  return testDatabase(name);
}

function testDatabase(name: string): TestDatabase {
  return {
    url: serverUrl().replace(/\/postgres$/, `/${name}`),
    drop: () => execute(serverUrl(), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

function serverUrl(): string {
  const url = process.env[SERVER_URL];
  if (!url)
    throw new Error('No test Postgres: run the tests through jest.config.js, whose globalSetup starts it');
  return url;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A shell that waits for the end of our process, however it comes, then stops Postgres and removes its folder. */
function stopWhenWeDie(pid: number, folder: string): () => void {
  const script = 'read line; [ "$line" = done ] || { kill -QUIT "$0"; sleep 1; rm -rf "$1"; }';
  const watcher = spawn('/bin/sh', ['-c', script, String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  return () => watcher.stdin.end('done\n');
}
