// Every resource type can be created, read, found, updated and deleted: types are data, none has code of its own.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { mandatoryElements } from './smallestResources.ts';

const FHIR = { accept: 'application/fhir+json' };
let server: TestServer;
let types: string[];
beforeAll(async () => {
  server = await startTestServer();
  const { body } = await send('GET', `${server.base}/metadata`);
  types = body.rest[0].resource.map(({ type }: { type: string }) => type);
});
afterAll(() => server.stop());

it('there are 146 types, and each mandatory element listed belongs to one', () => {
  expect(types).toHaveLength(146);
  expect(Object.keys(mandatoryElements).filter((type) => !types.includes(type))).toEqual([]);
});

it('each can be created, read, found, updated and deleted', async () => {
  for (const type of types) {
    const url = `${server.base}/${type}`;
    const resource = { resourceType: type, ...mandatoryElements[type] };
    const created = await send('POST', url, resource);
    expect([type, created.status === 201 || created.body]).toEqual([type, true]);
    const one = `${url}/${created.body.id}`;
    expect((await send('GET', one, undefined, FHIR)).body).toEqual({
      ...resource,
      id: created.body.id,
      meta: created.body.meta,
    });

    const found = await send(
      'GET',
      `${url}?_id=${created.body.id}&_lastUpdated=${created.body.meta.lastUpdated.slice(0, 10)}`,
    );
    expect([type, found.body.entry.map(({ fullUrl }: { fullUrl: string }) => fullUrl)]).toEqual([
      type,
      [one],
    ]);

    const changed = { ...created.body, language: 'de' };
    expect([type, (await send('PUT', one, changed)).headers.get('etag')]).toEqual([type, 'W/"2"']);
    expect((await send('DELETE', one)).status).toBe(204);
    expect((await send('GET', one, undefined, FHIR)).status).toBe(410);
    expect([type, (await send('GET', `${url}?_summary=count`)).body.total]).toEqual([type, 0]);
    expect([type, (await send('GET', `${one}/_history`)).body.total]).toEqual([type, 3]);
  }
});

it('each is refused without its mandatory elements', async () => {
  const incomplete = Object.entries(mandatoryElements).filter(
    ([, elements]) => Object.keys(elements).length > 0,
  );
  for (const [type] of incomplete) {
    const { status, body } = await send('POST', `${server.base}/${type}`, { resourceType: type });
    expect([type, status, body.resourceType]).toEqual([type, 400, 'OperationOutcome']);
  }
});
