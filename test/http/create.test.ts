// create and conditional create (http.html#create, #ccreate), and what Prefer makes of the answer (#return).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const post = (resource: unknown, headers: Record<string, string> = {}) =>
  send('POST', `${server.base}/Patient`, resource, headers);
const patient = (identifier: string) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:mrn', value: identifier }],
});

describe('create', () => {
  it('answers 201 with Location, ETag, Last-Modified and the resource', async () => {
    const { status, headers, body } = await post({ resourceType: 'Patient', active: true });
    expect(status).toBe(201);
    expect(body.id).toMatch(UUID_V7);
    expect(headers.get('location')).toBe(`${server.base}/Patient/${body.id}/_history/1`);
    expect(headers.get('etag')).toBe('W/"1"');
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(Date.parse(headers.get('last-modified')!)).toBeLessThanOrEqual(Date.parse(body.meta.lastUpdated));
    expect(body).toEqual({
      resourceType: 'Patient',
      id: body.id,
      meta: {
        versionId: '1',
        lastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
      active: true,
    });
    expect((await send('GET', headers.get('location')!)).body).toEqual(body);
  });

  it('ignores the id, versionId and lastUpdated of the body and keeps the rest of meta', async () => {
    const meta = {
      versionId: '7',
      lastUpdated: '2001-01-01T00:00:00Z',
      source: 'urn:lab',
      tag: [{ system: 'urn:t', code: 'a' }],
      profile: ['http://example.org/p|1.0'],
    };
    const { status, body } = await post({ resourceType: 'Patient', id: 'chosen', meta });
    expect(status).toBe(201);
    expect(body.id).toMatch(UUID_V7);
    expect(body.meta).toMatchObject({
      versionId: '1',
      source: 'urn:lab',
      tag: meta.tag,
      profile: meta.profile,
    });
    expect(body.meta.lastUpdated).not.toBe(meta.lastUpdated);
    expect((await send('GET', `${server.base}/Patient/chosen`)).status).toBe(404);
  });

  it('makes another resource of every request', async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => (await post(patient('same'))).body.id));
    expect(new Set(ids).size).toBe(3);
  });

  it('refuses a body of another type, without one, or that is no resource', async () => {
    expectRefusal(await post({ resourceType: 'Observation', status: 'final', code: { text: 'x' } }), 400, {
      diagnostics: 'Observation',
      expression: ['resourceType'],
    });
    expectRefusal(await post({ active: true }), 400, { code: 'required', expression: ['resourceType'] });
    for (const body of ['', '[]', '"Patient"', '1.50', 'null']) expectRefusal(await post(body), 400);
    expect((await send('GET', `${server.base}/Patient?_summary=count&_tag=none|x`)).body.total).toBe(0);
  });
});

describe('Prefer', () => {
  it('return=minimal leaves the body out', async () => {
    const { status, headers, text } = await post(patient('p1'), { prefer: 'return=minimal' });
    expect([status, text]).toEqual([201, '']);
    expect(headers.get('location')).toMatch(/\/Patient\/[^/]+\/_history\/1$/);
    expect(headers.get('etag')).toBe('W/"1"');
  });

  it('return=representation is the resource', async () => {
    const answer = await post(patient('p2'), { prefer: 'return="representation"; foo=bar' });
    expect([answer.status, answer.body.resourceType]).toEqual([201, 'Patient']);
  });

  it('return=OperationOutcome says what was done', async () => {
    const { status, body, headers } = await post(patient('p3'), {
      prefer: 'handling=strict, return=OperationOutcome',
    });
    expect([status, body.resourceType]).toEqual([201, 'OperationOutcome']);
    expect(body.issue[0]).toMatchObject({
      severity: 'information',
      diagnostics: expect.stringContaining('was created'),
    });
    expect(headers.get('etag')).toBe('W/"1"');
  });

  it('ignores a preference that it does not know', async () => {
    expect(
      (await post(patient('p4'), { prefer: 'return=everything, respond-async' })).body.resourceType,
    ).toBe('Patient');
  });
});

describe('conditional create', () => {
  const ifNoneExist = (criteria: string) => ({ 'if-none-exist': criteria });

  it('creates where nothing matches, and answers 200 with what matches once', async () => {
    const criteria = ifNoneExist('identifier=urn:mrn|c1');
    const first = await post(patient('c1'), criteria);
    expect(first.status).toBe(201);
    const second = await post({ ...patient('c1'), active: false }, criteria);
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('etag')).toBe('W/"1"');
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    const minimal = await post(patient('c1'), { ...criteria, prefer: 'return=minimal' });
    expect([minimal.status, minimal.text]).toEqual([200, '']);
  });

  it('takes criteria with the type before them, as some clients send them', async () => {
    expect((await post(patient('c9'), ifNoneExist('Patient?identifier=urn:mrn|c9'))).status).toBe(201);
    expect((await post(patient('c9'), ifNoneExist('identifier=urn:mrn|c9'))).status).toBe(200);
  });

  it('answers 412 where several match, and stores nothing', async () => {
    await post(patient('c2'));
    await post(patient('c2'));
    expectRefusal(await post(patient('c2'), ifNoneExist('identifier=urn:mrn|c2')), 412, {
      code: 'multiple-matches',
    });
    expect((await send('GET', `${server.base}/Patient?identifier=c2&_summary=count`)).body.total).toBe(2);
  });

  it('does not count deleted resources, and sees an update at once', async () => {
    const criteria = ifNoneExist('identifier=urn:mrn|c3');
    const first = await post(patient('c3'), criteria);
    await send('DELETE', `${server.base}/Patient/${first.body.id}`);
    const second = await post(patient('c3'), criteria);
    expect(second.status).toBe(201);
    await send('PUT', `${server.base}/Patient/${second.body.id}`, {
      ...patient('c3-moved'),
      id: second.body.id,
    });
    expect((await post(patient('c3'), criteria)).status).toBe(201);
  });

  it('takes criteria of several parameters, and unescaped or escaped text', async () => {
    const named = { ...patient('c4'), name: [{ family: 'Lindström Åberg' }] };
    const first = await post(
      named,
      ifNoneExist('family=Lindstr%C3%B6m%20%C3%85berg&identifier=urn:mrn%7Cc4'),
    );
    expect(first.status).toBe(201);
    expect((await post(named, ifNoneExist('?identifier=urn:mrn|c4&family=lindstrom aberg'))).status).toBe(
      200,
    );
    expect((await post(named, ifNoneExist('identifier=urn:mrn|c4&family=other'))).status).toBe(201);
  });

  it('refuses criteria that select nothing in particular', async () => {
    for (const criteria of [
      '',
      '_count=1',
      'identifer=urn:mrn|c5',
      'identifier=',
      'birthdate=soon',
      '_sort=name',
    ]) {
      expectRefusal(await post(patient('c5'), ifNoneExist(criteria)), 400);
    }
    expectRefusal(await post(patient('c5'), { ...ifNoneExist('nme=x'), prefer: 'handling=lenient' }), 400);
    expect((await send('GET', `${server.base}/Patient?identifier=c5&_summary=count`)).body.total).toBe(0);
  });
});
