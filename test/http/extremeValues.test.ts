// Values at the limits of their types are stored, found again and updated like any other.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Stores a resource, alone and among so many that they are written in bulk, and reads it back. */
async function stored(type: string, elements: string): Promise<string> {
  const text = `{"resourceType":"${type}",${elements}}`;
  const created = await send('POST', `${server.base}/${type}`, text);
  expect([elements.slice(0, 60), created.status]).toEqual([elements.slice(0, 60), 201]);
  const entry = `{"request":{"method":"POST","url":"${type}"},"resource":${text}}`;
  const bundle = `{"resourceType":"Bundle","type":"transaction","entry":[${Array(40).fill(entry).join(',')}]}`;
  expect((await send('POST', server.base, bundle)).status).toBe(200);
  const { id } = created.body;
  const updated = await send(
    'PUT',
    `${server.base}/${type}/${id}`,
    text.replace('{', `{"id":"${id}","language":"en",`),
  );
  expect(updated.headers.get('etag')).toBe('W/"2"');
  return (await send('GET', `${server.base}/${type}/${id}`)).text;
}
const observation = (more: string) => stored('Observation', `"status":"final","code":{"text":"x"},${more}`);
const count = async (query: string) =>
  (await send('GET', `${server.base}/${query}&_summary=count`)).body.total;

describe('limits', () => {
  it.each([
    '0001',
    '9999',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '2016-12-31T23:59:60Z',
    '2024-02-29',
  ])('date %s', async (date) => {
    expect(await observation(`"effectiveDateTime":"${date}"`)).toContain(date);
    expect(await count(`Observation?date=${encodeURIComponent(date)}`)).toBe(41);
    expect(await observation(`"effectivePeriod":{"start":"${date}","end":"${date}"}`)).toContain(date);
    await send('GET', `${server.base}/Observation?_count=1000`).then(async ({ body }) => {
      for (const { resource } of body.entry)
        await send('DELETE', `${server.base}/Observation/${resource.id}`);
    });
  });

  it.each(['1e400', '-1e400', '1e-400', '9'.repeat(999), `0.${'1'.repeat(999)}`])(
    'quantity %.10s',
    async (value) => {
      expect(await observation(`"valueQuantity":{"value":${value},"unit":"x"}`)).toContain(value);
    },
  );

  it('the same value twice in one resource', async () => {
    const twice = '{"system":"urn:twice","value":"v"},{"system":"urn:twice","value":"v"}';
    const references = '{"reference":"Practitioner/p"},{"reference":"Practitioner/p"}';
    await stored(
      'Patient',
      `"identifier":[${twice}],"name":[{"family":"T"},{"family":"T"}],"generalPractitioner":[${references}]`,
    );
    expect(await count('Patient?identifier=urn:twice|v&family=t&general-practitioner=p')).toBe(41);
  });

  it('long texts', async () => {
    const long = 'ä'.repeat(10_000);
    await stored(
      'Patient',
      `"name":[{"family":"${long}"}],"identifier":[{"system":"urn:long","value":"${long}"}],"telecom":[{"system":"other","value":"${long}"}]`,
    );
    expect(await count(`Patient?family=${'A'.repeat(500)}`)).toBe(41);
    expect(await count(`Patient?identifier=urn:long|`)).toBe(41);
  });

  it('many values', async () => {
    const identifier = Array.from({ length: 20_000 }, (_, n) => ({ system: 'urn:many', value: String(n) }));
    const { status, body } = await send('POST', `${server.base}/Patient`, {
      resourceType: 'Patient',
      identifier,
    });
    expect(status).toBe(201);
    expect(await count('Patient?identifier=urn:many|19999')).toBe(1);
    await send('PUT', `${server.base}/Patient/${body.id}`, { ...body, identifier: identifier.slice(0, 1) });
    expect([
      await count('Patient?identifier=urn:many|19999'),
      await count('Patient?identifier=urn:many|0'),
    ]).toEqual([0, 1]);
  });
});
