// batch and transaction (http.html#transaction): every method as an entry, in the order of processing, answered in the order of
// the request.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  ask,
  batch,
  byIdentifier,
  fhirPathReplace,
  identified,
  type Json,
  jsonPatch,
  locationOf,
  observation,
  post,
  put,
  readBack,
  statuses,
  transaction,
} from './bundleSupport.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

describe.each([
  ['transaction', transaction],
  ['batch', batch],
] as const)('every method in a %s', (type, bundle) => {
  const id = (name: string) => `${type}-${name}`;

  it('answers entry by entry in the order they came', async () => {
    await accepted(
      base,
      batch(
        ['old', 'json', 'path', 'kept', 'gone'].map((name) =>
          put({ resourceType: 'Patient', id: id(name), gender: 'unknown' }),
        ),
      ),
    );
    const response = await accepted(
      base,
      bundle([
        ask('GET', `Patient/${id('kept')}`),
        fhirPathReplace(`Patient/${id('path')}`, 'Patient.gender', { valueCode: 'female' }),
        jsonPatch(`Patient/${id('json')}`, [{ op: 'replace', path: '/gender', value: 'male' }]),
        put({ resourceType: 'Patient', id: id('old'), gender: 'other' }),
        put({ resourceType: 'Patient', id: id('new') }),
        post({ resourceType: 'Patient', gender: 'other' }),
        ask('DELETE', `Patient/${id('gone')}`),
        ask('HEAD', `Patient/${id('kept')}`),
        ask('DELETE', `Patient/${id('never')}`),
      ]),
    );
    expect(response).toMatchObject({ resourceType: 'Bundle', type: `${type}-response` });
    expect(statuses(response)).toEqual([200, 200, 200, 200, 201, 201, 204, 200, 204]);
    const [read, path, json, updated, created, posted, deleted, head, absent] = response.entry;
    expect(read.resource).toMatchObject({ id: id('kept'), gender: 'unknown' });
    expect(read.response).toEqual({
      status: '200 OK',
      etag: 'W/"1"',
      lastModified: read.resource.meta.lastUpdated,
    });
    expect(head.resource).toBeUndefined();
    expect(head.response).toEqual(read.response);
    for (const [entry, name, version] of [
      [path, 'path', 2],
      [json, 'json', 2],
      [updated, 'old', 2],
      [created, 'new', 1],
    ]) {
      expect(entry).toEqual({
        fullUrl: `${base}/Patient/${id(name)}`,
        response: {
          status: version === 1 ? '201 Created' : '200 OK',
          location: `Patient/${id(name)}/_history/${version}`,
          etag: `W/"${version}"`,
          lastModified: (await readBack(base, `Patient/${id(name)}`)).meta.lastUpdated,
        },
      });
    }
    expect(posted.response.status).toBe('201 Created');
    expect((await readBack(base, locationOf(posted))).gender).toBe('other');
    expect((await readBack(base, `Patient/${id('path')}`)).gender).toBe('female');
    expect((await readBack(base, `Patient/${id('json')}`)).gender).toBe('male');
    expect(deleted.response).toMatchObject({ status: '204 No Content', etag: 'W/"2"' });
    expect(deleted.response.location).toBeUndefined();
    expect(absent).toEqual({ response: { status: '204 No Content' } });
    expect((await send('GET', `${base}/Patient/${id('gone')}`)).status).toBe(410);
  });

  it('reads by vread, history, search and $everything, and sees what the same bundle wrote', async () => {
    const response = await accepted(
      base,
      bundle([
        ask('GET', `Patient/${id('reader')}/_history/1`),
        ask('GET', `Patient/${id('reader')}/_history`),
        ask('GET', `Observation?subject=Patient/${id('reader')}&_count=1`),
        ask('GET', `/Patient/${id('reader')}/$everything`),
        ask('GET', `${base}/Patient/${id('reader')}?_elements=gender`),
        ask('GET', `Observation/_history?_count=1`),
        ask('GET', `_history?_count=1`),
        ask('GET', `Patient?_id=${id('reader')}&_summary=count`),
        ask('HEAD', `Patient?_id=${id('reader')}`),
        // Reads may repeat themselves: only writes have identities to share.
        ask('HEAD', `Patient?_id=${id('reader')}`),
        put({ resourceType: 'Patient', id: id('reader'), gender: 'female', birthDate: '1970-01-01' }),
        put({ ...observation(`Patient/${id('reader')}`), id: id('o1') }),
        put({ ...observation(`Patient/${id('reader')}`), id: id('o2') }),
      ]),
    );
    expect(statuses(response)).toEqual([...Array(10).fill(200), 201, 201, 201]);
    const [version, versions, found, all, part, ofType, ofAll, count, head] = response.entry.map(
      (entry: Json) => entry.resource,
    );
    expect(version).toMatchObject({ resourceType: 'Patient', id: id('reader'), meta: { versionId: '1' } });
    expect(versions).toMatchObject({ type: 'history', total: 1 });
    expect(found).toMatchObject({ type: 'searchset', entry: [{ resource: { id: id('o2') } }] });
    expect(found.link.map((link: Json) => link.relation)).toEqual(['self', 'next']);
    expect(all.entry.map((entry: Json) => entry.resource.id).sort()).toEqual([
      id('o1'),
      id('o2'),
      id('reader'),
    ]);
    expect(part).toMatchObject({ gender: 'female' });
    expect(part.birthDate).toBeUndefined();
    expect([ofType.type, ofAll.type]).toEqual(['history', 'history']);
    expect(count).toMatchObject({ type: 'searchset', total: 1 });
    expect(count.entry).toBeUndefined();
    expect(head).toBeUndefined();
  });

  it('processes deletes before creates, and reads at the end', async () => {
    const name = `Patient/${id('ordered')}`;
    const key = id('order');
    await accepted(base, batch([put({ ...identified('Patient', key), id: id('ordered') })]));
    const response = await accepted(
      base,
      bundle([
        ask('GET', `Patient?${byIdentifier(key)}`),
        post(identified('Patient', key), undefined, { ifNoneExist: byIdentifier(key) }),
        ask('DELETE', name),
      ]),
    );
    // The delete made room for the create, and the search found only what was created.
    expect(statuses(response)).toEqual([200, 201, 204]);
    const ids = response.entry[0].resource.entry.map((entry: Json) => `Patient/${entry.resource.id}`);
    expect(ids).toEqual([locationOf(response.entry[1])]);
    expect(ids).not.toEqual([name]);
  });
});

describe('Prefer', () => {
  const written = () => [
    post({ resourceType: 'Patient', gender: 'male' }),
    put({ resourceType: 'Patient', id: 'prefer', gender: 'female' }),
    ask('DELETE', 'Patient/prefer-gone'),
  ];

  it('return=minimal, the default, leaves bodies out', async () => {
    for (const prefer of ['', 'return=minimal']) {
      const response = await accepted(base, transaction(written()), { prefer });
      for (const entry of response.entry) {
        expect(entry.resource).toBeUndefined();
        expect(entry.response.outcome).toBeUndefined();
      }
    }
  });

  it('return=representation gives what is stored now, also for what was only matched', async () => {
    await accepted(base, transaction([post(identified('Patient', 'prefer-matched', { gender: 'other' }))]));
    const response = await accepted(
      base,
      transaction([
        ...written(),
        post(identified('Patient', 'prefer-matched'), undefined, {
          ifNoneExist: byIdentifier('prefer-matched'),
        }),
      ]),
      { prefer: 'return=representation' },
    );
    const [created, updated, deleted, matched] = response.entry;
    expect(created.resource).toEqual(await readBack(base, locationOf(created)));
    expect(updated.resource).toEqual(await readBack(base, 'Patient/prefer'));
    expect(deleted.resource).toBeUndefined();
    expect(matched).toMatchObject({
      resource: { gender: 'other' },
      response: { status: '200 OK', etag: 'W/"1"' },
    });
  });

  it('return=OperationOutcome says what was done', async () => {
    const response = await accepted(base, transaction(written()), { prefer: 'return=OperationOutcome' });
    const said = response.entry.map((entry: Json) => entry.response.outcome?.issue[0].diagnostics);
    expect(said[0]).toMatch(/^Patient\/\S+ was created\.$/);
    expect(said[1]).toMatch(/^Patient\/prefer /);
    expect(said[2]).toBe('There was nothing to delete.');
    for (const entry of response.entry) expect(entry.resource).toBeUndefined();
  });
});

describe('bundles that are none of these', () => {
  it('take an empty bundle, with or without the empty list', async () => {
    for (const type of ['batch', 'transaction']) {
      for (const bundle of [
        { resourceType: 'Bundle', type },
        { resourceType: 'Bundle', type, entry: [] },
      ]) {
        const response = await accepted(base, bundle);
        expect(response).toMatchObject({ type: `${type}-response` });
        expect(response.entry).toBeUndefined();
      }
    }
  });

  it('refuses every other type and every other resource at the base', async () => {
    const types = ['document', 'message', 'collection', 'searchset', 'history', 'transaction-response', 'x'];
    for (const type of [...types, undefined, 7]) {
      const { status, body } = await send('POST', base, { resourceType: 'Bundle', type, entry: [] });
      expect({ type, status, expression: body.issue[0].expression }).toEqual({
        type,
        status: 400,
        expression: ['Bundle.type'],
      });
    }
    expect((await send('POST', base, { resourceType: 'Patient' })).status).toBe(400);
    expect((await send('POST', base, [])).status).toBe(400);
    const odd = await send('POST', base, { resourceType: 'Bundle', type: 'batch', entry: { request: {} } });
    expect({ status: odd.status, expression: odd.body.issue[0].expression }).toEqual({
      status: 400,
      expression: ['Bundle.entry'],
    });
  });

  it('refuses what a Bundle does not have, such as entries misspelled', async () => {
    const misspelled = {
      resourceType: 'Bundle',
      type: 'transaction',
      entries: [post({ resourceType: 'Patient' })],
    };
    const { status, body } = await send('POST', base, misspelled);
    expect({ status, expression: body.issue[0].expression }).toEqual({
      status: 400,
      expression: ['Bundle.entries'],
    });
  });

  it('stores a Bundle that is posted to /Bundle as it is', async () => {
    const stored = transaction([
      post({ resourceType: 'Patient', id: 'inner' }, 'urn:uuid:5d5fb1e5-1d2c-4b3f-8f53-6f8c1c0c1a11'),
      post(observation('urn:uuid:5d5fb1e5-1d2c-4b3f-8f53-6f8c1c0c1a11')),
      post(observation('Patient?identifier=https://example.org/ids|nobody')),
    ]);
    const { status, body } = await send('POST', `${base}/Bundle`, stored);
    expect(status).toBe(201);
    expect((await readBack(base, `Bundle/${body.id}`)).entry).toEqual(stored.entry);
    expect((await send('GET', `${base}/Patient/inner`)).status).toBe(404);
    // The same as an entry of a transaction, whose own links are rewritten while those inside stay.
    const response = await accepted(
      base,
      transaction([
        post(stored),
        post({ resourceType: 'Patient' }, 'urn:uuid:5d5fb1e5-1d2c-4b3f-8f53-6f8c1c0c1a11'),
      ]),
    );
    expect((await readBack(base, locationOf(response.entry[0]))).entry).toEqual(stored.entry);
  });
});
