// Links between the entries of a transaction (http.html#trules, bundle.html#references): rewritten to what the entries became.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  ask,
  batch,
  byIdentifier,
  identified,
  type Json,
  jsonPatch,
  locationOf,
  nameOf,
  observation,
  post,
  put,
  readBack,
  storedBy,
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

describe('fullUrls that are followed', () => {
  it('urn:uuid and urn:oid, before and after the entry, in a circle and to itself', async () => {
    const oid = 'urn:oid:1.2.36.146.595.217.0.1';
    const [first, second, list] = await storedBy(
      base,
      post({ resourceType: 'Patient', link: [{ other: { reference: oid }, type: 'seealso' }] }, urn(1)),
      post({ resourceType: 'Patient', link: [{ other: { reference: urn(1) }, type: 'seealso' }] }, oid),
      post(
        {
          resourceType: 'List',
          status: 'current',
          mode: 'working',
          entry: [{ item: { reference: urn(3), display: urn(3) } }, { item: { reference: urn(1) } }],
        },
        urn(3),
      ),
    );
    expect(first.link[0].other.reference).toBe(nameOf(second));
    expect(second.link[0].other.reference).toBe(nameOf(first));
    expect(list.entry.map((entry: Json) => entry.item.reference)).toEqual([nameOf(list), nameOf(first)]);
    expect(list.entry[0].item.display).toBe(urn(3));
  });

  it('absolute URLs, as they are and relative to the URL of the entry that refers', async () => {
    const [patient, relative, absolute, elsewhere, own] = await storedBy(
      base,
      post({ resourceType: 'Patient', id: '23' }, 'https://example.org/fhir/Patient/23'),
      post(observation('Patient/23'), 'https://example.org/fhir/Observation/1'),
      post(observation('https://example.org/fhir/Patient/23'), urn(1)),
      // Another base, and no base at all: relative references there mean this server.
      post(observation('Patient/23'), 'https://example.com/other/Observation/1'),
      post(observation('Patient/23'), urn(2)),
    );
    expect(patient.id).not.toBe('23');
    expect(relative.subject.reference).toBe(nameOf(patient));
    expect(absolute.subject.reference).toBe(nameOf(patient));
    expect(elsewhere.subject.reference).toBe('Patient/23');
    expect(own.subject.reference).toBe('Patient/23');
  });

  it('with the version that the target has after the transaction', async () => {
    await accepted(
      base,
      batch([
        put({ resourceType: 'Patient', id: 'v-changed' }),
        put({ resourceType: 'Patient', id: 'v-same' }),
        put({ resourceType: 'Patient', id: 'v-patched' }),
      ]),
    );
    const versioned = (n: number, version = 1) => post(observation(`${urn(n)}/_history/${version}`));
    const absolute = 'https://example.org/fhir/Patient/7';
    const response = await accepted(
      base,
      transaction([
        versioned(1),
        versioned(2, 4),
        versioned(3),
        post(observation(`${absolute}/_history/1`)),
        post(observation('Patient/7/_history/1'), 'https://example.org/fhir/Observation/9'),
        post({ resourceType: 'Patient' }, urn(1)),
        put({ resourceType: 'Patient', id: 'v-changed', active: true }, 'Patient/v-changed', {}, urn(2)),
        put({ resourceType: 'Patient', id: 'v-same' }, 'Patient/v-same', {}, urn(3)),
        post({ resourceType: 'Patient' }, absolute),
      ]),
    );
    const references = await Promise.all(
      response.entry
        .slice(0, 5)
        .map(async (entry: Json) => (await readBack(base, locationOf(entry))).subject.reference),
    );
    const [created, posted] = [locationOf(response.entry[5]), locationOf(response.entry[8])];
    expect(references).toEqual([
      `${created}/_history/1`,
      'Patient/v-changed/_history/2',
      'Patient/v-same/_history/1',
      `${posted}/_history/1`,
      `${posted}/_history/1`,
    ]);
  });

  it('of entries that are updated, patched, or conditionally created, updated or matched', async () => {
    await accepted(
      base,
      batch([
        put({ resourceType: 'Patient', id: 'r-put' }),
        put({ resourceType: 'Patient', id: 'r-patch' }),
        put({ ...identified('Patient', 'r-matched'), id: 'r-matched' }),
        put({ ...identified('Patient', 'r-updated'), id: 'r-updated' }),
      ]),
    );
    const patched = jsonPatch('Patient/r-patch', [{ op: 'add', path: '/active', value: true }]);
    const response = await accepted(
      base,
      transaction([
        ...[1, 2, 3, 4, 5, 6].map((n) => post(observation(urn(n)))),
        put({ resourceType: 'Patient', id: 'r-put', active: true }, 'Patient/r-put', {}, urn(1)),
        { ...patched, fullUrl: urn(2) },
        post(identified('Patient', 'r-matched'), urn(3), { ifNoneExist: byIdentifier('r-matched') }),
        put(identified('Patient', 'r-updated'), `Patient?${byIdentifier('r-updated')}`, {}, urn(4)),
        post(identified('Patient', 'r-new'), urn(5), { ifNoneExist: byIdentifier('r-new') }),
        put(identified('Patient', 'r-newer'), `Patient?${byIdentifier('r-newer')}`, {}, urn(6)),
      ]),
    );
    const names = response.entry.slice(6).map(locationOf);
    expect(names.slice(0, 4)).toEqual([
      'Patient/r-put',
      'Patient/r-patch',
      'Patient/r-matched',
      'Patient/r-updated',
    ]);
    for (const [n, name] of names.entries()) {
      expect((await readBack(base, locationOf(response.entry[n]))).subject.reference).toBe(name);
    }
  });

  it('that a patch brings in', async () => {
    await accepted(base, batch([put({ ...observation('Patient/none'), id: 'patched-link' })]));
    const [, patient] = await storedBy(
      base,
      jsonPatch('Observation/patched-link', [{ op: 'replace', path: '/subject/reference', value: urn(1) }]),
      post({ resourceType: 'Patient' }, urn(1)),
    );
    expect((await readBack(base, 'Observation/patched-link')).subject.reference).toBe(nameOf(patient));
  });
});

describe('index rows', () => {
  it('are those of the rewritten links', async () => {
    const response = await accepted(
      base,
      transaction([
        post(observation(urn(1), { status: 'preliminary' })),
        post({ resourceType: 'Patient' }, urn(1)),
        ask('GET', 'Observation?status=preliminary'),
      ]),
    );
    const [seen] = response.entry[2].resource.entry;
    const found = await accepted(
      base,
      batch([ask('GET', `Observation?subject=${seen.resource.subject.reference}`)]),
    );
    expect(found.entry[0].resource.entry.map((entry: Json) => entry.resource.id)).toEqual([seen.resource.id]);
  });
});
