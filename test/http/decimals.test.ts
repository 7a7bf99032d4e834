// Decimals keep their written precision through every interaction (datatypes.html#decimal): the answers' text is compared.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

/** jsonb holds these as they are; the others only beside their source text. */
const PLAIN = [
  '1.50',
  '0.010',
  '0.0',
  '100',
  '-1.0',
  '0.10000000000000000001',
  '12345678901234567890',
  '98765432109876543210.0123456789',
];
const RESPELLED = [
  '1e-7',
  '1.5e3',
  '-0',
  '-0.00',
  '1E+2',
  '2.50e-10',
  '-4E0',
  '1.50',
  '12345678901234567890.10',
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

/** Every decimal of an answer, as written there. */
const decimalsIn = ({ text }: Answer) =>
  [...text.matchAll(/"valueDecimal": ?([^\s},\]]+)/g)].map((found) => found[1]);
const observation = (id: string, values: string[], more = '') =>
  `{"resourceType":"Observation","id":"${id}","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/${id}"}${more},` +
  `"extension":[${values.map((value) => `{"url":"urn:x","valueDecimal":${value}}`).join(',')}]}`;
const batchOf = (method: string, url: string) => ({
  resourceType: 'Bundle',
  type: 'batch',
  entry: [{ request: { method, url } }],
});

describe.each([
  ['spelled as jsonb spells them', 'plain', PLAIN],
  ['with exponents and negative zeros', 'respelled', RESPELLED],
])('decimals %s', (_title, id, values) => {
  const url = () => `${server.base}/Observation/${id}`;

  beforeAll(async () => {
    await send('PUT', `${server.base}/Patient/${id}`, { resourceType: 'Patient', id });
    await send('PUT', url(), observation(id, ['1.0']));
    expect((await send('PUT', url(), observation(id, values))).status).toBe(200);
    // A version of its own, so that the values are superseded and current ones.
    await send('PUT', url(), observation(id, values, ',"issued":"2024-05-01T00:00:00Z"'));
  });

  it('come back from create and update', async () => {
    const created = await send('POST', `${server.base}/Observation`, observation('ignored', values));
    expect([created.status, decimalsIn(created)]).toEqual([201, values]);
    expect(decimalsIn(await send('GET', `${server.base}/Observation/${created.body.id}`))).toEqual(values);
    const updated = await send(
      'PUT',
      `${server.base}/Observation/${created.body.id}`,
      observation(created.body.id, [...values, '7.70']),
    );
    expect([updated.headers.get('etag'), decimalsIn(updated)]).toEqual(['W/"2"', [...values, '7.70']]);
  });

  it('come back from every way of reading', async () => {
    const paths = [
      `Observation/${id}`,
      `Observation/${id}?_pretty=true`,
      `Observation/${id}?_elements=extension`,
      `Observation/${id}?_summary=data`,
      `Observation/${id}/_history/2`,
      `Observation/${id}/_history/3?_pretty=true`,
      `Observation?_id=${id}`,
      `Observation?_id=${id}&_pretty=true`,
      `Observation?subject=Patient/${id}&_elements=extension`,
      `Patient/${id}/$everything`,
      `Patient/${id}/$everything?_pretty=true`,
    ];
    for (const path of paths)
      expect([path, decimalsIn(await send('GET', `${server.base}/${path}`))]).toEqual([path, values]);
  });

  it('come back from history', async () => {
    for (const path of [`Observation/${id}/_history`, `Observation/${id}/_history?_pretty=true`]) {
      expect([path, decimalsIn(await send('GET', `${server.base}/${path}`))]).toEqual([
        path,
        [...values, ...values, '1.0'],
      ]);
    }
  });

  it('go through bundles, in and out', async () => {
    for (const path of [`Observation/${id}`, `Observation/${id}/_history/2`, `Observation?_id=${id}`]) {
      expect([path, decimalsIn(await send('POST', server.base, batchOf('GET', path)))]).toEqual([
        path,
        values,
      ]);
    }
    for (const type of ['batch', 'transaction']) {
      const bundle = `{"resourceType":"Bundle","type":"${type}","entry":[{"fullUrl":"urn:uuid:${crypto.randomUUID()}","request":{"method":"POST","url":"Observation"},"resource":${observation('x', values)}}]}`;
      const answer = await send('POST', server.base, bundle, { prefer: 'return=representation' });
      expect([type, answer.status, decimalsIn(answer)]).toEqual([type, 200, values]);
      const { location } = answer.body.entry[0].response;
      expect(decimalsIn(await send('GET', `${server.base}/${location}`))).toEqual(values);
    }
    const stored = await send(
      'POST',
      `${server.base}/Bundle`,
      `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${observation('x', values)}}]}`,
    );
    expect(decimalsIn(await send('GET', `${server.base}/Bundle/${stored.body.id}`))).toEqual(values);
  });

  it('survive a patch elsewhere, and one that moves them', async () => {
    const { body } = await send('POST', `${server.base}/Observation`, observation('x', values));
    const patchUrl = `${server.base}/Observation/${body.id}`;
    const json = { 'content-type': 'application/json-patch+json' };
    const patched = await send(
      'PATCH',
      patchUrl,
      [{ op: 'replace', path: '/status', value: 'amended' }],
      json,
    );
    expect([patched.headers.get('etag'), decimalsIn(patched)]).toEqual(['W/"2"', values]);
    const moved = await send(
      'PATCH',
      patchUrl,
      [{ op: 'copy', from: '/extension/0', path: '/extension/-' }],
      json,
    );
    expect(decimalsIn(moved)).toEqual([...values, values[0]]);
    const operation = [
      { name: 'type', valueCode: 'delete' },
      { name: 'path', valueString: `Observation.extension[${values.length}]` },
    ];
    const parameters = { resourceType: 'Parameters', parameter: [{ name: 'operation', part: operation }] };
    expect(decimalsIn(await send('PATCH', patchUrl, parameters))).toEqual(values);
    expect(decimalsIn(await send('GET', patchUrl))).toEqual(values);
  });

  it('make no version when sent again as they are', async () => {
    const again = await send('PUT', url(), observation(id, values, ',"issued":"2024-05-01T00:00:00Z"'));
    expect([again.status, again.headers.get('etag'), decimalsIn(again)]).toEqual([200, 'W/"3"', values]);
  });
});

it('numbers that no store can hold are refused', async () => {
  for (const value of ['1e99999', '1e-99999', '1'.repeat(3000), '01', '.5', '5.', '+1', 'NaN', '0x1']) {
    const answer = await send('POST', `${server.base}/Observation`, observation('x', [value]));
    expect([value.slice(0, 10), answer.status, answer.body.resourceType]).toEqual([
      value.slice(0, 10),
      400,
      'OperationOutcome',
    ]);
  }
});
