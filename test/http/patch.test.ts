// patch with JSON Patch (http.html#patch): conditional and version-aware; fhirPathPatch.test.ts has the other format.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const patch = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  send('PATCH', `${server.base}/Patient${path}`, body, { ...JSON_PATCH, ...headers });
const replace = (path: string, value: unknown) => [{ op: 'replace', path, value }];
const put = (id: string, more: object = {}) =>
  send('PUT', `${server.base}/Patient/${id}`, { resourceType: 'Patient', id, ...more });
const versions = async (id: string) =>
  (await send('GET', `${server.base}/Patient/${id}/_history`)).body.total;

describe('JSON Patch', () => {
  it('makes the next version', async () => {
    await put('j1', { active: true, name: [{ family: 'A' }] });
    const { status, headers, body } = await patch('/j1', [
      { op: 'test', path: '/active', value: true },
      { op: 'add', path: '/name/0/given', value: ['B'] },
      { op: 'remove', path: '/active' },
      { op: 'add', path: '/gender', value: 'female' },
    ]);
    expect([status, headers.get('etag')]).toEqual([200, 'W/"2"']);
    expect(headers.get('location')).toBe(`${server.base}/Patient/j1/_history/2`);
    expect(body).toEqual({
      resourceType: 'Patient',
      id: 'j1',
      meta: body.meta,
      name: [{ family: 'A', given: ['B'] }],
      gender: 'female',
    });
    expect((await send('GET', `${server.base}/Patient/j1`)).body).toEqual(body);
    expect(
      (await send('GET', `${server.base}/Patient?_id=j1&given=b&gender=female`)).body.entry,
    ).toHaveLength(1);
  });

  it('changes nothing at all when one operation fails', async () => {
    await put('j2', { active: true });
    const failing: [unknown, number][] = [
      [[...replace('/active', false), { op: 'test', path: '/gender', value: 'male' }], 422],
      [replace('/nothing/here', 1), 422],
      [[{ op: 'remove', path: '/name/0' }], 422],
      [[{ op: 'move', path: '/active' }], 400],
      [[{ op: 'rename', path: '/active' }], 400],
      [{ op: 'replace', path: '/active', value: false }, 400],
      ['[{"op":', 400],
      ['', 400],
    ];
    for (const [body, status] of failing) expectRefusal(await patch('/j2', body), status);
    expect(await versions('j2')).toBe(1);
  });

  it('refuses a result that is no valid resource, or another one', async () => {
    await put('j3', { active: true });
    expectRefusal(await patch('/j3', replace('/active', 'yes')), 422, { expression: ['Patient.active'] });
    expectRefusal(await patch('/j3', [{ op: 'add', path: '/colour', value: 'red' }]), 422, {
      expression: ['Patient.colour'],
    });
    expectRefusal(await patch('/j3', replace('/id', 'j4')), 422, { expression: ['Patient.id'] });
    expectRefusal(await patch('/j3', [{ op: 'remove', path: '/id' }]), 422);
    expectRefusal(await patch('/j3', replace('/resourceType', 'Person')), 422);
    expectRefusal(await patch('/j3', replace('', { resourceType: 'Patient', id: 'j4' })), 422);
    expect(await versions('j3')).toBe(1);
  });

  it('makes no version where nothing changes', async () => {
    await put('j4', { active: true });
    for (const document of [
      replace('/active', true),
      [{ op: 'test', path: '/active', value: true }],
      replace('/meta/versionId', '9'),
    ]) {
      const { status, headers } = await patch('/j4', document);
      expect([status, headers.get('etag')]).toEqual([200, 'W/"1"']);
    }
    expect(await versions('j4')).toBe(1);
  });

  it('keeps decimals that it does not touch, and takes new ones as written', async () => {
    await send(
      'PUT',
      `${server.base}/Patient/j5`,
      '{"resourceType":"Patient","id":"j5","extension":[{"url":"urn:a","valueDecimal":1.50},{"url":"urn:b","valueDecimal":1e-7}]}',
    );
    const patched = await patch(
      '/j5',
      '[{"op":"add","path":"/extension/-","value":{"url":"urn:c","valueDecimal":0.010}}]',
    );
    const read = await send('GET', `${server.base}/Patient/j5`);
    for (const { text } of [patched, read]) {
      expect(text.match(/"valueDecimal": ?[^}]*/g)?.map((found) => found.split(/: ?/)[1])).toEqual([
        '1.50',
        '1e-7',
        '0.010',
      ]);
    }
    expect(
      (await patch('/j5', '[{"op":"replace","path":"/extension/0/valueDecimal","value":1.5}]')).headers.get(
        'etag',
      ),
    ).toBe('W/"3"');
  });

  it('is refused for what never was (404) and what is deleted (410)', async () => {
    expectRefusal(await patch('/never', replace('/active', true)), 404);
    await put('j6');
    await send('DELETE', `${server.base}/Patient/j6`);
    expectRefusal(await patch('/j6', replace('/active', true)), 410);
  });

  it('obeys If-Match and Prefer', async () => {
    await put('j7', { active: true });
    expectRefusal(await patch('/j7', replace('/active', false), { 'if-match': 'W/"2"' }), 412, {
      code: 'conflict',
    });
    const done = await patch('/j7', replace('/active', false), {
      'if-match': 'W/"1"',
      prefer: 'return=minimal',
    });
    expect([done.status, done.text, done.headers.get('etag')]).toEqual([200, '', 'W/"2"']);
  });

  it('is not taken in other formats, and says which are', async () => {
    await put('j8');
    for (const type of ['application/xml-patch+xml', 'text/plain', 'application/merge-patch+json']) {
      const answer = await patch('/j8', '[]', { 'content-type': type });
      expectRefusal(answer, 415, { diagnostics: 'application/json-patch+json' });
    }
    expectRefusal(
      await patch('/j8', { resourceType: 'Patient', id: 'j8' }, { 'content-type': 'application/fhir+json' }),
      400,
      {
        diagnostics: 'Parameters',
      },
    );
  });
});

describe('conditional patch', () => {
  const identified = (value: string) => ({
    resourceType: 'Patient',
    identifier: [{ system: 'urn:mrn', value }],
  });

  it('patches the one match', async () => {
    const { body } = await send('POST', `${server.base}/Patient`, identified('c1'));
    const patched = await patch('?identifier=urn:mrn|c1', [{ op: 'add', path: '/active', value: true }]);
    expect([patched.status, patched.body.id, patched.body.active]).toEqual([200, body.id, true]);
    expectRefusal(
      await patch('?identifier=urn:mrn|c1', replace('/active', true), { 'if-match': 'W/"1"' }),
      412,
    );
  });

  it('answers 404 for no match, 412 for several, 400 for criteria that do not select', async () => {
    await send('POST', `${server.base}/Patient`, identified('c2'));
    await send('POST', `${server.base}/Patient`, identified('c2'));
    const document = [{ op: 'add', path: '/active', value: true }];
    expectRefusal(await patch('?identifier=urn:mrn|c3', document), 404, { code: 'not-found' });
    expectRefusal(await patch('?identifier=urn:mrn|c2', document), 412, { code: 'multiple-matches' });
    for (const query of ['', '?_format=json', '?identifer=c2'])
      expectRefusal(await patch(query, document), 400);
  });
});
