// Binary as the bytes it is about and as a FHIR resource (binary.html#rest).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../server/config.ts';
import { writeAll } from '../../server/fhir/write.ts';
import { createServices } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

const FHIR = { accept: 'application/fhir+json' };
/** Every byte there is, which is no UTF-8. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function sendBytes(
  method: string,
  path: string,
  bytes: Buffer,
  headers: Record<string, string>,
): Promise<Answer> {
  const answer = await fetch(`${server.base}/Binary${path}`, {
    method,
    body: new Uint8Array(bytes),
    headers,
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) };
}

async function readBytes(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

describe('Binary', () => {
  it('takes raw bytes and gives them back', async () => {
    const created = await sendBytes('POST', '', BYTES, {
      'content-type': 'image/png',
      'x-security-context': 'Patient/p1',
    });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      resourceType: 'Binary',
      contentType: 'image/png',
      securityContext: { reference: 'Patient/p1' },
    });
    const url = `${server.base}/Binary/${created.body.id}`;
    for (const headers of [
      { accept: 'image/png' },
      { accept: '*/*' },
      { accept: 'text/html,*/*;q=0.8' },
      {} as Record<string, string>,
    ]) {
      const got = await readBytes(url, headers);
      expect([got.status, got.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(got.bytes.equals(BYTES)).toBe(true);
      expect([got.headers.get('etag'), got.headers.get('x-security-context')]).toEqual([
        'W/"1"',
        'Patient/p1',
      ]);
      expect([got.headers.get('x-content-type-options'), got.headers.get('content-security-policy')]).toEqual(
        ['nosniff', 'sandbox'],
      );
    }
    expect((await readBytes(`${url}/_history/1`)).bytes.equals(BYTES)).toBe(true);
    const head = await send('HEAD', url, undefined, { accept: 'image/png' });
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', 'image/png']);
  });

  it('gives the resource to whom asks for FHIR', async () => {
    const { body } = await sendBytes('POST', '', BYTES, { 'content-type': 'image/png' });
    const url = `${server.base}/Binary/${body.id}`;
    const expected = {
      resourceType: 'Binary',
      id: body.id,
      meta: body.meta,
      contentType: 'image/png',
      data: BYTES.toString('base64'),
    };
    for (const accept of ['application/fhir+json', 'application/json', 'application/json, text/plain, */*']) {
      const got = await send('GET', url, undefined, { accept });
      expect([got.headers.get('content-type'), got.body]).toEqual([
        'application/fhir+json; charset=utf-8',
        expected,
      ]);
      expect(got.headers.get('vary')).toMatch(/\bAccept(,|$)/);
    }
    expect((await send('GET', `${url}?_format=json`)).body).toEqual(expected);
    expectRefusal(await send('GET', url, undefined, { accept: 'application/fhir+xml' }), 406);
    expect((await send('GET', `${server.base}/Binary?_id=${body.id}`)).body.entry[0].resource).toEqual(
      expected,
    );
  });

  it('takes the resource, and gives the bytes', async () => {
    const resource = {
      resourceType: 'Binary',
      id: 'b1',
      contentType: 'text/plain; charset=utf-8',
      data: Buffer.from('grün').toString('base64'),
    };
    expect((await send('PUT', `${server.base}/Binary/b1`, resource)).status).toBe(201);
    const got = await readBytes(`${server.base}/Binary/b1`);
    expect([got.headers.get('content-type'), got.bytes.toString()]).toEqual([
      'text/plain; charset=utf-8',
      'grün',
    ]);
    expect(
      (await send('GET', `${server.base}/Binary/b1`, undefined, { ...FHIR, 'if-none-match': 'W/"1"' }))
        .status,
    ).toBe(304);
    expect((await readBytes(`${server.base}/Binary/b1`, { 'if-none-match': 'W/"1"' })).status).toBe(304);
  });

  it('updates raw bytes, with versions and preconditions', async () => {
    const type = { 'content-type': 'application/pdf' };
    expect((await sendBytes('PUT', '/b2', BYTES, type)).status).toBe(201);
    expect((await sendBytes('PUT', '/b2', BYTES, type)).headers.get('etag')).toBe('W/"1"');
    expect(
      (await sendBytes('PUT', '/b2', BYTES.subarray(1), { ...type, 'if-match': 'W/"1"' })).headers.get(
        'etag',
      ),
    ).toBe('W/"2"');
    expectRefusal(await sendBytes('PUT', '/b2', BYTES, { ...type, 'if-match': 'W/"1"' }), 412);
    expect((await readBytes(`${server.base}/Binary/b2/_history/1`)).bytes.equals(BYTES)).toBe(true);
    expect((await readBytes(`${server.base}/Binary/b2`)).bytes.equals(BYTES.subarray(1))).toBe(true);
    await send('DELETE', `${server.base}/Binary/b2`);
    expect((await readBytes(`${server.base}/Binary/b2`)).status).toBe(410);
  });

  it('answers without data with no bytes, and never with a header that is none', async () => {
    await send('PUT', `${server.base}/Binary/b3`, {
      resourceType: 'Binary',
      id: 'b3',
      contentType: 'text/plain',
    });
    expect((await readBytes(`${server.base}/Binary/b3`)).bytes).toHaveLength(0);
    const services = await createServices(
      readConfig({
        DATABASE_URL: server.databaseUrl,
        DATA_DIR: 'node_modules/.cache/salus-test',
        LOG_LEVEL: 'error',
      }),
      createLogger('error'),
    );
    for (const [id, contentType, context] of [
      ['b4', 'text/plain\nX-Evil: 1', 'Patient/p1'],
      ['b5', 'текст', 'Patient/p\u00fc'],
      ['b6', 'nonsense', 'Пациент'],
    ]) {
      const resource = {
        resourceType: 'Binary',
        id,
        contentType,
        data: 'AAAA',
        securityContext: { reference: context },
      };
      const refused = await send('PUT', `${server.base}/Binary/${id}`, resource);
      expectRefusal(refused, 400, { expression: ['Binary.contentType'] });
      // as an import that trusts its source may have left it
      const request = { method: 'PUT' as const, type: 'Binary', id: id!, resource };
      await writeAll(services, [request], { atomic: true, level: 'off' });
      const got = await readBytes(`${server.base}/Binary/${id}`);
      expect([got.status, got.headers.get('content-type'), got.headers.get('x-evil')]).toEqual([
        200,
        'application/octet-stream',
        null,
      ]);
      expect((await send('GET', `${server.base}/Binary/${id}`, undefined, FHIR)).body.contentType).toBe(
        contentType,
      );
    }
    await services.close();
  });

  it('takes raw bytes for no other type', async () => {
    const answer = await send('POST', `${server.base}/Patient`, 'bytes', { 'content-type': 'image/png' });
    expectRefusal(answer, 415);
    expectRefusal(await sendBytes('POST', '', Buffer.alloc(0), { 'content-type': 'image/png' }), 400);
  });
});
