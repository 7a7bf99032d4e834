import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { hash64, hashPath } from '../../server/search/hash64.ts';
import { parseString, stringCondition, stringPaths } from '../../server/search/parameters/string.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await cloneDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(
    `INSERT INTO search_string (path, key, value, exact)
     SELECT $1, n, md5(n::text) || ' 100%_\\x' || n, '' FROM generate_series(1, 8000) n`,
    [hashPath('Patient.name.family')],
  );
  await client.query('VACUUM ANALYZE search_string');
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function contains(text: string, prefix = '') {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const paths = bind(stringPaths('contains', ['Patient.name.family']));
  const condition = stringCondition(parseString('family', 'contains', text), 's', bind);
  const { rows } = await client.query(
    `${prefix} SELECT key FROM search_string s WHERE s.path = ANY(${paths}::bigint[]) AND ${condition} ORDER BY key`,
    values,
  );
  return rows;
}

describe(':contains', () => {
  it('takes the index of trigrams for a selective text', async () => {
    const plan = (await contains('x4711', 'EXPLAIN')).map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('search_string_trigrams');
    expect(await contains('X4711')).toEqual([{ key: '4711' }]);
  });

  it.each([
    ['%_\\\\x77', 111], // 77, 770 to 779, 7700 to 7799
    ['100%_', 8000],
    ['100__', 0],
    ['\\\\_', 0],
    ['0%x', 0],
  ])('takes %s as it is', async (text, count) => {
    expect(await contains(text)).toHaveLength(count);
  });
});

it('a path for the rest of long texts has no rows of another kind', () => {
  expect(stringPaths('starts', ['a'])).toEqual([hashPath('a')]);
  expect(stringPaths('contains', ['a'])).toEqual([hashPath('a'), hash64('a', 'rest', '')]);
});
