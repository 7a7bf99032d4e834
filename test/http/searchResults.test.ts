// The answers of searches (search.html#summary, #errors): entries, links, totals, POST, refusals and warnings.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
const search = (query: string, headers: Record<string, string> = {}) =>
  send('GET', `${server.base}/${query}`, undefined, headers);
/** Ids of the matches, sorted. */
const ids = (answer: Answer): string[] => {
  expect([answer.status, answer.body.type, answer.body.issue]).toEqual([200, 'searchset', undefined]);
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  const matches = (answer.body.entry ?? []).filter((entry: any) => entry.search.mode === 'match');
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  return matches.map(({ resource }: any) => resource.id).toSorted();
};
const found = async (query: string) => ids(await search(query));
const put = async (type: string, id: string, more: object) =>
  expect(
    (await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more })).status,
  ).toBe(201);

beforeAll(async () => {
  server = await startTestServer();
  const identifier = (value: string) => [{ system: 'urn:a', value }];
  await put('Patient', 'a', { identifier: identifier('1'), gender: 'female', name: [{ family: 'Müller' }] });
  await put('Patient', 'b', { gender: 'male', name: [{ family: 'Muller' }] });
  await put('Patient', 'c', { name: [{ family: 'Berg' }] });
  await put('Patient', 'd', { identifier: identifier('2'), gender: 'female' });
  const subject = { reference: 'Patient/a' };
  await put('Observation', 'o-a', { status: 'final', code: { text: 'x' }, subject });
});
afterAll(() => server.stop());

describe('a search', () => {
  it('entries say what they are, and links what was applied', async () => {
    const { body } = await search('Patient?gender=male&_total=accurate');
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 1 });
    expect(body.entry[0]).toMatchObject({ fullUrl: `${server.base}/Patient/b`, search: { mode: 'match' } });
    expect(body.entry[0].resource).toEqual((await search('Patient/b')).body);
    expect(body.link).toEqual([
      { relation: 'self', url: `${server.base}/Patient?gender=male&_total=accurate` },
    ]);
    expect((await search('Patient?gender=male')).body.total).toBeUndefined();
    expect((await search('Patient?gender=male&_total=none')).body.total).toBeUndefined();
    expect((await search('Patient?_count=0')).body).toMatchObject({ total: 4 });
  });

  it('_summary and _elements shorten the matches', async () => {
    const { resource } = (await search('Patient?_id=a&_elements=gender')).body.entry[0];
    expect(Object.keys(resource).toSorted()).toEqual(['gender', 'id', 'meta', 'resourceType']);
    expect(resource.meta.tag[0].code).toBe('SUBSETTED');
    expect(
      (await search('Observation?_id=o-a&_summary=text')).body.entry[0].resource.subject,
    ).toBeUndefined();
    expect((await search('Observation?_id=o-a&_summary=true')).body.entry[0].resource.meta.tag[0].code).toBe(
      'SUBSETTED',
    );
  });

  it('POST _search takes parameters from the body, the URL, or both', async () => {
    const post = (path: string, body: string, type = 'application/x-www-form-urlencoded') =>
      send('POST', `${server.base}/${path}`, body, { 'content-type': type });
    expect(ids(await post('Patient/_search', 'gender=female&family=m%C3%BCller'))).toEqual(['a']);
    expect(
      ids(
        await post(
          'Patient/_search?gender=female',
          'identifier=urn:a|2',
          'application/x-www-form-urlencoded; charset=UTF-8',
        ),
      ),
    ).toEqual(['d']);
    expect(ids(await post('Patient/_search', ''))).toEqual(['a', 'b', 'c', 'd']);
    expectRefusal(await post('Patient/_search', '{}', 'application/json'), 415);
    expectRefusal(await post('Patient/_search', 'gendr=female'), 400);
  });

  it('refuses what it does not know, naming it', async () => {
    for (const query of [
      'gendr=female',
      'gender:nots=x',
      'family:missing=maybe',
      'gender=',
      'foo:exact=x',
      '_count=x',
      '_count=-1',
      '_summary=x',
      '_total=x',
      '_elements=x',
      'gender:exact=x',
      '_sort=nam',
      '_include=Patient:organisation',
      'organization.nam=x',
      '_lastUpdated=soon',
      '_lastUpdated=2024-13',
      '_cursor=x',
      'identifier=|',
      'active=perhaps',
      '_id=a_b',
    ]) {
      expectRefusal(await search(`Patient?${query}`), 400, { diagnostics: query.split(/[=:]/)[0]! });
    }
    expectRefusal(await search('Patient?_has:Observation:subject:cod=x'), 400, { diagnostics: "'cod'" });
  });

  it('reports an unknown parameter as a warning where the client is lenient', async () => {
    const answer = await search('Patient?gendr=female&gender=male', { prefer: 'handling=lenient' });
    expect(ids(answer)).toEqual(['b']);
    const { resource } = answer.body.entry.at(-1);
    expect(answer.body.entry.at(-1).search.mode).toBe('outcome');
    expect(resource.issue[0]).toMatchObject({
      severity: 'warning',
      diagnostics: expect.stringContaining('gendr'),
    });
    expect(answer.body.link[0].url).toBe(`${server.base}/Patient?gender=male`);
    expectRefusal(await search('Patient?gendr=female', { prefer: 'handling=strict' }), 400);
  });

  it('sees every write at once', async () => {
    for (let i = 0; i < 10; i++) {
      const made = await send('POST', `${server.base}/Device`, {
        resourceType: 'Device',
        identifier: [{ value: `d${i}` }],
      });
      const { id } = made.body;
      expect(await found(`Device?identifier=d${i}`)).toEqual([id]);
      await send('PUT', `${server.base}/Device/${id}`, {
        resourceType: 'Device',
        id,
        identifier: [{ value: `e${i}` }],
      });
      expect([await found(`Device?identifier=d${i}`), await found(`Device?identifier=e${i}`)]).toEqual([
        [],
        [id],
      ]);
      await send('DELETE', `${server.base}/Device/${id}`);
      expect(await found(`Device?identifier=e${i}`)).toEqual([]);
    }
  });
});
