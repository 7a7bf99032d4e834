// How much $lastn and $stats look at and answer with, on a patient with more Observations than that.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Json } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { observation, store } from './everythingSupport.ts';

let server: TestServer;
let base: string;
let sql: pg.Client;

const COPIES = 50_000;

beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
  sql = new pg.Client({ connectionString: server.databaseUrl });
  await sql.connect();
  const code = { coding: [{ system: 'http://loinc.org', code: '8867-4' }] };
  const valueQuantity = { value: 70, system: 'http://unitsofmeasure.org', code: '/min' };
  const more = { code, valueQuantity, effectiveDateTime: '2024-01-01T00:00:00Z' };
  await store(base, { resourceType: 'Patient', id: 'p' }, observation('first', 'Patient/p', more));
  // Copies of a stored Observation with its index rows, a minute apart.
  await sql.query(
    'CREATE TEMP TABLE copy AS SELECT nextval($2) AS key, n, r.key AS original ' +
      'FROM resource r, generate_series(1, $1::int) n WHERE r.id = $3',
    [COPIES, 'resource_key', 'first'],
  );
  await sql.query(
    'INSERT INTO resource (key, last_updated, version, deleted, type, id, method, tokens, traits, content) ' +
      "SELECT c.key, r.last_updated, 1, false, r.type, 'copy' || c.n, r.method, r.tokens, r.traits, " +
      "jsonb_set(r.content, '{id}', to_jsonb('copy' || c.n)) FROM copy c JOIN resource r ON r.key = c.original",
  );
  await sql.query(
    'INSERT INTO search_token SELECT t.hash, c.key FROM copy c JOIN search_token t ON t.key = c.original',
  );
  await sql.query(
    "INSERT INTO search_date SELECT d.path, d.low + c.n * interval '1 minute', d.high + c.n * interval '1 minute', c.key " +
      'FROM copy c JOIN search_date d ON d.key = c.original',
  );
  await sql.query('ANALYZE');
});
afterAll(async () => {
  await sql.end();
  await server.stop();
});

const lastn = (query: string) => send('GET', `${base}/Observation/$lastn?patient=p&code=8867-4&${query}`);

/** Statistics of minutes after the beginning of the year. */
const stats = (minutes: number, ...parameter: Json[]) =>
  send('POST', `${base}/Observation/$stats`, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'subject', valueUri: 'Patient/p' },
      { name: 'coding', valueCoding: { system: 'http://loinc.org', code: '8867-4' } },
      {
        name: 'period',
        valuePeriod: { start: '2024', end: new Date(Date.UTC(2024, 0, 1, 0, minutes)).toISOString() },
      },
      { name: 'statistic', valueCode: 'count' },
      ...parameter,
    ],
  });

const refusal = ({ status, body }: Json) => [status, body.issue[0].code, body.issue[0].diagnostics];
const ofName = ({ body }: Json, name: string): Json[] =>
  body.parameter.filter((each: Json) => each.name === name).map(({ resource }: Json) => resource);

it('$lastn looks at 50,000 Observations and gives 5,000', async () => {
  expect(refusal(await lastn('max=3'))).toEqual([400, 'too-costly', expect.stringMatching(/50000.*date/)]);
  const most = await lastn('max=3&date=gt2024-01-01T00:00:00Z');
  expect(most.body.entry.map(({ resource }: Json) => resource.id)).toEqual([
    'copy50000',
    'copy49999',
    'copy49998',
  ]);
  const full = await lastn('max=5000&date=gt2024-01-01T00:00:00Z');
  expect(full.body.total).toBe(5_000);
  expect(full.body.entry).toHaveLength(5_000);
  expect(refusal(await lastn('max=5001&date=gt2024-01-01T00:00:00Z'))).toEqual([
    400,
    'too-costly',
    expect.stringMatching(/5001.*5000.*max/),
  ]);
});

it('$stats looks at 20,000 Observations and gives 5,000 sources', async () => {
  const full = await stats(19_999);
  expect(ofName(full, 'statistics')[0].component[0].valueQuantity.value).toBe(20_000);
  expect(refusal(await stats(20_000))).toEqual([400, 'too-costly', expect.stringMatching(/20000.*period/)]);
  const include = { name: 'include', valueBoolean: true };
  expect(ofName(await stats(4_999, include), 'source')).toHaveLength(5_000);
  expect(refusal(await stats(5_000, include))).toEqual([
    400,
    'too-costly',
    expect.stringMatching(/5001.*limit/),
  ]);
  const some = ofName(await stats(19_999, include, { name: 'limit', valuePositiveInt: 2 }), 'source');
  expect(some.map(({ id }) => id)).toEqual(['copy19999', 'copy19998']);
});
