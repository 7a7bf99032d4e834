// Searches from query to keys on a real database: what each kind of parameter finds among a few resources.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createExtractor } from '../../server/search/createExtractor.ts';
import { isTrait } from '../../server/search/hash64.ts';
import { timestamp } from '../../server/search/parameters/date.ts';
import { parseSearch } from '../../server/search/parseSearch.ts';
import type { Cursor } from '../../server/search/searchPlan.ts';
import { toCountSql, toSql } from '../../server/search/toSql.ts';
import { definitions } from '../definitions/testDefinitions.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';

const ucum = 'http://unitsofmeasure.org';
const coded = (system: string, ...codes: string[]) => ({ coding: codes.map((code) => ({ system, code })) });
const quantity = (value: unknown, code: string, more: object = {}) => ({
  value,
  unit: code,
  system: ucum,
  code,
  ...more,
});

const resources: (Record<string, unknown> & { resourceType: string; id: string })[] = [
  {
    resourceType: 'Patient',
    id: 'anna',
    active: true,
    gender: 'female',
    birthDate: '1980-05-05',
    identifier: [{ system: 'http://mrn', value: '1' }],
    name: [{ family: 'Müller', given: ['Anna', 'Ö'] }],
    telecom: [{ system: 'phone', value: '555' }],
    address: [{ city: 'New York', line: ['5 Main St'] }],
    generalPractitioner: [{ reference: 'Practitioner/p1' }],
  },
  {
    resourceType: 'Patient',
    id: 'bob',
    gender: 'male',
    birthDate: '1980',
    deceasedDateTime: '2020-01-01',
    name: [{ family: 'Muller-Smith', given: ['Bob'] }, { text: '100% Bobby_' }],
    telecom: [{ system: 'email', value: '555' }],
    generalPractitioner: [{ identifier: { system: 'http://npi', value: '7' } }],
  },
  {
    resourceType: 'Patient',
    id: 'carl',
    active: false,
    name: [{ family: 'Smith' }],
    identifier: [{ value: '1' }],
  },
  {
    resourceType: 'Observation',
    id: 'bp',
    status: 'final',
    category: [coded('http://cat', 'vital-signs')],
    code: coded('http://loinc.org', '85354-9', '55284-4'),
    subject: { reference: 'Patient/anna' },
    effectiveDateTime: '2020-03-05T10:00:00+02:00',
    component: [
      { code: coded('http://loinc.org', '8480-6'), valueQuantity: quantity(150, 'mm[Hg]') },
      { code: coded('http://loinc.org', '8462-4'), valueQuantity: quantity(80, 'mm[Hg]') },
    ],
  },
  {
    resourceType: 'Observation',
    id: 'height',
    status: 'amended',
    code: coded('http://loinc.org', '8302-2'),
    subject: { reference: 'Patient/bob' },
    effectivePeriod: { start: '2019-12-01' },
    valueQuantity: quantity(JSON.rawJSON('180.50'), 'cm'),
  },
  {
    resourceType: 'Observation',
    id: 'smoker',
    status: 'final',
    code: coded('http://loinc.org', '72166-2'),
    subject: { reference: 'Group/anna' },
    effectiveDateTime: '2020',
    valueCodeableConcept: coded('http://snomed.info/sct', '266919005'),
    component: [
      { code: coded('http://loinc.org', 'x'), valueCodeableConcept: coded('http://snomed.info/sct', 'y') },
    ],
  },
  {
    resourceType: 'Observation',
    id: 'below',
    status: 'final',
    code: { text: 'no code' },
    valueQuantity: quantity(5, 'mg', { comparator: '<' }),
  },
  { resourceType: 'RiskAssessment', id: 'half', status: 'final', prediction: [{ probabilityDecimal: 0.5 }] },
  {
    resourceType: 'RiskAssessment',
    id: 'range',
    status: 'final',
    prediction: [{ probabilityRange: { low: { value: 0.6 }, high: { value: 0.9 } } }],
  },
  {
    resourceType: 'MolecularSequence',
    id: 'seq',
    coordinateSystem: 0,
    referenceSeq: { chromosome: coded('http://c', '1') },
    variant: [
      { start: 1, end: 5 },
      { start: 10, end: 15 },
    ],
  },
  {
    resourceType: 'ValueSet',
    id: 'vs',
    status: 'active',
    url: 'http://vs',
    meta: { profile: ['http://p|1'] },
  },
];

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await cloneDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const extract = createExtractor(definitions, { baseUrls: [] });
  for (const [key, resource] of resources.entries()) {
    const { tokens, strings, dates, quantities } = extract(resource);
    await client.query(
      `INSERT INTO resource (key, last_updated, version, deleted, type, id, method, content, tokens, traits)
       VALUES ($1, $2, 1, false, $3, $4, 'PUT', '{}', $5, $6)`,
      [
        key,
        `2024-01-01T00:00:00.${String(key).padStart(3, '0')}5Z`,
        resource.resourceType,
        resource.id,
        tokens.filter((one) => !isTrait(one)),
        tokens.filter(isTrait),
      ],
    );
    for (const hash of tokens.filter((one) => !isTrait(one)))
      await client.query('INSERT INTO search_token (hash, key) VALUES ($1, $2)', [hash, key]);
    for (const { path, value, exact } of strings) {
      await client.query('INSERT INTO search_string (path, key, value, exact) VALUES ($1, $2, $3, $4)', [
        path,
        key,
        value,
        exact,
      ]);
    }
    for (const { path, low, high } of dates) {
      const values = [path, timestamp(low), timestamp(high), key];
      await client.query('INSERT INTO search_date (path, low, high, key) VALUES ($1, $2, $3, $4)', values);
    }
    for (const { path, low, high, unit, unitCode } of quantities) {
      await client.query(
        'INSERT INTO search_quantity (path, low, high, unit, unit_code, key) VALUES ($1, $2, $3, $4, $5, $6)',
        [path, low, high, unit, unitCode, key],
      );
    }
  }
});

afterAll(async () => {
  await client?.end();
  await database?.drop();
});

async function search(text: string): Promise<string[]> {
  const [type, query] = text.split('?') as [string, string | undefined];
  const plan = parseSearch(definitions, {
    type,
    query: [...new URLSearchParams(query?.replaceAll('+', '%2B'))],
    handling: 'strict',
    baseUrls: [],
    now: Date.parse('2024-01-01'),
  });
  const { rows } = await client.query<{ key: string }>(toSql(plan));
  const count = await client.query<{ count: string }>(toCountSql(plan));
  expect(Number(count.rows[0]?.count)).toBe(rows.length);
  return rows.map(({ key }) => resources[Number(key)]!.id);
}

describe('a search finds, newest first', () => {
  it.each([
    ['Patient', 'carl bob anna'],
    ['Patient?_id=anna,carl,none', 'carl anna'],
    ['Patient?_id=anna&gender=male', ''],
    ['Patient?_lastUpdated=2024-01-01', 'carl bob anna'],
    ['Patient?_lastUpdated=gt2024-01-01', ''],
    ['Patient?_lastUpdated=2024-01-01T00:00:00.001Z', 'bob'],
    ['Patient?_lastUpdated=gt2024-01-01T00:00:00.001Z', 'carl'],
    ['Patient?_lastUpdated=le2024-01-01T00:00:00.001Z', 'bob anna'],
    ['Patient?_lastUpdated=lt2024-01-01T00:00:00.001Z,2024-01-01T00:00:00.002Z', 'carl anna'],
    ['Patient?_lastUpdated=ne2024-01-01T00:00:00.001Z', 'carl anna'],
    ['Patient?gender=female', 'anna'],
    ['Patient?gender=female,male', 'bob anna'],
    ['Patient?gender:not=female', 'carl bob'],
    ['Patient?gender:not=female,male', 'carl'],
    ['Patient?gender:missing=true', 'carl'],
    ['Patient?gender:missing=false', 'bob anna'],
    ['Patient?active=true', 'anna'],
    ['Patient?active=true&gender=female&identifier=1', 'anna'],
    ['Patient?identifier=1', 'carl anna'],
    ['Patient?identifier=|1', 'carl'],
    ['Patient?identifier=http://mrn|', 'anna'],
    ['Patient?deceased=true', 'bob'],
    ['Patient?deceased=false', 'carl anna'],
    ['Patient?phone=555', 'anna'],
    ['Patient?email=555', 'bob'],
    ['Patient?general-practitioner=p1', 'anna'],
    ['Patient?general-practitioner:Practitioner=p1', 'anna'],
    ['Patient?general-practitioner:Organization=p1', ''],
    ['Patient?general-practitioner:identifier=http://npi|7', 'bob'],
    ['Patient?general-practitioner:missing=true', 'carl'],
    ['Patient?family=MULL', 'bob anna'],
    ['Patient?family=müller', 'bob anna'],
    ['Patient?family:exact=Müller', 'anna'],
    ['Patient?family:exact=Muller', ''],
    ['Patient?family:contains=SMITH', 'carl bob'],
    ['Patient?name=bob', 'bob'],
    ['Patient?name=o', 'anna'],
    ['Patient?name:contains=0%25 B', 'bob'],
    ['Patient?name:contains=_', 'bob'],
    ['Patient?name=%25', ''],
    ['Patient?address=new', 'anna'],
    ['Patient?address-city=new  york', 'anna'],
    ['Patient?address:missing=true', 'carl bob'],
    ['Patient?birthdate=1980', 'bob anna'],
    ['Patient?birthdate=1980-05', 'anna'],
    ['Patient?birthdate=ne1980-05', 'bob'],
    ['Patient?birthdate=gt1980-05', 'bob'],
    ['Patient?birthdate=lt1980-05-05', 'bob'],
    ['Patient?birthdate=ge1980-05-05', 'bob anna'],
    ['Patient?birthdate=sa1979', 'bob anna'],
    ['Patient?birthdate=sa1980-05', ''],
    ['Patient?birthdate=eb1980-06', 'anna'],
    ['Patient?birthdate=ap1982', 'bob anna'],
    ['Patient?birthdate:missing=true', 'carl'],
    ['Patient?birthdate=1980-05-05&family=m&gender=female', 'anna'],
    ['Observation?date=2020', 'smoker bp'],
    ['Observation?date=2020-03-05T08:00:00Z', 'bp'],
    ['Observation?date=ge2020', 'height smoker bp'],
    ['Observation?date=gt2020', 'height'],
    // neither below 2019 nor within it: the period begins in December and is open
    ['Observation?date=le2019', ''],
    ['Observation?date=le2020', 'height smoker bp'],
    ['Observation?date=sa2019', 'smoker bp'],
    ['Observation?date=2019,2020-03', 'bp'],
    ['Observation?date=ge2020-03-01&date=lt2020-04-01', 'smoker height bp'],
    ['Observation?subject=anna', 'smoker bp'],
    ['Observation?patient=anna', 'bp'],
    ['Observation?subject=Group/anna', 'smoker'],
    ['Observation?subject=Patient/anna,Patient/bob', 'height bp'],
    ['Observation?patient:missing=true', 'below smoker'],
    ['Observation?subject=Patient/anna&category=http://cat|vital-signs', 'bp'],
    ['Observation?combo-code=8480-6', 'bp'],
    ['Observation?code:missing=true', ''],
    ['Observation?value-quantity=180.5', 'height'],
    ['Observation?value-quantity=180.50', 'height'],
    ['Observation?value-quantity=181', 'height'], // 180.5 up to 181.5
    ['Observation?value-quantity=180', ''],
    ['Observation?value-quantity=ap190', 'height'],
    ['Observation?value-quantity=ne180.5', 'below'],
    ['Observation?value-quantity=gt180.5', ''],
    ['Observation?value-quantity=ge180.5', 'height'],
    ['Observation?value-quantity=lt5', 'below'],
    ['Observation?value-quantity=ge5', 'height'],
    ['Observation?value-quantity=180.5||cm', 'height'],
    [`Observation?value-quantity=180.5|${ucum}|cm`, 'height'],
    [`Observation?value-quantity=180.5|${ucum}|m`, ''],
    ['Observation?combo-value-quantity=gt100', 'height bp'],
    ['Observation?value-quantity:missing=true', 'smoker bp'],
    ['Observation?component-code-value-quantity=8480-6$gt140', 'bp'],
    ['Observation?component-code-value-quantity=8462-4$gt140', ''],
    ['Observation?combo-code-value-quantity=http://loinc.org|8302-2$gt180,8480-6$gt180', 'height'],
    ['Observation?code-value-concept=72166-2$266919005', 'smoker'],
    ['Observation?code-value-concept=72166-2$y', ''],
    ['Observation?combo-code-value-concept=x$y', 'smoker'],
    ['Observation?combo-code-value-concept=x$266919005', ''],
    ['Observation?combo-code-value-concept=x$y&status=final', 'smoker'],
    ['Observation?combo-code-value-concept=x$y,72166-2$266919005&status:not=final', ''],
    ['RiskAssessment?probability=0.5', 'half'],
    ['RiskAssessment?probability=gt0.5', 'range'],
    ['RiskAssessment?probability=ge0.5', 'range half'],
    ['RiskAssessment?probability=lt0.7', 'range half'],
    ['RiskAssessment?probability=sa0.5', 'range'],
    ['RiskAssessment?probability=eb0.9', 'half'],
    ['MolecularSequence?chromosome-variant-coordinate=1$ge10$le15', 'seq'],
    ['MolecularSequence?chromosome-variant-coordinate=1$ge10$le5', ''],
    ['MolecularSequence?chromosome-variant-coordinate=2$ge1$le15', ''],
    ['ValueSet?url=http://vs', 'vs'],
    ['ValueSet?url=http://v', ''],
    ['ValueSet?_profile=http://p', 'vs'],
    ['ValueSet?_profile=http://p|1', 'vs'],
    ['ValueSet?_profile:missing=true', ''],
    ['ValueSet?status:missing=false', 'vs'],
  ])('%s → %s', async (text, ids) => {
    expect((await search(text)).sort()).toEqual(ids.split(' ').filter(Boolean).sort());
    const found = await search(text);
    expect(found).toEqual([...found].sort((a, b) => keyOf(b) - keyOf(a)));
  });
});

const keyOf = (id: string) => resources.findIndex((resource) => resource.id === id);

describe('paging', () => {
  it.each([
    'Patient',
    'Patient?identifier=1',
    'Patient?gender=male,female',
    'Patient?name=a,b,s',
    'Observation?status=final',
    'Observation?combo-code-value-concept=x$y,72166-2$266919005',
    'Observation?status=final&status:not=amended',
  ])('%s page by page is the whole, each once', async (text) => {
    const all = await search(text);
    const [type, query = ''] = text.split('?') as [string, string | undefined];
    const pages: string[] = [];
    for (let cursor: Cursor | undefined; ; ) {
      const pairs = [...new URLSearchParams(`${query}&_count=1`)];
      const request = { type, query: pairs, handling: 'strict' as const, baseUrls: [] };
      const plan = parseSearch(definitions, { ...request, ...(cursor ? { cursor } : {}) });
      const { rows } = await client.query<{ key: string }>(toSql(plan));
      if (rows.length === 0) break;
      pages.push(resources[Number(rows[0]!.key)]!.id);
      cursor = { key: rows[0]!.key, values: [] };
    }
    expect(pages).toEqual(all);
  });
});
