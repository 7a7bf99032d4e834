// Large bundles, and bundles whose database connection or client goes away in the middle.
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { queryRows, rowCounts, typeCounts } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  ask,
  batch,
  type Json,
  locationOf,
  observation,
  post,
  put,
  readBack,
  transaction,
  urn,
} from './bundleSupport.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

const ENTRIES = 3_500;
/** A patient with documents of about 3 kB each. */
const record = () => {
  const text = Buffer.from('A note that says nothing new. '.repeat(65)).toString('base64');
  const document = (n: number) => ({
    resourceType: 'DocumentReference',
    identifier: [{ system: 'urn:ietf:rfc:3986', value: urn(n) }],
    status: 'current',
    subject: { reference: urn(0) },
    date: '2024-03-04T05:06:07.089+01:00',
    content: [{ attachment: { contentType: 'text/plain', data: text, title: `note ${n}` } }],
    context: { related: [{ reference: urn((n * 7) % ENTRIES) }] },
  });
  return [
    post({ resourceType: 'Patient', name: [{ family: 'Large' }] }, urn(0)),
    ...Array.from({ length: ENTRIES - 1 }, (_, i) => post(document(i + 1), urn(i + 1))),
  ];
};

describe('a bundle of 3,500 entries and 11 MB', () => {
  it('is an ordinary transaction', async () => {
    const text = JSON.stringify(transaction(record()));
    expect(text.length).toBeGreaterThan(10.5e6);
    const response = await accepted(base, text);
    expect(response.entry).toHaveLength(ENTRIES);
    const names: string[] = response.entry.map(locationOf);
    expect(new Set(names).size).toBe(ENTRIES);
    const found = await send('GET', `${base}/DocumentReference?subject=${names[0]}&_summary=count`);
    expect(found.body.total).toBe(ENTRIES - 1);
    for (const n of [1, 2_000, ENTRIES - 1]) {
      const { subject, context } = await readBack(base, names[n]!);
      expect(subject.reference).toBe(names[0]);
      expect(context.related[0].reference).toBe(names[(n * 7) % ENTRIES]);
    }
  });

  it('is refused whole for what is wrong with its last entry', async () => {
    const before = await rowCounts(server.databaseUrl);
    const answer = await send('POST', base, transaction([...record(), ask('GET', 'Patient/never')]));
    expect(answer.status).toBe(404);
    expect(answer.body.issue[0]).toMatchObject({ expression: [`Bundle.entry[${ENTRIES}]`] });
    expect(await rowCounts(server.databaseUrl)).toEqual(before);
  });

  it('is an ordinary batch, which can be sent again', async () => {
    const entries = Array.from({ length: ENTRIES }, (_, i) =>
      put({ ...observation('Patient/x'), id: `batch-${i}` }),
    );
    const first = await accepted(base, batch(entries));
    const second = await accepted(base, batch(entries.toReversed()));
    const count = (response: Json, status: string) =>
      response.entry.filter(
        (entry: Json) => entry.response.status === status && entry.response.etag === 'W/"1"',
      ).length;
    expect([count(first, '201 Created'), count(second, '200 OK')]).toEqual([ENTRIES, ENTRIES]);
  });
});

describe('a connection that breaks in the middle', () => {
  /** Runs `during` while a transaction of `entries` patients has stored resources and waits to store their index rows. */
  async function interrupted(entries: number, during: (backend: number) => Promise<void>) {
    const blocker = new pg.Client({ connectionString: server.databaseUrl });
    await blocker.connect();
    try {
      await blocker.query('BEGIN; LOCK TABLE search_string IN ACCESS EXCLUSIVE MODE');
      const patients = Array.from({ length: entries }, (_, i) =>
        put({ resourceType: 'Patient', id: `broken-${entries}-${i}`, name: [{ family: 'Broken' }] }),
      );
      const answer = send('POST', base, transaction(patients));
      for (;;) {
        const [waiting] = await queryRows<{ pid: number }>(
          server.databaseUrl,
          `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        if (!waiting) continue;
        await during(waiting.pid);
        return await answer;
      }
    } finally {
      await blocker.query('ROLLBACK');
      await blocker.end();
    }
  }

  it.each([5, 200])('leaves nothing of %i entries behind, and the server goes on', async (entries) => {
    const before = await rowCounts(server.databaseUrl);
    const answer = await interrupted(entries, async (backend) => {
      await queryRows(server.databaseUrl, 'SELECT pg_terminate_backend($1)', [backend]);
    });
    expect({ status: answer.status, code: answer.body?.issue[0].code }).toEqual({
      status: 503,
      code: 'transient',
    });
    expect(await rowCounts(server.databaseUrl)).toEqual(before);
    await accepted(base, transaction([put({ resourceType: 'Patient', id: `broken-${entries}-0` })]));
  });

  it('of a client that sends half of a bundle stores nothing', async () => {
    const before = await typeCounts(server.databaseUrl);
    const text = JSON.stringify(
      transaction(Array.from({ length: 50 }, () => post({ resourceType: 'Patient' }))),
    );
    const ended = new Promise<void>((resolve) => {
      const half = request(base, {
        method: 'POST',
        headers: { 'content-type': 'application/fhir+json', 'content-length': text.length },
      });
      half.on('error', () => resolve());
      half.on('close', () => resolve());
      half.write(text.slice(0, text.length / 2), () => half.destroy());
    });
    await ended;
    await accepted(base, batch([ask('GET', 'Patient?_summary=count')]));
    expect(await typeCounts(server.databaseUrl)).toEqual(before);
  });
});
