// delete and conditional delete (http.html#delete, #cdelete).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
let multiple: TestServer;
beforeAll(async () => {
  [server, multiple] = await Promise.all([
    startTestServer(),
    startTestServer({ CONDITIONAL_DELETE: 'multiple' }),
  ]);
});
afterAll(() => Promise.all([server.stop(), multiple.stop()]));

const identified = (value: string) => ({
  resourceType: 'Patient',
  identifier: [{ system: 'urn:mrn', value }],
});
const create = async (value: string, { base } = server) =>
  `${base}/Patient/${(await send('POST', `${base}/Patient`, identified(value))).body.id}`;
const remove = (path: string, headers: Record<string, string> = {}, { base } = server) =>
  send('DELETE', `${base}/Patient${path}`, undefined, headers);
const count = async (value: string, { base } = server) =>
  (await send('GET', `${base}/Patient?identifier=${value}&_summary=count`)).body.total;

describe('delete', () => {
  it('answers 204; the resource is gone from reads and searches but not from its history', async () => {
    const url = await create('d1');
    const { status, text, headers } = await send('DELETE', url);
    expect([status, text, headers.get('etag')]).toEqual([204, '', 'W/"2"']);
    expect((await send('GET', url)).status).toBe(410);
    expect(await count('d1')).toBe(0);
    const id = url.split('/').at(-1);
    expect((await send('GET', `${server.base}/Patient?_id=${id}`)).body.entry).toBeUndefined();
    const { body } = await send('GET', `${url}/_history`);
    expect(body.total).toBe(2);
    expect(body.entry[0]).toEqual({
      fullUrl: url,
      request: { method: 'DELETE', url: `Patient/${id}` },
      response: { status: '204 No Content', etag: 'W/"2"', lastModified: expect.any(String) },
    });
    expect(body.entry[1].resource.identifier[0].value).toBe('d1');
    expect((await send('GET', `${url}/_history/1`)).status).toBe(200);
  });

  it('is idempotent: no further version, and no error for what never was', async () => {
    const url = await create('d2');
    for (const tag of ['W/"2"', 'W/"2"']) {
      const { status, headers } = await send('DELETE', url);
      expect([status, headers.get('etag')]).toEqual([204, tag]);
    }
    expect((await send('GET', `${url}/_history`)).body.total).toBe(2);
    const never = await remove('/never');
    expect([never.status, never.headers.get('etag')]).toEqual([204, null]);
    expect((await send('GET', `${server.base}/Patient/never`)).status).toBe(404);
    expectRefusal(await remove('/not_valid'), 400);
  });

  it('obeys If-Match', async () => {
    const url = await create('d3');
    for (const tag of ['W/"2"', 'W/"0"']) {
      expectRefusal(await send('DELETE', url, undefined, { 'if-match': tag }), 412, { code: 'conflict' });
    }
    expectRefusal(await send('DELETE', url, undefined, { 'if-match': 'nonsense' }), 400);
    expect((await send('DELETE', url, undefined, { 'if-match': 'W/"1"' })).status).toBe(204);
    expectRefusal(await send('DELETE', url, undefined, { 'if-match': 'W/"1"' }), 412);
  });

  it('answers Prefer: return=OperationOutcome with one', async () => {
    const url = await create('d4');
    const said = await send('DELETE', url, undefined, { prefer: 'return=OperationOutcome' });
    expect([said.status, said.body.issue[0].diagnostics]).toEqual([
      200,
      expect.stringContaining('was deleted'),
    ]);
    const again = await send('DELETE', url, undefined, { prefer: 'return=OperationOutcome' });
    expect([again.status, again.body.issue[0].diagnostics]).toEqual([200, 'There was nothing to delete.']);
    expect((await send('DELETE', url, undefined, { prefer: 'return=representation' })).status).toBe(204);
  });
});

describe('conditional delete', () => {
  it('deletes the one match, and nothing where nothing matches', async () => {
    const url = await create('c1');
    expect((await remove('?identifier=urn:mrn|c1&_format=json')).status).toBe(204);
    expect((await send('GET', url)).status).toBe(410);
    expect((await remove('?identifier=urn:mrn|c1')).status).toBe(204);
    expect((await send('GET', `${url}/_history`)).body.total).toBe(2);
  });

  it('deletes none of several, unless the server is set to', async () => {
    for (const each of [server, multiple]) for (let i = 0; i < 3; i++) await create('c2', each);
    expectRefusal(await remove('?identifier=urn:mrn|c2'), 412, { code: 'multiple-matches' });
    expect(await count('c2')).toBe(3);
    const said = await remove('?identifier=urn:mrn|c2', { prefer: 'return=OperationOutcome' }, multiple);
    expect([said.status, said.body.issue[0].diagnostics]).toEqual([
      200,
      expect.stringContaining('and 2 more'),
    ]);
    expect(await count('c2', multiple)).toBe(0);
    expect((await remove('?identifier=urn:mrn|c2', {}, multiple)).status).toBe(204);
  });

  it('refuses criteria that do not select, and keeps everything', async () => {
    await create('c3', multiple);
    for (const query of ['', '?', '?_pretty=true'])
      expectRefusal(await remove(query, {}, multiple), 412, { code: 'required' });
    for (const query of ['?identifer=c3', '?_count=1', '?identifier=', '?_sort=name']) {
      expectRefusal(await remove(query, { prefer: 'handling=lenient' }, multiple), 400);
    }
    expect(await count('c3', multiple)).toBe(1);
  });

  it('obeys If-Match', async () => {
    await create('c4');
    expectRefusal(await remove('?identifier=urn:mrn|c4', { 'if-match': 'W/"3"' }), 412);
    expect((await remove('?identifier=urn:mrn|c4', { 'if-match': 'W/"1"' })).status).toBe(204);
  });

  it('says which kind it offers', async () => {
    const offered = async ({ base }: TestServer) =>
      (await send('GET', `${base}/metadata`)).body.rest[0].resource[0].conditionalDelete;
    expect([await offered(server), await offered(multiple)]).toEqual(['single', 'multiple']);
  });
});
