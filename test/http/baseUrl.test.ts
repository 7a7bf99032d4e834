// BASE_URL (http.html#general): every link that the server makes starts with it, and references under it are local.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

const PUBLIC = 'https://fhir.example.org/r4';
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ BASE_URL: `${PUBLIC}/` });
  for (const id of ['a', 'b'])
    await send('PUT', `${server.base}/Patient/${id}`, { resourceType: 'Patient', id });
});
afterAll(() => server.stop());

it('links and locations start with it', async () => {
  const { headers, body } = await send('POST', `${server.base}/Patient`, { resourceType: 'Patient' });
  expect(headers.get('location')).toBe(`${PUBLIC}/Patient/${body.id}/_history/1`);
  for (const path of ['Patient?_count=1', 'Patient/_history?_count=1', '_history?_count=1']) {
    const { link, entry } = (await send('GET', `${server.base}/${path}`)).body;
    expect(link.map(({ relation }: { relation: string }) => relation)).toEqual(['self', 'next']);
    for (const { url } of link) expect(url.startsWith(`${PUBLIC}/${path}`)).toBe(true);
    expect(entry[0].fullUrl).toMatch(new RegExp(`^${PUBLIC}/Patient/`));
  }
  expect((await send('GET', `${server.base}/metadata`)).body.implementation.url).toBe(PUBLIC);
});

it('next links work once they are sent where the server listens', async () => {
  const first = (await send('GET', `${server.base}/Patient?_id=a,b&_count=1`)).body;
  const second = (await send('GET', first.link[1].url.replace(PUBLIC, server.base))).body;
  expect([...first.entry, ...second.entry].map(({ resource }) => resource.id).toSorted()).toEqual(['a', 'b']);
});

it('absolute references under it are the same as relative ones', async () => {
  for (const [id, reference] of [
    ['abs', `${PUBLIC}/Patient/a`],
    ['rel', 'Patient/a'],
    ['other', 'https://other.example.org/r4/Patient/a'],
  ]) {
    const observation = {
      resourceType: 'Observation',
      id,
      status: 'final',
      code: { text: 'x' },
      subject: { reference },
    };
    expect((await send('PUT', `${server.base}/Observation/${id}`, observation)).body.subject.reference).toBe(
      reference,
    );
  }
  for (const value of ['Patient/a', `${PUBLIC}/Patient/a`, 'a']) {
    const { entry } = (await send('GET', `${server.base}/Observation?subject=${value}`)).body;
    expect(entry.map(({ resource }: { resource: { id: string } }) => resource.id).toSorted()).toEqual([
      'abs',
      'rel',
    ]);
  }
});
