// X-Request-Id and the one log line of each request, which names no content (no body, no query values).
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let patient: string;
beforeAll(async () => {
  server = await startTestServer();
  patient = `${server.base}/Patient/p`;
  await send('PUT', patient, { resourceType: 'Patient', id: 'p' });
});
afterAll(() => server.stop());

describe('X-Request-Id', () => {
  it('is echoed when well-formed, else made', async () => {
    const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    for (const id of ['abc-123', 'A/b.c:d+e=f_g', 'x'.repeat(128)]) {
      expect(
        (await send('GET', patient, undefined, { 'x-request-id': id })).headers.get('x-request-id'),
      ).toBe(id);
    }
    for (const id of ['', 'a b', 'x'.repeat(129), '"}{', 'ä']) {
      expect(
        (await send('GET', patient, undefined, { 'x-request-id': id })).headers.get('x-request-id'),
      ).toMatch(UUID);
    }
    const refused = await send('GET', `${server.base}/Nope`, undefined, { 'x-request-id': 'mine' });
    expect([refused.status, refused.headers.get('x-request-id')]).toEqual([404, 'mine']);
  });
});

describe('the log', () => {
  it('has one line for a request, without anything of its content', async () => {
    const logged = await startTestServer({ LOG_LEVEL: 'info' });
    const lines: string[] = [];
    const write = jest
      .spyOn(process.stdout, 'write')
      .mockImplementation((line) => lines.push(String(line)) > 0);
    try {
      const id = { 'x-request-id': 'the-id' };
      await send('GET', `${logged.base}/Patient?family=SECRET`, undefined, id);
      await send('PUT', `${logged.base}/Patient/p1`, {
        resourceType: 'Patient',
        id: 'p1',
        name: [{ family: 'SECRET' }],
      });
      await send('POST', `${logged.base}/Patient`, '{"SECRET');
      await send('GET', `${logged.base}/Patient/p1/$everything?_since=SECRET`);
      await logged.stop();
    } finally {
      write.mockRestore();
    }
    const requests = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'request');
    expect(requests.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
      'GET /Patient 200',
      'PUT /Patient/:id 201',
      'POST /Patient 400',
      'GET /Patient/:id/$everything 400',
    ]);
    expect(requests[0]).toMatchObject({ id: 'the-id', ms: expect.any(Number), bytes: expect.any(Number) });
    expect(requests[0].bytes).toBeGreaterThan(100);
    expect(lines.join('')).not.toContain('SECRET');
  });
});
