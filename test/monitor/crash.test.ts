// Processes that die between a reading and what follows from it: nothing that was acknowledged stays without its alert.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client } from 'pg';
import {
  cleanUp,
  type LogLine,
  type SalusProcess,
  startSalus,
  temporaryFolder,
} from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send } from '../support/testServer.ts';
import { admit, found, reading, untilFollowedUp, untilShipped } from './ward.ts';

let database: TestDatabase;
let server: SalusProcess;
let ready: LogLine;
const here = () => ({ base: `${ready.url}`, databaseUrl: database.url, stop: async () => undefined });

beforeAll(async () => {
  database = await cloneDatabase();
  server = startSalus(['serve'], {
    ...{ DATABASE_URL: database.url, DATA_DIR: temporaryFolder(), PORT: '0', WORKERS: '2' },
  });
  ready = await server.logged('ready');
  await untilShipped(here());
});
afterAll(async () => {
  await cleanUp();
  await database.drop();
});

const patients = Array.from({ length: 20 }, (_, n) => `patient-${n}`);
const total = async (query: string) => Number((await queryRows<{ n: string }>(database.url, query))[0]!.n);

it('workers killed between the write and the alert', async () => {
  for (const id of patients) await admit(here(), id);
  // The monitor waits for this lock after it has taken readings off the queue and before what follows is committed.
  const blocker = new Client({ connectionString: database.url });
  await blocker.connect();
  await blocker.query('BEGIN');
  await blocker.query('LOCK TABLE alert_event IN ACCESS EXCLUSIVE MODE');
  const answers = await Promise.all(
    patients.map((id) => send('POST', `${here().base}/Observation`, reading(id, 'pulse', 190))),
  );
  expect(answers.map(({ status }) => status)).toEqual(patients.map(() => 201));
  const waiting =
    "SELECT count(*) AS n FROM pg_locks WHERE relation = 'alert_event'::regclass AND NOT granted";
  while ((await total(waiting)) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  // One after the other, so that the port stays theirs.
  for (const [n, worker] of (ready.workers as number[]).entries()) {
    process.kill(worker, 'SIGKILL');
    await server.logged('restarted a worker', n + 1);
  }
  expect(await total("SELECT count(*) AS n FROM resource WHERE type = 'Flag'")).toBe(0);
  await blocker.query('ROLLBACK');
  await blocker.end();

  await untilFollowedUp(here());
  const flags = await found(here(), 'Flag?_count=100');
  expect(new Set(flags.map(({ status }) => status))).toEqual(new Set(['active']));
  expect(flags.map(({ subject }) => subject.reference).sort()).toEqual(
    patients.map((id) => `Patient/${id}`).sort(),
  );
  expect(await total("SELECT count(*) AS n FROM alert_event WHERE kind = 'raise'")).toBe(patients.length);
  expect(await total("SELECT count(*) AS n FROM resource WHERE type = 'DetectedIssue'")).toBe(
    patients.length,
  );
});
