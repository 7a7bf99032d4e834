// Links between the entries of a transaction (http.html#trules, bundle.html#references): rewritten to what the entries became,
// wherever a link can be, and nowhere else.
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
  observation,
  post,
  put,
  readBack,
  SYSTEM,
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

/** Posts a transaction and gives what is stored for each of its entries. */
async function storedBy(...entries: Json[]): Promise<Json[]> {
  const response = await accepted(base, transaction(entries));
  return Promise.all(response.entry.map((entry: Json) => readBack(base, locationOf(entry))));
}
const nameOf = ({ resourceType, id }: Json) => `${resourceType}/${id}`;

describe('fullUrls that are followed', () => {
  it('urn:uuid and urn:oid, before and after the entry, in a circle and to itself', async () => {
    const oid = 'urn:oid:1.2.36.146.595.217.0.1';
    const [first, second, list] = await storedBy(
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
      jsonPatch('Observation/patched-link', [{ op: 'replace', path: '/subject/reference', value: urn(1) }]),
      post({ resourceType: 'Patient' }, urn(1)),
    );
    expect((await readBack(base, 'Observation/patched-link')).subject.reference).toBe(nameOf(patient));
  });
});

describe('places a link can be in', () => {
  const url = 'https://example.org/things';

  it('are references and uris in extensions, contained resources, attachments and narrative', async () => {
    const target = urn(1);
    const [patient, document] = await storedBy(
      post({ resourceType: 'Patient' }, target),
      post(
        {
          resourceType: 'DocumentReference',
          text: {
            status: 'generated',
            div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${target}">him</a><a class="x" href='${target}'>her</a> <img alt="${target}" src="${target}"/> <a href="${urn(9)}">${target}</a></div>`,
          },
          contained: [
            {
              resourceType: 'Observation',
              id: 'o',
              status: 'final',
              code: { text: 'x' },
              subject: { reference: target },
            },
          ],
          extension: [
            { url, valueReference: { reference: target } },
            { url, valueUri: target },
            { url, valueUrl: target },
            { url, extension: [{ url, valueReference: { reference: target } }] },
            { url, valueUri: `${target}#part` },
          ],
          status: 'current',
          _status: { extension: [{ url, valueReference: { reference: target } }] },
          subject: { reference: target, _reference: { extension: [{ url, valueUri: target }] } },
          content: [{ attachment: { contentType: 'text/plain', url: target } }],
          context: { related: [{ reference: '#o' }] },
        },
        urn(2),
      ),
    );
    const name = nameOf(patient);
    expect(document.text.div).toBe(
      `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${name}">him</a><a class="x" href="${name}">her</a> <img alt="${target}" src="${name}"/> <a href="${urn(9)}">${target}</a></div>`,
    );
    expect(document.contained[0].subject.reference).toBe(name);
    expect(document.extension).toEqual([
      { url, valueReference: { reference: name } },
      { url, valueUri: name },
      { url, valueUrl: name },
      { url, extension: [{ url, valueReference: { reference: name } }] },
      { url, valueUri: `${target}#part` },
    ]);
    expect(document._status.extension[0].valueReference.reference).toBe(name);
    expect(document.subject).toEqual({
      reference: name,
      _reference: { extension: [{ url, valueUri: name }] },
    });
    expect(document.content[0].attachment.url).toBe(name);
    expect(document.context.related[0].reference).toBe('#o');
  });

  it('are not plain text that merely looks like one', async () => {
    const target = urn(1);
    const [patient, other] = await storedBy(
      post(
        {
          resourceType: 'Patient',
          identifier: [{ system: 'urn:ietf:rfc:3986', value: target }],
          name: [{ text: target, family: target }],
          telecom: [{ system: 'url', value: target }],
          extension: [
            { url, valueString: target },
            { url, valueCode: target },
            { url, valueMarkdown: target },
          ],
        },
        target,
      ),
      post(
        observation(target, {
          subject: { reference: target, identifier: { system: SYSTEM, value: target }, display: target },
          note: [{ text: `see ${target}` }],
          valueString: target,
        }),
      ),
    );
    expect(patient.identifier).toEqual([{ system: 'urn:ietf:rfc:3986', value: target }]);
    expect(patient.name).toEqual([{ text: target, family: target }]);
    expect(patient.telecom[0].value).toBe(target);
    expect(JSON.stringify(patient.extension)).not.toContain('Patient/');
    expect(other.subject).toEqual({
      reference: nameOf(patient),
      identifier: { system: SYSTEM, value: target },
      display: target,
    });
    expect(other.note[0].text).toBe(`see ${target}`);
    expect(other.valueString).toBe(target);
  });

  it('stay as they are where they lead outside the bundle', async () => {
    const references = [
      'Patient/elsewhere',
      'https://example.org/fhir/Patient/1',
      'Patient/elsewhere/_history/3',
      'urn:isbn:0451450523',
      '#',
    ];
    const [stored] = await storedBy(
      post({
        resourceType: 'List',
        status: 'current',
        mode: 'working',
        entry: references.map((reference) => ({ item: { reference } })),
      }),
    );
    expect(stored.entry.map((entry: Json) => entry.item.reference)).toEqual(references);
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
