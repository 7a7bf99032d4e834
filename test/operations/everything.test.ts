// $everything of Patient and Encounter (patient-operation-everything.html) against brute force over the posted bundles.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accepted, batch, type Json, post, put, readBack } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { addPosted, everythingOf, type World } from './bruteForce.ts';
import { linkedRecords } from './linkedRecords.ts';

const FOLDERS = ['synthea-data/sample', '../shared/data/synthea-embedded'];

let server: TestServer;
let base: string;
const world: World = new Map();
let patients: string[];

async function posted(bundle: Json): Promise<void> {
  addPosted(world, bundle, await accepted(base, bundle));
}

beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
  const phase = (file: string) =>
    [/hospital/, /practitioner/].findIndex((pattern) => pattern.test(file)) >>> 0;
  for (const folder of FOLDERS.filter((path) => existsSync(path))) {
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    for (const file of files.sort((a, b) => phase(a) - phase(b))) {
      await posted(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    }
  }
  patients = [...world.keys()].filter((name) => name.startsWith('Patient/'));
  const [first, second] = patients as [string, string];
  await posted(linkedRecords(first, second));
  patients.push('Patient/linked', 'Patient/alone');
});
afterAll(() => server.stop());

const namesOf = (bundle: Json, mode?: string): string[] =>
  (bundle.entry ?? [])
    .filter((entry: Json) => mode === undefined || entry.search.mode === mode)
    .map(({ resource }: Json) => `${resource.resourceType}/${resource.id}`);

async function everything(path: string): Promise<Json> {
  const { status, body, text } = await send('GET', path.startsWith('http') ? path : `${base}/${path}`);
  expect({ path, status, text: status === 200 ? '' : text }).toEqual({ path, status: 200, text: '' });
  return body;
}

/** All pages behind a path, one after the other. */
async function pages(path: string): Promise<Json[]> {
  const found: Json[] = [];
  for (let next: string | undefined = `${base}/${path}`; next !== undefined; ) {
    const page: Json = await everything(next);
    found.push(page);
    next = page.link.find((link: Json) => link.relation === 'next')?.url;
  }
  return found;
}

/** The names as brute force finds them, sorted. */
function expected(type: string, id?: string) {
  const { members, referred } = everythingOf(world, type, id);
  return { match: [...members].sort(), include: [...referred].sort() };
}

describe('Patient/{id}/$everything', () => {
  it('is the compartment and what it refers to, each once, for every patient', async () => {
    expect(patients.length).toBeGreaterThanOrEqual(5);
    let largest = 0;
    for (const name of patients) {
      const body = await everything(`${name}/$everything`);
      expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
      const { match, include } = expected('Patient', name.split('/')[1]);
      expect({ name, match: namesOf(body, 'match').sort() }).toEqual({ name, match });
      expect({ name, include: namesOf(body, 'include').sort() }).toEqual({ name, include });
      expect(new Set(namesOf(body)).size).toBe(body.entry.length);
      expect(body.total).toBe(match.length);
      expect(namesOf(body)[0]).toBe(name);
      largest = Math.max(largest, body.entry.length);
    }
    expect(largest).toBeGreaterThan(100);
  });

  it('gives each resource as a read does, under its URL', async () => {
    const body = await everything(`${patients[0]}/$everything`);
    for (const { fullUrl, resource } of body.entry.filter((_: Json, i: number) => i % 40 === 0)) {
      expect(fullUrl).toBe(`${base}/${resource.resourceType}/${resource.id}`);
      expect(resource).toEqual(await readBack(base, `${resource.resourceType}/${resource.id}`));
    }
  });

  it.each([
    'Observation',
    'Practitioner',
    'Patient',
    'Organization,Location,Medication',
    'Encounter&_type=Device',
    'Schedule',
  ])('_type=%s leaves only these of it', async (types) => {
    for (const name of patients.slice(0, 2)) {
      const { match, include } = expected('Patient', name.split('/')[1]);
      const wanted = types.split(/,|&_type=/);
      const only = (names: string[]) => names.filter((text) => wanted.includes(text.split('/')[0]!));
      const body = await everything(`${name}/$everything?_type=${types}`);
      expect(namesOf(body, 'match').sort()).toEqual(only(match));
      expect(namesOf(body, 'include').sort()).toEqual(only(include));
      const paged = await pages(`${name}/$everything?_count=40&_type=${types}`);
      expect(paged.flatMap((page) => namesOf(page))).toEqual(namesOf(body));
    }
  });

  it.each([1, 7, 100, 1_000])('_count=%i pages through all of it in the same order', async (count) => {
    const name = count === 1 ? 'Patient/linked' : patients[0]!;
    const whole = await everything(`${name}/$everything`);
    const paged = await pages(`${name}/$everything?_count=${count}`);
    expect(paged.flatMap((page) => namesOf(page))).toEqual(namesOf(whole));
    expect(paged.slice(0, -1).map((page) => page.entry.length)).toEqual(Array(paged.length - 1).fill(count));
    expect(paged.flatMap((page) => page.entry.map((entry: Json) => entry.search.mode))).toEqual(
      whole.entry.map((entry: Json) => entry.search.mode),
    );
  });

  it('_since leaves what was stored since, members and what they refer to', async () => {
    const [first] = patients as [string];
    const before = await everything(`${first}/$everything`);
    const last = Math.max(...before.entry.map(({ resource }: Json) => Date.parse(resource.meta.lastUpdated)));
    const since = new Date(last + 1).toISOString();
    const at = (text: string) => encodeURIComponent(text);
    expect(namesOf(await everything(`${first}/$everything?_since=${at(since)}`))).toEqual([]);
    await posted(
      batch([
        post({
          resourceType: 'Observation',
          status: 'final',
          code: { text: 'new' },
          subject: { reference: first },
        }),
        put({ resourceType: 'Practitioner', id: 'fresh' }),
        post({
          resourceType: 'Basic',
          code: { text: 'new' },
          subject: { reference: first },
          author: { reference: 'Practitioner/fresh' },
        }),
      ]),
    );
    // An old member refers to it; what is new about it has to be told all the same.
    await accepted(base, batch([put({ resourceType: 'Medication', id: 'part', status: 'active' })]));
    const found = await everything(`${first}/$everything?_since=${at(since)}`);
    const types = (mode: string) =>
      namesOf(found, mode)
        .map((name) => name.replace(/^(Observation|Basic)\/.*/, '$1'))
        .sort();
    expect(types('match')).toEqual(['Basic', 'Observation']);
    expect(types('include')).toEqual(['Medication/part', 'Practitioner/fresh']);
    expect(namesOf(await everything(`${first}/$everything?_since=2001-01-01`))).toHaveLength(
      before.entry.length + 3,
    );
    const paged = await pages(`${first}/$everything?_count=1&_since=${at(since)}`);
    expect(paged.flatMap((page) => namesOf(page))).toEqual(namesOf(found));
  });
});

describe('Patient/$everything', () => {
  it('is all compartments and what they refer to, whole and in pages', async () => {
    const { match, include } = expected('Patient');
    const body = await everything('Patient/$everything');
    expect(namesOf(body, 'match').sort()).toEqual(match);
    expect(namesOf(body, 'include').sort()).toEqual(include);
    const paged = await pages('Patient/$everything?_count=400');
    expect(paged.flatMap((page) => namesOf(page))).toEqual(namesOf(body));
  });

  it('_type leaves only these of it', async () => {
    const { match, include } = expected('Patient');
    for (const type of ['Patient', 'Organization', 'Observation']) {
      const only = (names: string[]) => names.filter((name) => name.startsWith(`${type}/`));
      const body = await everything(`Patient/$everything?_type=${type}`);
      expect(namesOf(body, 'match').sort()).toEqual(only(match));
      expect(namesOf(body, 'include').sort()).toEqual(only(include));
    }
  });
});

describe('Encounter/{id}/$everything', () => {
  it('is the compartment of the encounter and what it refers to', async () => {
    const encounters = [...world.keys()].filter((name) => name.startsWith('Encounter/'));
    const some = [
      ...encounters.filter((_, i) => i % Math.ceil(encounters.length / 12) === 0),
      'Encounter/part',
      'Encounter/whole',
    ];
    for (const name of some) {
      const { match, include } = expected('Encounter', name.split('/')[1]);
      const body = await everything(`${name}/$everything`);
      expect({ name, match: namesOf(body, 'match').sort() }).toEqual({ name, match });
      expect({ name, include: namesOf(body, 'include').sort() }).toEqual({ name, include });
      const paged = await pages(`${name}/$everything?_count=2`);
      expect(paged.flatMap((page) => namesOf(page))).toEqual(namesOf(body));
    }
  });
});
