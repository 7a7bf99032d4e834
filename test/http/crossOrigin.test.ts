// CORS for browser apps: the preflight, the headers they may read, and which origins may (CORS_ORIGINS).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let patient: string;
beforeAll(async () => {
  server = await startTestServer({ CORS_ORIGINS: 'https://app.example.org,http://localhost:*' });
  patient = `${server.base}/Patient/p`;
  await send('PUT', patient, { resourceType: 'Patient', id: 'p' });
});
afterAll(() => server.stop());

describe('CORS', () => {
  it('answers the preflight of an allowed origin only', async () => {
    const ask = {
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'content-type,if-match',
    };
    for (const origin of ['https://app.example.org', 'http://localhost:3000', 'http://localhost']) {
      const { status, headers } = await send('OPTIONS', patient, undefined, { origin, ...ask });
      expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin]);
      expect(headers.get('access-control-allow-methods')).toMatch(/GET.*PUT.*PATCH.*DELETE/);
      expect(headers.get('access-control-allow-headers')).toBe('content-type,if-match');
    }
    for (const origin of [
      'https://evil.example.org',
      'http://localhost.evil.org',
      'https://app.example.org.evil.org',
    ]) {
      const { headers } = await send('OPTIONS', patient, undefined, { origin, ...ask });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('lets apps read the headers that FHIR needs, on refusals too', async () => {
    for (const url of [patient, `${server.base}/Patient/none`]) {
      const { headers } = await send('GET', url, undefined, { origin: 'http://localhost:3000' });
      expect(headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
      expect(headers.get('vary')).toContain('Origin');
      for (const name of ['ETag', 'Last-Modified', 'Location', 'X-Request-Id']) {
        expect(headers.get('access-control-expose-headers')).toContain(name);
      }
    }
  });
});

describe('CORS_ORIGINS', () => {
  it('takes * for every origin and none for no origin', async () => {
    const open = await startTestServer({ CORS_ORIGINS: '*' });
    const closed = await startTestServer({ CORS_ORIGINS: 'none' });
    const headers = { origin: 'https://any.example.org', 'access-control-request-method': 'GET' };
    const allowed = async (method: string, { base }: TestServer) => {
      const answer = await send(method, `${base}/metadata`, undefined, headers);
      return [answer.status, answer.headers.get('access-control-allow-origin')];
    };
    expect([await allowed('OPTIONS', open), await allowed('GET', open)]).toEqual([
      [204, '*'],
      [200, '*'],
    ]);
    expect([await allowed('OPTIONS', closed), await allowed('GET', closed)]).toEqual([
      [405, null],
      [200, null],
    ]);
    const offered = async ({ base }: TestServer) =>
      (await send('GET', `${base}/metadata`)).body.rest[0].security.cors;
    expect([await offered(open), await offered(closed)]).toEqual([true, false]);
    await Promise.all([open.stop(), closed.stop()]);
  });
});
