// What clients see when the database does not answer as usual: 503 with Retry-After, and nothing half done.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
/** on the same database, with little patience */
let hasty: TestServer;
let patient: string;
let rival: pg.Client;
beforeAll(async () => {
  server = await startTestServer();
  hasty = await startTestServer({ STATEMENT_TIMEOUT: '200ms', DATABASE_URL: server.databaseUrl });
  patient = `${server.base}/Patient/p`;
  await send('PUT', patient, { resourceType: 'Patient', id: 'p' });
  rival = new pg.Client(server.databaseUrl);
  await rival.connect();
});
afterAll(async () => {
  await rival.end();
  await hasty.stop();
  await server.stop();
});

/** Runs `work` while another session holds the resources. */
async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
  await rival.query('BEGIN; LOCK TABLE resource IN ACCESS EXCLUSIVE MODE');
  try {
    return await work();
  } finally {
    await rival.query('ROLLBACK');
  }
}

describe('a database in trouble', () => {
  it('that takes too long is a 503 of code timeout; nothing is stored', async () => {
    const changed = { resourceType: 'Patient', id: 'p', active: true };
    const transaction = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: changed, request: { method: 'PUT', url: 'Patient/p' } }],
    };
    await whileLocked(async () => {
      for (const answer of [
        await send('GET', `${hasty.base}/Patient/p`),
        await send('GET', `${hasty.base}/Patient?_lastUpdated=gt2020`),
        await send('GET', `${hasty.base}/Patient/p/_history`),
        await send('PUT', `${hasty.base}/Patient/p`, changed),
        await send('POST', hasty.base, transaction),
      ]) {
        expectRefusal(answer, 503, { code: 'timeout' });
        expect(answer.headers.get('retry-after')).toBe('1');
      }
    });
    expect((await send('GET', patient)).body.meta.versionId).toBe('1');
    expect((await send('PUT', patient, changed)).headers.get('etag')).toBe('W/"2"');
  });

  it('that drops a connection is a 503, and the next request works', async () => {
    const answer = await whileLocked(async () => {
      const waiting = send('GET', patient);
      // As soon as the read waits for the lock, its connection is cut.
      const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`;
      while ((await rival.query(cut)).rowCount === 0);
      return waiting;
    });
    expectRefusal(answer, 503, { code: 'transient' });
    expect((await send('GET', patient)).status).toBe(200);
  });

  it('that dropped all idle connections gets new ones', async () => {
    await Promise.all(Array.from({ length: 5 }, () => send('GET', patient)));
    await rival.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    while (
      (await rival.query('SELECT FROM pg_stat_activity WHERE datname = current_database()')).rowCount !== 1
    );
    const answers = await Promise.all(Array.from({ length: 5 }, () => send('GET', patient)));
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    expect((await send('GET', patient)).status).toBe(200);
  });
});
