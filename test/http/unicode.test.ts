// Text of all languages through storage, reading and search (json.html: FHIR JSON is UTF-8).
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

const NAMES = [
  'Ångström',
  '山田太郎',
  'Владимир',
  'محمد',
  'नमस्ते',
  '😀👩‍⚕️🧬',
  'e\u0301 and \u00e9',
  '\ufeffmark',
  '\u2028line\u2029',
  'quote " backslash \\ slash / tab \t newline \n',
  '\u{10ffff}',
  'a\u0080b',
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

it.each(NAMES)('%j comes back as it was sent', async (text) => {
  const resource = {
    resourceType: 'Patient',
    name: [{ text, family: text }],
    extension: [{ url: 'urn:ключ', valueString: text }],
  };
  // Sent as UTF-8 and as \u escapes.
  const escaped = JSON.stringify(resource).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  for (const body of [JSON.stringify(resource), escaped]) {
    const created = await send('POST', `${server.base}/Patient`, body);
    expect([created.status, created.body.name[0].text]).toEqual([201, text]);
    const read = await send('GET', `${server.base}/Patient/${created.body.id}`);
    expect(read.body).toEqual({ ...resource, id: created.body.id, meta: created.body.meta });
    const url = `${server.base}/Patient?_id=${created.body.id}&family:exact=${encodeURIComponent(text.replaceAll('\\', '\\\\'))}`;
    expect((await send('GET', url)).body.entry?.[0].resource.id).toBe(created.body.id);
  }
});

it('counts Content-Length in bytes', async () => {
  const { body } = await send('POST', `${server.base}/Patient`, {
    resourceType: 'Patient',
    name: [{ text: '😀'.repeat(10) }],
  });
  const { headers, text } = await send('GET', `${server.base}/Patient/${body.id}`, undefined, {
    'accept-encoding': 'identity',
  });
  expect(Number(headers.get('content-length'))).toBe(Buffer.byteLength(text));
});
