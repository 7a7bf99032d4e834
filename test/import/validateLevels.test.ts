// `salus import --validate off | base | profiles`: what each level asks of a resource.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { post, transaction } from '../bundles/bundleSupport.ts';
import { cleanUp, startSalus, temporaryFolder } from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { typeCounts } from '../support/rowCounts.ts';
import { send, startTestServer } from '../support/testServer.ts';
import { type Json, resultOf, runImport, writeFiles } from './importSupport.ts';

const US_CORE_PATIENT = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
const UNKNOWN = 'https://example.org/fhir/StructureDefinition/unknown';

let database: TestDatabase;
beforeEach(async () => {
  database = await cloneDatabase();
});
afterEach(() => database.drop());
afterAll(cleanUp);

/** Imports files at a level; `reasons` are those of the rejects, by line or entry. */
async function importAt(level: string | undefined, files: Record<string, Json>, policy?: string) {
  const folder = writeFiles(files);
  const rejects = join(temporaryFolder(), 'rejects.ndjson');
  const args = [folder, '--rejects', rejects, ...(level === undefined ? [] : ['--validate', level])];
  const started = startSalus(['import', ...args], {
    VITALS: 'off',
    ...{ DATABASE_URL: database.url, DATA_DIR: 'node_modules/.cache/salus-test', WORKERS: '1' },
    ...(policy === undefined ? {} : { PROFILE_POLICY: policy }),
  });
  const { code, stderr } = await resultOf(started);
  const written = code === 3 ? readFileSync(rejects, 'utf8').trim().split('\n') : [];
  const reasons = written.map((text) => JSON.parse(text)).map(({ entry, reason }) => [entry, reason]);
  return { code, stderr, reasons: Object.fromEntries(reasons) as Record<string, string> };
}

const claiming = (profile: string, more: object = {}) => ({
  ...{ resourceType: 'Patient', meta: { profile: [profile] }, name: [{ family: 'Vale' }], gender: 'male' },
  ...more,
});
const identifier = [{ system: 'urn:example:mrn', value: '1' }];
const lines = [
  { resourceType: 'Patient', id: 'a', gender: 'mail', nme: 1 },
  claiming(US_CORE_PATIENT),
  claiming(US_CORE_PATIENT, { identifier }),
  claiming(UNKNOWN),
  { resourceType: 'Patient' },
];
const refusedLines = async (...args: [level?: string, policy?: string]) => {
  const { code, stderr, reasons } = await importAt(args[0], { 'lines.ndjson': lines }, args[1]);
  expect({ code, stderr: code === 1 ? stderr : '' }).toEqual({
    code: Object.keys(reasons).length > 0 ? 3 : 0,
    stderr: '',
  });
  return Object.keys(reasons).map(Number);
};

describe('levels', () => {
  it.each([
    ['off', undefined, []],
    ['base', undefined, [1]],
    ['profiles', undefined, [1, 2, 4]],
    [undefined, undefined, [1]],
    [undefined, 'enforce', [1, 2, 4]],
    ['base', 'enforce', [1]],
    ['profiles', 'ignore', [1, 2, 4]],
  ])('%s with PROFILE_POLICY=%s refuses lines %j', async (level, policy, refused) => {
    expect(await refusedLines(level, policy)).toEqual(refused);
    expect(await typeCounts(database.url)).toEqual({ Patient: lines.length - refused.length });
  });

  it('profiles writes down what is asked and where, and refuses a transaction as a whole', async () => {
    const { code, reasons } = await importAt('profiles', {
      'lines.ndjson': [claiming(US_CORE_PATIENT), claiming(UNKNOWN)],
      'transaction.json': transaction([post({ resourceType: 'Patient' }), post(claiming(US_CORE_PATIENT))]),
    });
    expect(code).toBe(3);
    expect(reasons[1]).toContain('identifier');
    expect(reasons[2]).toContain(UNKNOWN);
    expect(reasons.undefined).toContain('Bundle.entry[1].resource');
    expect(await typeCounts(database.url)).toEqual({});
  });

  it('another level is wrong usage', async () => {
    const { code, stderr } = await runImport(database.url, ['test', '--validate', 'all']);
    expect(code).toBe(2);
    expect(stderr).toContain('off, base, profiles');
  });
});

describe('off', () => {
  it('still asks for what storing takes', async () => {
    const { code, reasons } = await importAt('off', {
      'lines.ndjson': [
        '{"resourceType":"Patient","id":',
        '{"resourceType":"Patient","id":"a","id":"b"}',
        { id: 'a' },
        { resourceType: 'Patent' },
        { resourceType: 'Patient', id: 'a_b' },
        { resourceType: 'Patient', id: 7, meta: 'none' },
        { resourceType: 'Patient', meta: [] },
        { resourceType: 'ValueSet', url: 7 },
        { resourceType: 'SearchParameter', code: 'a' },
        { resourceType: 'Patient', id: 'z', name: 7, anything: [[]] },
      ],
    });
    expect(code).toBe(3);
    expect(Object.keys(reasons).map(Number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const server = await startTestServer({ DATABASE_URL: database.url });
    try {
      const { body } = await send('GET', `${server.base}/Patient/z`);
      expect(body).toMatchObject({ name: 7, anything: [[]] });
    } finally {
      await server.stop();
    }
  });

  it('stores whatever form a resource has', async () => {
    const sample = readFileSync('synthea-data/sample/hospitalInformation1751284800000.json', 'utf8');
    const resources: Json[] = [
      ...JSON.parse(sample).entry.map(({ resource }: Json) => resource),
      ...['Patient', 'Observation', 'Encounter', 'ImagingStudy', 'Location'].map(richly),
    ];
    const next = seeded(42);
    const mangled = resources
      .flatMap((resource) => Array.from({ length: 12 }, () => mangle(structuredClone(resource), next)))
      .map(({ id: _, ...rest }, index) => ({ ...rest, id: `m${index}` }));
    const { code, stderr, reasons } = await importAt('off', { 'lines.ndjson': mangled });
    expect({ code, stderr: code === 1 ? stderr : '', reasons }).toEqual({ code: 0, stderr: '', reasons: {} });
    const stored = Object.values(await typeCounts(database.url)).reduce((sum, n) => sum + n, 0);
    expect(stored).toBe(mangled.length);
  });
});

/** A resource with a value of most of the forms that are indexed. */
function richly(resourceType: string): Json {
  return {
    resourceType,
    meta: { tag: [{ system: 'urn:s', code: 'c' }], profile: ['urn:p'], security: [{ code: 'R' }] },
    contained: [{ resourceType: 'Patient', id: 'c', name: [{ family: 'Vale' }] }],
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' },
    identifier: [{ system: 'urn:s', value: 'v', type: { text: 't' } }],
    name: [{ family: 'Vale', given: ['A'] }],
    address: [{ line: ['1'], city: 'X', period: { start: '2020' } }],
    birthDate: '1970-01-31',
    status: 'final',
    code: { coding: [{ system: 'urn:s', code: 'c', display: 'd' }], text: 't' },
    subject: { reference: 'Patient/1' },
    effectiveDateTime: '2020-01-31T10:00:00Z',
    valueQuantity: { value: 1.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
    component: [{ code: { text: 't' }, valueQuantity: { value: 2 } }],
    period: { start: '2020', end: '2021' },
    position: { longitude: 1.5, latitude: 2 },
    series: [{ uid: '1.2', modality: { code: 'CT' } }],
  };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ODD: Json[] = [
  null,
  0,
  -1e300,
  1e-7,
  true,
  '',
  'x',
  '\u{1F600}',
  '0000-99-99',
  {},
  [],
  [null],
  [[]],
  { a: { b: [1] } },
];

/** Puts odd values into a few places of a resource. */
function mangle(resource: Json, next: () => number): Json {
  const pick = <T>(list: T[]): T => list[Math.floor(next() * list.length)]!;
  for (let n = 0; n < 3; n++) {
    let holder = resource;
    for (;;) {
      const keys = Object.keys(holder).filter((key) => holder !== resource || key !== 'resourceType');
      if (keys.length === 0) break;
      const key = pick(keys);
      const inside = typeof holder[key] === 'object' && holder[key] !== null;
      const needed = holder === resource && key === 'meta';
      if (inside && (needed || next() < 0.7)) holder = holder[key];
      else {
        holder[key] = pick(ODD);
        break;
      }
    }
  }
  return resource;
}
