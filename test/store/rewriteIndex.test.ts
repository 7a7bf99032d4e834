import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createExtractor } from '../../server/search/createExtractor.ts';
import { transaction } from '../../server/store/database.ts';
import { rewriteIndex } from '../../server/store/rewriteIndex.ts';
import { definitions } from '../definitions/testDefinitions.ts';
import { rowCounts } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let pool: pg.Pool;
const extract = createExtractor(definitions, { baseUrls: [] });

beforeAll(async () => {
  server = await startTestServer();
  pool = new pg.Pool({ connectionString: server.databaseUrl, max: 3 });
  pool.on('error', () => undefined);
});
afterAll(async () => {
  await pool?.end();
  await server?.stop();
});

const patient = (id: string, family: string) => ({
  resourceType: 'Patient',
  id,
  text: { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${family}</div>` },
  contained: [{ resourceType: 'Practitioner', id: 'gp', name: [{ family: `Doctor ${family}` }] }],
  identifier: [{ system: 'http://mrn', value: id, type: { text: 'Record' } }],
  name: [{ family }],
  birthDate: '1980-01-01',
  generalPractitioner: [{ reference: '#gp' }],
});

/** All index rows of a resource and of what it contains, without the keys of the latter. */
async function indexRows(id: string): Promise<unknown> {
  const { rows } = await pool.query(
    `WITH r AS (SELECT key, (SELECT array_agg(t ORDER BY t) FROM unnest(tokens) t) AS tokens,
         (SELECT array_agg(t ORDER BY t) FROM unnest(traits) t) AS traits FROM resource WHERE id = $1),
       k AS (SELECT key, 'self' AS who FROM r UNION ALL SELECT c.key, c.type || c.id FROM contained c JOIN r ON r.key = c.container_key)
     SELECT (SELECT jsonb_agg(jsonb_build_array(tokens, traits)) FROM r) AS own,
       (SELECT jsonb_agg(jsonb_build_array(who, hash) ORDER BY who, hash) FROM search_token JOIN k USING (key)) AS tokens,
       (SELECT jsonb_agg(jsonb_build_array(who, path, value, exact) ORDER BY who, path, value) FROM search_string JOIN k USING (key)) AS strings,
       (SELECT jsonb_agg(jsonb_build_array(who, path, low, high) ORDER BY who, path, low) FROM search_date JOIN k USING (key)) AS dates,
       (SELECT jsonb_agg(jsonb_build_array(who, strip(words)::text, strip(ts_filter(words, '{a}'))::text) ORDER BY who) FROM search_text JOIN k USING (key)) AS texts,
       (SELECT jsonb_agg(jsonb_build_array(type, id, cardinality(tokens), cardinality(traits)) ORDER BY id) FROM contained WHERE container_key = (SELECT key FROM r)) AS held`,
    [id],
  );
  return rows[0];
}

async function stored(id: string) {
  const { rows } = await pool.query(
    'SELECT version, last_updated::text, xmin, content::text AS content FROM resource WHERE id = $1',
    [id],
  );
  return rows[0] as { version: number; last_updated: string; content: string };
}

describe('rewriteIndex', () => {
  it('mends whatever is wrong, and leaves everything else alone', async () => {
    await send('PUT', `${server.base}/Patient/one`, patient('one', 'Before'));
    await send('PUT', `${server.base}/Patient/one`, patient('one', 'Now'));
    const [before, right, counts] = [
      await stored('one'),
      await indexRows('one'),
      await rowCounts(server.databaseUrl),
    ];
    await pool.query("UPDATE resource SET tokens = '{4}', traits = '{}' WHERE id = 'one'");
    await pool.query('DELETE FROM search_token');
    await pool.query('INSERT INTO search_token SELECT 4, key FROM resource');
    await pool.query("UPDATE search_string SET value = 'wrong'");
    await pool.query("UPDATE search_date SET low = '-infinity'");
    await pool.query('DELETE FROM search_text');
    await pool.query("UPDATE contained SET id = 'wrong', traits = '{}'");
    const { version, content } = before;
    const rows = extract(JSON.parse(content));
    expect(
      await transaction(pool, (tx) => rewriteIndex(tx, [{ type: 'Patient', id: 'one', version, rows }])),
    ).toBe(1);
    expect(await indexRows('one')).toEqual(right);
    expect(await rowCounts(server.databaseUrl)).toEqual(counts);
    expect(await stored('one')).toEqual({ ...before, xmin: expect.anything() });
  });

  it('passes over other versions, deleted and unknown resources', async () => {
    await send('PUT', `${server.base}/Patient/two`, patient('two', 'Two'));
    await send('PUT', `${server.base}/Patient/gone`, patient('gone', 'Gone'));
    await send('DELETE', `${server.base}/Patient/gone`);
    const counts = await rowCounts(server.databaseUrl);
    const rows = extract(patient('two', 'Other'));
    const versions = [
      { id: 'two', version: 2 },
      { id: 'gone', version: 2 },
      { id: 'never', version: 1 },
    ].map((each) => ({ type: 'Patient', ...each, rows }));
    expect(await transaction(pool, (tx) => rewriteIndex(tx, versions))).toBe(0);
    expect(await rowCounts(server.databaseUrl)).toEqual(counts);
  });

  it('leaves no rows behind where a writer waits for it', async () => {
    await send('PUT', `${server.base}/Patient/race`, patient('race', 'Race'));
    const rows = extract(patient('race', 'Race'));
    let written: Promise<{ status: number }> | undefined;
    await transaction(pool, async (tx) => {
      await rewriteIndex(tx, [{ type: 'Patient', id: 'race', version: 1, rows }]);
      written = send('PUT', `${server.base}/Patient/race`, patient('race', 'Changed'));
      // The writer's statement has its snapshot once it waits for the row.
      for (let waiting = false; !waiting; ) {
        const { rows: locks } = await pool.query(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        waiting = locks.length > 0;
      }
    });
    expect((await written!).status).toBe(200);
    const { rows: strings } = await pool.query(
      "SELECT DISTINCT s.value FROM search_string s JOIN resource r USING (key) WHERE r.id = 'race'",
    );
    expect(strings).toEqual([{ value: 'changed' }]);
    const { rows: held } = await pool.query(
      "SELECT count(*)::int FROM contained c JOIN resource r ON r.key = c.container_key WHERE r.id = 'race'",
    );
    expect(held).toEqual([{ count: 1 }]);
  });
});
