import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keys } from '../../server/search/keys.ts';
import { parseSearch } from '../../server/search/parseSearch.ts';
import type { TypeSearch } from '../../server/search/searchPlan.ts';
import { newStatement } from '../../server/search/statement.ts';
import { toCountSql, toSql } from '../../server/search/toSql.ts';
import { definitions } from '../definitions/testDefinitions.ts';

const plan = (search: string) => {
  const [type, query] = search.split('?') as [string, string | undefined];
  return parseSearch(definitions, {
    type,
    query: [...new URLSearchParams(query)],
    handling: 'strict',
    baseUrls: [],
  });
};

describe('keys', () => {
  it.each([
    [
      'Patient',
      'SELECT r.key FROM resource r WHERE r.type = $1 AND NOT r.deleted ORDER BY r.key DESC LIMIT 21',
    ],
    [
      'Patient?after 9',
      'SELECT r.key FROM resource r WHERE r.type = $1 AND NOT r.deleted AND r.key < $2 ORDER BY r.key DESC LIMIT 21',
    ],
    [
      'Patient?gender=male',
      'SELECT t1.key FROM search_token t1 WHERE t1.hash = $1 ORDER BY t1.key DESC LIMIT 21',
    ],
    [
      'Patient?gender=male&active=true after 9',
      'SELECT t1.key FROM search_token t1 JOIN search_token t2 ON t2.key = t1.key WHERE t1.hash = $1 AND t2.hash = $2 ' +
        'AND t1.key < $3 AND t2.key < $3 ORDER BY t1.key DESC LIMIT 21',
    ],
    [
      'Patient?gender=male,female',
      'SELECT DISTINCT page.key FROM unnest($1::bigint[]) AS hashes(hash) CROSS JOIN LATERAL (SELECT t1.key FROM ' +
        'search_token t1 WHERE t1.hash = hashes.hash ORDER BY t1.key DESC LIMIT 21) page ORDER BY page.key DESC LIMIT 21',
    ],
    [
      'Patient?gender:not=male',
      'SELECT r.key FROM resource r WHERE r.type = $1 AND NOT r.deleted AND NOT (EXISTS (SELECT 1 FROM search_token t1 ' +
        'WHERE t1.hash = $2::bigint AND t1.key = r.key)) ORDER BY r.key DESC LIMIT 21',
    ],
    ['Observation?status:missing=true', 'SELECT NULL::bigint AS key WHERE false'],
  ])('%s', (search, text) => {
    const [query = '', cursor] = search.split(/ ?after /);
    const [{ type, criteria }] = plan(query).searches as [TypeSearch];
    expect(keys(criteria, newStatement(type, { limit: 21, ...(cursor ? { cursor } : {}) }))).toBe(text);
  });
});

describe('toSql', () => {
  it('asks for one match more than a page', () => {
    expect(toSql(plan('Patient?gender=male&_count=5')).text).toContain('LIMIT 6)');
  });

  it('has one text per shape', () => {
    const [one, other] = ['name=a,b&birthdate=2020', 'name=longer,text&birthdate=1999-01-01'].map((query) =>
      toSql(plan(`Patient?${query}`)),
    );
    expect(one!.text).toBe(other!.text);
    expect(one!.text).not.toBe(toSql(plan('Patient?name=a')).text);
  });

  it('counts criteria asked twice once', () => {
    expect(toSql(plan('Patient?gender=male&gender=male')).text).toBe(toSql(plan('Patient?gender=male')).text);
    expect(toCountSql(plan('Patient?gender=male&gender=male')).text).not.toContain('JOIN');
  });

  it('never writes a value into the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
        const text = `\\,${value.replace(/[\\,|$]/g, '\\$&')}`;
        const query = ['identifier', 'family', 'family:exact', 'name:contains', 'link'].map(
          (name) => [name, text] as const,
        );
        const request = { type: 'Patient', query, handling: 'strict', baseUrls: [] } as const;
        const other = parseSearch(definitions, {
          ...request,
          query: query.map(([name]) => [name, 'x'] as const),
        });
        const searched = parseSearch(definitions, request);
        // A value that can find nothing has a shape of its own.
        if (searched.searches[0]!.criteria.some((criterion) => criterion.kind === 'constant')) return;
        if (
          searched.searches[0]!.criteria.some(
            (c, i) => JSON.stringify(c, shape) !== JSON.stringify(other.searches[0]!.criteria[i], shape),
          )
        )
          return;
        expect(toSql(searched).text).toBe(toSql(other).text);
      }),
    );
  });
});

/** Keeps the structure of a criterion: how many hashes or tests it has, not which. */
function shape(name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return 'hash';
  return name === 'text' ? 'text' : value;
}
