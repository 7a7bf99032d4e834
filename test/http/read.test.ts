// read, vread and HEAD (http.html#read, #vread), conditional read (#cread), _summary and _elements (search.html#summary).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
const observation = {
  resourceType: 'Observation',
  meta: { tag: [{ system: 'urn:tags', code: 'kept' }] },
  text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Weight</div>' },
  status: 'final',
  _status: { id: 's1' },
  code: { text: 'Weight' },
  effectiveDateTime: '2024-05-01',
  note: [{ text: 'not in the summary' }],
  component: [{ code: { text: 'part' }, valueString: 'x', interpretation: [{ text: 'not in the summary' }] }],
};

async function created(resource: unknown): Promise<string> {
  const { resourceType } = resource as { resourceType: string };
  const { status, body } = await send('POST', `${server.base}/${resourceType}`, resource);
  expect(status).toBe(201);
  return `${server.base}/${resourceType}/${body.id}`;
}

describe('read', () => {
  it('answers the current version with ETag, Last-Modified and Content-Type', async () => {
    const url = await created({ resourceType: 'Patient', active: true });
    const { status, headers, body } = await send('GET', url);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(headers.get('etag')).toBe('W/"1"');
    const modified = Date.parse(headers.get('last-modified')!);
    expect(modified).toBe(Math.floor(Date.parse(body.meta.lastUpdated) / 1000) * 1000);
    expect(body).toMatchObject({ resourceType: 'Patient', active: true, meta: { versionId: '1' } });
    expect(url.endsWith(body.id)).toBe(true);
  });

  it('tells a resource that never was (404) from a deleted one (410)', async () => {
    expectRefusal(await send('GET', `${server.base}/Patient/never`), 404, {
      code: 'not-found',
      diagnostics: 'Patient/never',
    });
    const url = await created({ resourceType: 'Patient' });
    await send('DELETE', url);
    expectRefusal(await send('GET', url), 410, { code: 'deleted', diagnostics: 'version 2' });
  });

  it('does not find a resource under another type, or an id in another case', async () => {
    await send('PUT', `${server.base}/Patient/Abc`, { resourceType: 'Patient', id: 'Abc' });
    expect((await send('GET', `${server.base}/Observation/Abc`)).status).toBe(404);
    expect((await send('GET', `${server.base}/Patient/abc`)).status).toBe(404);
    expect((await send('GET', `${server.base}/Patient/Abc`)).status).toBe(200);
  });

  it('refuses an id that breaks the grammar', async () => {
    for (const id of ['a_b', 'a%20b', '%00', 'x'.repeat(65), 'ä']) {
      expectRefusal(await send('GET', `${server.base}/Patient/${id}`), 400, { code: 'value' });
    }
  });

  it('is served under /fhir as well', async () => {
    const url = await created({ resourceType: 'Patient' });
    expect((await send('GET', url.replace('/fhir/R4/', '/fhir/'))).status).toBe(200);
  });

  it('answers a conditional read with 304 and no body', async () => {
    const url = await created({ resourceType: 'Patient' });
    const modified = (await send('GET', url)).headers.get('last-modified')!;
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    const cases: [Record<string, string>, number][] = [
      [{ 'if-none-match': 'W/"1"' }, 304],
      [{ 'if-none-match': '"1"' }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': 'W/"7", W/"1"' }, 304],
      [{ 'if-none-match': 'W/"2"' }, 200],
      [{ 'if-none-match': 'W/"11"' }, 200],
      [{ 'if-modified-since': modified }, 304],
      [{ 'if-modified-since': before }, 200],
      [{ 'if-modified-since': 'not a date' }, 200],
      // RFC 9110 §13.1.3: If-None-Match takes precedence.
      [{ 'if-none-match': 'W/"2"', 'if-modified-since': modified }, 200],
      [{ 'if-none-match': 'W/"1"', 'if-modified-since': before }, 304],
    ];
    for (const [headers, status] of cases) {
      const answer = await send('GET', url, undefined, headers);
      expect({ headers, status: answer.status }).toEqual({ headers, status });
      expect(answer.headers.get('etag')).toBe('W/"1"');
      if (status === 304) expect(answer.text).toBe('');
    }
  });

  it('keeps decimals as they are when asked for _pretty', async () => {
    const url = await created({ resourceType: 'Patient' });
    const text = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50}}`;
    const posted = await send('POST', `${server.base}/Observation?_pretty=true`, text);
    expect(posted.text).toMatch(/\n {2}"status": "final",\n/);
    expect(posted.text).toContain('"value": 1.50\n');
    const read = await send('GET', `${server.base}/Observation/${posted.body.id}?_pretty=true`);
    expect(read.text).toContain('"value": 1.50\n');
    expect((await send('GET', `${url}?_pretty=false`)).text).not.toContain('\n');
  });
});

describe('vread', () => {
  it('reads each version, and tells the deletion (410) from a version that never was (404)', async () => {
    const url = await created({ resourceType: 'Patient', gender: 'female' });
    const id = url.split('/').at(-1);
    await send('PUT', url, { resourceType: 'Patient', id, gender: 'other' });
    await send('DELETE', url);
    const first = await send('GET', `${url}/_history/1`);
    expect(first.body).toMatchObject({ gender: 'female', meta: { versionId: '1' } });
    expect(first.headers.get('etag')).toBe('W/"1"');
    expect((await send('GET', `${url}/_history/2`)).body).toMatchObject({
      gender: 'other',
      meta: { versionId: '2' },
    });
    expectRefusal(await send('GET', `${url}/_history/3`), 410, { code: 'deleted' });
    for (const version of ['0', '4', '01', '-1', 'abc', '99999999999999999999']) {
      expectRefusal(await send('GET', `${url}/_history/${version}`), 404, { code: 'not-found' });
    }
    expectRefusal(await send('GET', `${server.base}/Patient/never/_history/1`), 404);
    expect((await send('GET', `${url}/_history/1`, undefined, { 'if-none-match': 'W/"1"' })).status).toBe(
      304,
    );
    expect((await send('GET', `${url}/_history/2?_elements=gender`)).body.meta.tag).toEqual([SUBSETTED]);
  });
});

describe('HEAD', () => {
  it('answers with the headers of GET and without a body', async () => {
    const url = await created({ resourceType: 'Patient' });
    for (const path of [
      url,
      `${url}/_history/1`,
      `${url}/_history`,
      `${server.base}/Patient?_id=x`,
      `${server.base}/metadata`,
    ]) {
      // Compressed answers have no Content-Length; ask for none.
      const plain = { 'accept-encoding': 'identity' };
      const [got, head] = [
        await send('GET', path, undefined, plain),
        await send('HEAD', path, undefined, plain),
      ];
      expect(head.status).toBe(200);
      expect(head.text).toBe('');
      for (const name of ['content-type', 'content-length', 'etag', 'last-modified']) {
        expect([path, name, head.headers.get(name)]).toEqual([path, name, got.headers.get(name)]);
      }
    }
    const missing = await send('HEAD', `${server.base}/Patient/never`);
    expect([missing.status, missing.text]).toEqual([404, '']);
    await send('DELETE', url);
    expect((await send('HEAD', url)).status).toBe(410);
  });
});

describe('_summary and _elements on read', () => {
  const partOf = async (query: string) => {
    const url = await created(observation);
    const { status, body, headers } = await send('GET', `${url}?${query}`);
    expect([query, status, headers.get('etag')]).toEqual([query, 200, 'W/"1"']);
    return body;
  };

  it('_summary=true keeps the summary elements, inside backbone elements too', async () => {
    const body = await partOf('_summary=true');
    expect(body).toMatchObject({
      status: 'final',
      _status: { id: 's1' },
      code: { text: 'Weight' },
      effectiveDateTime: '2024-05-01',
    });
    expect(body.text).toBeUndefined();
    expect(body.note).toBeUndefined();
    expect(body.component).toEqual([{ code: { text: 'part' }, valueString: 'x' }]);
    expect(body.meta.tag).toEqual([{ system: 'urn:tags', code: 'kept' }, SUBSETTED]);
    expect(body.meta.versionId).toBe('1');
  });

  it('_summary=text keeps the narrative and what is mandatory', async () => {
    const body = await partOf('_summary=text');
    expect(Object.keys(body).sort()).toEqual([
      '_status',
      'code',
      'id',
      'meta',
      'resourceType',
      'status',
      'text',
    ]);
    expect(body.meta.tag).toContainEqual(SUBSETTED);
  });

  it('_summary=data leaves out the narrative only', async () => {
    const body = await partOf('_summary=data');
    expect(body.text).toBeUndefined();
    expect(body.note).toEqual(observation.note);
    expect(body.meta.tag).toContainEqual(SUBSETTED);
  });

  it('_summary=false is the whole resource', async () => {
    const body = await partOf('_summary=false');
    expect(body).toMatchObject(observation);
    expect(body.meta.tag).toEqual(observation.meta.tag);
  });

  it('_summary=count and unknown values are refused', async () => {
    const url = await created(observation);
    for (const value of ['count', 'everything', '']) {
      expectRefusal(await send('GET', `${url}?_summary=${value}`), 400, { diagnostics: '_summary' });
    }
  });

  it('_elements keeps the named and the mandatory elements', async () => {
    const body = await partOf('_elements=note,effective');
    expect(Object.keys(body).sort()).toEqual([
      '_status',
      'code',
      'effectiveDateTime',
      'id',
      'meta',
      'note',
      'resourceType',
      'status',
    ]);
    expect(body.meta.tag).toContainEqual(SUBSETTED);
    expect(await partOf('_elements=Observation.note')).toMatchObject({ note: observation.note });
    expectRefusal(await send('GET', `${await created(observation)}?_elements=nots`), 400, {
      diagnostics: 'nots',
    });
  });
});
