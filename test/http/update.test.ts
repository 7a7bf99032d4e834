// update, update-as-create, conditional update and version-aware update (http.html#update, #upsert, #cond-update, #concurrency).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const put = (path: string, resource: unknown, headers: Record<string, string> = {}) =>
  send('PUT', `${server.base}/Patient${path}`, resource, headers);
const patient = (id: string | undefined, more: object = {}) => ({
  resourceType: 'Patient',
  ...(id ? { id } : {}),
  ...more,
});
const identified = (value: string, more: object = {}) =>
  patient(undefined, { identifier: [{ system: 'urn:mrn', value }], ...more });
const versions = async (id: string) =>
  (await send('GET', `${server.base}/Patient/${id}/_history`)).body.total;

describe('update', () => {
  it('creates a resource under an id of the client', async () => {
    for (const id of ['u1', 'A.b-9', 'x'.repeat(64), '1']) {
      const { status, headers, body } = await put(`/${id}`, patient(id, { active: true }));
      expect([status, headers.get('etag'), body.id]).toEqual([201, 'W/"1"', id]);
      expect(headers.get('location')).toBe(`${server.base}/Patient/${id}/_history/1`);
    }
  });

  it('makes the next version and keeps the one before', async () => {
    await put('/u2', patient('u2', { gender: 'female' }));
    const { status, headers, body } = await put(
      '/u2',
      patient('u2', { gender: 'other', meta: { versionId: '1' } }),
    );
    expect([status, headers.get('etag'), body.meta.versionId]).toEqual([200, 'W/"2"', '2']);
    expect((await send('GET', `${server.base}/Patient/u2`)).body).toEqual(body);
    expect((await send('GET', `${server.base}/Patient/u2/_history/1`)).body.gender).toBe('female');
  });

  it('replaces the whole resource', async () => {
    await put('/u3', patient('u3', { active: true, meta: { tag: [{ code: 'old' }] } }));
    const { body } = await put('/u3', patient('u3', { gender: 'male' }));
    expect(Object.keys(body).sort()).toEqual(['gender', 'id', 'meta', 'resourceType']);
    expect(Object.keys(body.meta).sort()).toEqual(['lastUpdated', 'versionId']);
  });

  it('refuses a body with another id, without one, or of another type', async () => {
    expectRefusal(await put('/u4', patient('u5')), 400, {
      code: 'invalid',
      expression: ['Patient.id'],
      diagnostics: 'u5',
    });
    expectRefusal(await put('/u4', patient(undefined)), 400, {
      expression: ['Patient.id'],
      diagnostics: '"id": "u4"',
    });
    expectRefusal(await put('/u4', { resourceType: 'Basic', id: 'u4', code: { text: 'x' } }), 400, {
      expression: ['resourceType'],
    });
    expect((await send('GET', `${server.base}/Patient/u4`)).status).toBe(404);
  });

  it('refuses an id that breaks the grammar', async () => {
    for (const id of ['a_b', 'x'.repeat(65), 'a b', 'ä', 'a/../b']) {
      expectRefusal(await put(`/${encodeURIComponent(id)}`, patient(id)), 400, { code: 'value' });
    }
  });

  it('makes no version where nothing changed, whatever the order of properties and the meta of the server', async () => {
    const content = {
      name: [{ family: 'Ode', given: ['A', 'B'] }],
      active: true,
      extension: [{ url: 'urn:x', valueDecimal: 1.5 }],
    };
    const first = await put('/u6', patient('u6', content));
    const same = [
      patient('u6', content),
      first.body,
      {
        active: true,
        extension: content.extension,
        name: [{ given: ['A', 'B'], family: 'Ode' }],
        id: 'u6',
        resourceType: 'Patient',
      },
    ];
    for (const body of same) {
      const again = await put('/u6', body);
      expect([again.status, again.headers.get('etag'), again.body]).toEqual([200, 'W/"1"', first.body]);
      expect(again.headers.get('last-modified')).toBe(first.headers.get('last-modified'));
    }
    expect(await versions('u6')).toBe(1);
    const said = await put('/u6', first.body, { prefer: 'return=OperationOutcome' });
    expect(said.body.issue[0].diagnostics).toContain('version 1 stays current');
    expect(
      (await put('/u6', patient('u6', { ...content, name: [{ family: 'Ode', given: ['B', 'A'] }] }))).status,
    ).toBe(200);
    expect(await versions('u6')).toBe(2);
  });

  it('takes a decimal of another precision for a change', async () => {
    const text = (value: string) =>
      `{"resourceType":"Patient","id":"u7","extension":[{"url":"urn:x","valueDecimal":${value}}]}`;
    const tags = [];
    for (const value of ['1.5', '1.50', '1.50', '15e-1'])
      tags.push((await put('/u7', text(value))).headers.get('etag'));
    expect(tags).toEqual(['W/"1"', 'W/"2"', 'W/"2"', 'W/"3"']);
  });

  it('brings a deleted resource back as its next version', async () => {
    await put('/u8', patient('u8'));
    await send('DELETE', `${server.base}/Patient/u8`);
    const { status, headers } = await put('/u8', patient('u8'));
    expect([status, headers.get('etag')]).toEqual([201, 'W/"3"']);
    expect((await send('GET', `${server.base}/Patient?_id=u8`)).body.entry).toHaveLength(1);
    expect(await versions('u8')).toBe(3);
  });
});

describe('version-aware update', () => {
  it('If-Match takes the current version and refuses any other with 412', async () => {
    await put('/m1', patient('m1'));
    for (const [n, tag] of ['W/"1"', '"2"', '3'].entries()) {
      const { status } = await put('/m1', patient('m1', { multipleBirthInteger: n }), { 'if-match': tag });
      expect([tag, status]).toEqual([tag, 200]);
    }
    for (const tag of ['W/"1"', 'W/"5"', '"0"']) {
      expectRefusal(await put('/m1', patient('m1', { active: true }), { 'if-match': tag }), 412, {
        code: 'conflict',
      });
    }
    expect(await versions('m1')).toBe(4);
  });

  it('If-Match refuses what does not exist or is deleted, also as *', async () => {
    for (const tag of ['W/"1"', '*']) {
      expectRefusal(await put('/m2', patient('m2'), { 'if-match': tag }), 412, { code: 'conflict' });
    }
    expect((await send('GET', `${server.base}/Patient/m2`)).status).toBe(404);
    await put('/m3', patient('m3'));
    expect((await put('/m3', patient('m3', { active: true }), { 'if-match': '*' })).status).toBe(200);
    await send('DELETE', `${server.base}/Patient/m3`);
    for (const tag of ['W/"3"', '*'])
      expectRefusal(await put('/m3', patient('m3'), { 'if-match': tag }), 412);
  });

  it('refuses a malformed If-Match', async () => {
    for (const tag of ['abc', 'W/"x"', 'W/1"', '""', 'W/"1", W/"2"']) {
      expectRefusal(await put('/m4', patient('m4'), { 'if-match': tag }), 400, {
        code: 'value',
        diagnostics: 'If-Match',
      });
    }
  });

  it('If-None-Match: * creates only', async () => {
    expect((await put('/m5', patient('m5'), { 'if-none-match': '*' })).status).toBe(201);
    expectRefusal(await put('/m5', patient('m5', { active: true }), { 'if-none-match': '*' }), 412);
    expect(await versions('m5')).toBe(1);
    await send('DELETE', `${server.base}/Patient/m5`);
    expect((await put('/m5', patient('m5'), { 'if-none-match': '*' })).status).toBe(201);
    expectRefusal(await put('/m5', patient('m5'), { 'if-none-match': 'W/"1"' }), 400, {
      diagnostics: 'If-None-Match',
    });
  });
});

describe('conditional update', () => {
  it('creates where nothing matches, with the id of the body if it has one', async () => {
    const made = await put('?identifier=urn:mrn|k1', identified('k1'));
    expect([made.status, made.headers.get('etag')]).toEqual([201, 'W/"1"']);
    const chosen = await put('?identifier=urn:mrn|k2', { ...identified('k2'), id: 'k2-id' });
    expect([chosen.status, chosen.body.id]).toEqual([201, 'k2-id']);
  });

  it('updates the one match, whose id the body may have but no other', async () => {
    const { body } = await put('?identifier=urn:mrn|k3', identified('k3'));
    const updated = await put('?identifier=urn:mrn|k3', identified('k3', { active: true }));
    expect([updated.status, updated.body.id, updated.headers.get('etag')]).toEqual([200, body.id, 'W/"2"']);
    const withId = await put('?identifier=urn:mrn|k3', identified('k3', { id: body.id, active: false }));
    expect([withId.status, withId.headers.get('etag')]).toEqual([200, 'W/"3"']);
    expectRefusal(await put('?identifier=urn:mrn|k3', identified('k3', { id: 'other' })), 400, {
      expression: ['Patient.id'],
    });
    expect(
      (await put('?identifier=urn:mrn|k3', identified('k3', { active: false }))).headers.get('etag'),
    ).toBe('W/"3"');
  });

  it('leaves a resource alone that has the id of the body but does not match', async () => {
    await put('/k4', { ...identified('k4'), id: 'k4' });
    expectRefusal(await put('?identifier=urn:mrn|k4-other', { ...identified('k4-other'), id: 'k4' }), 409, {
      code: 'conflict',
    });
    expect((await send('GET', `${server.base}/Patient/k4`)).body.identifier[0].value).toBe('k4');
  });

  it('refuses several matches with 412 and criteria that do not select with 400', async () => {
    await send('POST', `${server.base}/Patient`, identified('k5'));
    await send('POST', `${server.base}/Patient`, identified('k5'));
    expectRefusal(await put('?identifier=urn:mrn|k5', identified('k5')), 412, { code: 'multiple-matches' });
    for (const query of ['', '?', '?_pretty=true', '?identifer=x', '?_count=5'])
      expectRefusal(await put(query, identified('k5')), 400);
  });

  it('obeys If-Match', async () => {
    const { body } = await put('?identifier=urn:mrn|k6', identified('k6'));
    const query = '?identifier=urn:mrn|k6&_format=json';
    expectRefusal(await put(query, identified('k6', { active: true }), { 'if-match': 'W/"2"' }), 412);
    expect((await put(query, identified('k6', { active: true }), { 'if-match': 'W/"1"' })).body.id).toBe(
      body.id,
    );
  });
});
