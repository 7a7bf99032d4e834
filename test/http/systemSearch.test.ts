// Search across types (http.html#search, search.html#type): GET [base]?…, POST [base]/_search, with and without _type.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
const get = (query: string, headers: Record<string, string> = {}) =>
  send('GET', `${server.base}${query}`, undefined, headers);
const post = (query: string, body: string, type = 'application/x-www-form-urlencoded') =>
  send('POST', `${server.base}/_search${query}`, body, { 'content-type': type });
/** The matches, sorted. */
const names = (answer: Answer): string[] => {
  expect([answer.status, answer.body.type, answer.body.issue]).toEqual([200, 'searchset', undefined]);
  const entries: { resource: { resourceType: string; id: string }; search: { mode: string } }[] =
    answer.body.entry ?? [];
  return entries
    .filter(({ search }) => search.mode === 'match')
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
    .toSorted();
};

beforeAll(async () => {
  server = await startTestServer();
  const put = async (type: string, id: string, more: object) =>
    expect(
      (await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more })).status,
    ).toBe(201);
  const meta = { tag: [{ system: 'urn:t', code: 'study' }] };
  await put('Organization', 'a', { name: 'org', meta });
  await put('Patient', 'a', { meta, name: [{ family: 'Anders' }] });
  await put('Patient', 'b', { managingOrganization: { reference: 'Organization/a' } });
  await put('Practitioner', 'a', { name: [{ family: 'Anders' }] });
  await put('Observation', 'o', {
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/a' },
  });
});
afterAll(() => server.stop());

const cases: [string, string[]][] = [
  ['_id=a', ['Organization/a', 'Patient/a', 'Practitioner/a']],
  ['_tag=urn:t|study', ['Organization/a', 'Patient/a']],
  ['_id=a&_type=Patient,Practitioner', ['Patient/a', 'Practitioner/a']],
  ['_type=Patient', ['Patient/a', 'Patient/b']],
  ['_type=Patient,Practitioner&family=anders', ['Patient/a', 'Practitioner/a']],
  ['_lastUpdated=gt2020-01-01&_type=Observation,Organization', ['Observation/o', 'Organization/a']],
  ['_id=nothing', []],
];

describe('search across types', () => {
  it.each(cases)('%s', async (query, expected) => {
    const answer = await get(`?${query}`);
    expect(names(answer)).toEqual(expected);
    expect(answer.body.link[0].url).toMatch(/\/fhir\/R4\/?\?/);
    expect(names(await send('GET', answer.body.link[0].url))).toEqual(expected);
    expect(names(await get(`/?${query}`))).toEqual(expected);
    expect(names(await post('', query))).toEqual(expected);
    for (const url of [`?${query}`, `/?${query}`, `${server.base}?${query}`]) {
      const entry = [{ request: { method: 'GET', url } }];
      const batch = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
      expect(names({ ...answer, body: batch.body.entry[0].resource })).toEqual(expected);
    }
    expect((await get(`?${query}&_summary=count`)).body.total).toBe(expected.length);
  });

  it('combines the parameters of URL and body', async () => {
    expect(names(await post('?_type=Patient', '_id=a'))).toEqual(['Patient/a']);
    expect(names(await post('?_id=a', '_id=b'))).toEqual([]);
    const pretty = await post('?_id=a', '_pretty=true&_format=json');
    expect(names(pretty)).toHaveLength(3);
    expect(pretty.text).toMatch(/^\{\n/);
    expectRefusal(await post('?_id=a', '_format=xml'), 406);
  });

  it('pages across types, nothing twice', async () => {
    const found: string[] = [];
    for (let url = `${server.base}?_type=Patient,Practitioner,Organization&_count=2`; url !== ''; ) {
      const page = await send('GET', url);
      found.push(...names(page));
      url = page.body.link.find((link: { relation: string }) => link.relation === 'next')?.url ?? '';
    }
    expect(found.toSorted()).toEqual(['Organization/a', 'Patient/a', 'Patient/b', 'Practitioner/a']);
  });

  it('includes what the matches refer to', async () => {
    const { body } = await get(
      '?_type=Patient&_include=Patient:organization&_revinclude=Observation:subject',
    );
    const modes = body.entry.map(
      ({ resource, search }: { resource: { resourceType: string }; search: { mode: string } }) =>
        `${search.mode} ${resource.resourceType}`,
    );
    expect(modes.toSorted()).toEqual([
      'include Observation',
      'include Organization',
      'match Patient',
      'match Patient',
    ]);
    expectRefusal(await get('?_type=Patient&_include=Observation:subject'), 400);
  });

  it('answers HEAD', async () => {
    const head = await send('HEAD', `${server.base}?_id=a`);
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('is no list of everything there is', async () => {
    for (const answer of [await get(''), await get('/'), await get('?_format=json'), await post('', '')]) {
      expectRefusal(answer, 400, { code: 'required', diagnostics: /needs parameters/ });
    }
  });

  it('refuses parameters that not all of the types have, and unknown types', async () => {
    expectRefusal(await get('?family=anders'), 400, { diagnostics: /family/ });
    expectRefusal(await get('?_type=Patient,Observation&family=anders'), 400, { diagnostics: /family/ });
    expectRefusal(await get('?_type=Patient,Nothing'), 400, { diagnostics: /Nothing/ });
    const lenient = await get('?_type=Patient,Observation&family=anders', { prefer: 'handling=lenient' });
    expect(names(lenient)).toEqual(['Observation/o', 'Patient/a', 'Patient/b']);
    const outcome = lenient.body.entry.filter(
      ({ search }: { search: { mode: string } }) => search.mode === 'outcome',
    );
    expect(outcome[0].resource.issue[0]).toMatchObject({ severity: 'warning' });
    expectRefusal(await get('?family=anders', { prefer: 'handling=strict, handling=lenient' }), 400);
  });

  it('takes a form only', async () => {
    expectRefusal(await post('', '{}', 'application/fhir+json'), 415);
  });
});

describe('the CapabilityStatement', () => {
  it('lists what works across types', async () => {
    const { rest } = (await get('/metadata')).body;
    const [{ interaction, searchParam }] = rest;
    expect(interaction).toContainEqual({ code: 'search-system' });
    const samples: Record<string, string> = {
      _type: 'Patient',
      _lastUpdated: 'gt2020',
      _profile: 'http://example.org/x',
      _source: 'http://example.org/x',
    };
    const listed: string[] = searchParam.map(({ name }: { name: string }) => name);
    expect(listed).toEqual(
      expect.arrayContaining(['_id', '_lastUpdated', '_tag', '_profile', '_security', '_type']),
    );
    for (const name of listed) {
      const value = name === '_filter' ? '_id eq a' : (samples[name] ?? 'a');
      const answer = await get(`?${name}=${encodeURIComponent(value)}`);
      expect([name, answer.status]).toEqual([name, 200]);
    }
  });
});
