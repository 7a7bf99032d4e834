import { describe, expect, it } from '@jest/globals';
import { parseSearch } from '../../server/search/parseSearch.ts';
import { parameterNames, planHash, printablePlan, scans, searchName } from '../../server/search/planShape.ts';
import { toSql } from '../../server/search/toSql.ts';
import { definitions } from '../definitions/testDefinitions.ts';

function plan(search: string) {
  const [path, query] = search.split('?') as [string, string | undefined];
  const [type, id, inner] = path.split('/') as [string, string?, string?];
  return parseSearch(definitions, {
    ...(id ? { compartment: { type, id } } : {}),
    ...((inner ?? type) ? { type: inner ?? type } : {}),
    query: [...new URLSearchParams(query)],
    handling: 'strict',
    baseUrls: [],
  });
}

describe('scans', () => {
  it.each([
    'Patient',
    'Patient?_sort=-_lastUpdated',
    'Patient?_sort=birthdate',
    'Patient?name=a',
    'Patient?name:contains=abc',
    'Patient?name:exact=a',
    'Patient?birthdate=lt2000',
    'Patient?_lastUpdated=gt2020&_total=accurate',
    'Patient?_id=a',
    'Patient?gender:not=male&name=a',
    'Patient?name:contains=ab&gender=male&_sort=gender',
    'Patient?_filter=gender eq male or name sw x',
    'Patient?_filter=not (gender eq male) and name sw x',
    'Observation?value-quantity=gt5',
    'Observation?code=a&_sort=code&_total=accurate',
    'Patient/1/Observation?status:not=final',
    '?_id=a&_type=Patient,Observation',
    '?_tag=a',
  ])('finds nothing to say of %s', (search) => {
    expect(scans(plan(search))).toEqual([]);
  });

  it.each([
    ['Patient?gender:not=male', 'Patient: no criterion narrows the search (gender:not)'],
    [
      'Patient?gender:missing=true&name:missing=true',
      'Patient: no criterion narrows the search (gender:missing, name:missing)',
    ],
    ['Patient?name:missing=false', 'Patient: reads every value of a parameter (name:missing)'],
    ['Patient?name:contains=ab', 'Patient: reads every value of a parameter (name:contains)'],
    ['Patient?name:contains=ab,abc', 'Patient: reads every value of a parameter (name:contains)'],
    ['Patient?birthdate=ne2000', 'Patient: reads every value of a parameter (birthdate)'],
    ['Patient?_filter=not (gender eq male)', 'Patient: no criterion narrows the search (_filter)'],
    [
      'Patient?_filter=gender eq male or not (name sw x)',
      'Patient: no criterion narrows the search (_filter)',
    ],
    ['Patient?_total=accurate', 'Patient: counts every resource'],
    ['Patient?_count=0', 'Patient: counts every resource'],
    ['Patient?_sort=gender', 'Patient: sorts every resource (_sort=gender)'],
    ['Observation?_sort=value-quantity', 'Observation: sorts every resource (_sort=value-quantity)'],
    ['Medication?_contained=true', 'Medication: reads every contained resource'],
    [
      '?_lastUpdated=gt2020&_type=Patient,Observation',
      '2 types: no criterion narrows the search (_lastUpdated)',
    ],
    ['Observation?subject.name=x', 'Observation: no criterion narrows the search (subject.name)'],
  ])('says of %s: %s', (search, reason) => {
    expect(scans(plan(search))).toEqual([reason]);
  });

  it('has no values in what it says', () => {
    const said = scans(plan('Patient?name:contains=xy&_filter=not (family co "SECRET")'));
    expect(said).toHaveLength(1);
    expect(said.join()).not.toMatch(/xy|SECRET/);
  });
});

describe('a plan in the log', () => {
  it('is named by its path without ids, its parameters, and a hash of its shape', () => {
    const one = plan('Patient/42/Observation?code=a&code=b&_sort=-date&_count=7');
    const other = plan('Patient/43/Observation?code=c&code=d&_sort=-date&_count=7');
    expect(searchName(one)).toBe('Patient/:id/Observation');
    expect(searchName(plan('?_id=a'))).toBe('(all types)');
    expect(searchName(plan('Patient'))).toBe('Patient');
    expect(parameterNames(one)).toEqual(['code', '_sort', '_count']);
    expect(planHash(toSql(one).text)).toBe(planHash(toSql(other).text));
    expect(planHash(toSql(one).text)).not.toBe(planHash(toSql(plan('Observation?code=a')).text));
  });

  it('can be printed as JSON, whatever it holds', () => {
    const printed = printablePlan(
      plan('Observation?code=a&date=gt2020&value-quantity=ap5&subject.name=x'),
    ) as {
      searches: { criteria: Record<string, unknown>[] }[];
    };
    const [code, , , chain] = printed.searches[0]!.criteria;
    expect(code).toEqual({
      kind: 'token',
      parameter: 'code',
      hashes: [expect.stringMatching(/^-?\d+$/)],
      negated: false,
    });
    expect(chain).toMatchObject({
      kind: 'chain',
      links: expect.arrayContaining([expect.objectContaining({ type: 'Patient' })]),
    });
    expect(JSON.stringify(chain)).not.toContain('"steps"');
  });
});
