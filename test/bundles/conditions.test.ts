// Conditions of entries: ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince, and conditional update, patch and delete
// (http.html#ccreate, #cond-update, #cdelete, #concurrency) inside batch and transaction.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  ask,
  batch,
  byIdentifier,
  expectRefusedEntry,
  identified,
  type Json,
  jsonPatch,
  locationOf,
  post,
  put,
  readBack,
  SYSTEM,
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

const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });
const stored = (...resources: Json[]) => accepted(base, batch(resources.map((resource) => put(resource))));
const found = async (criteria: string) =>
  ((await send('GET', `${base}/Patient?${criteria}`)).body.entry ?? []).map((entry: Json) => entry.resource);

describe('ifMatch', () => {
  it('lets update, patch and delete pass at the expected version only', async () => {
    await stored(patient('m1'), patient('m2'), patient('m3'), patient('m4'));
    const response = await accepted(
      base,
      batch([
        put(patient('m1', { active: true }), 'Patient/m1', { ifMatch: 'W/"1"' }),
        jsonPatch('Patient/m2', [{ op: 'add', path: '/active', value: true }], { ifMatch: 'W/"1"' }),
        ask('DELETE', 'Patient/m3', { ifMatch: 'W/"1"' }),
        put(patient('m4', { active: true }), 'Patient/m4', { ifMatch: 'W/"2"' }),
        ask('DELETE', 'Patient/m4', { ifMatch: 'W/"7"' }),
        put(patient('m-none'), 'Patient/m-none', { ifMatch: 'W/"1"' }),
        put(patient('m-odd'), 'Patient/m-odd', { ifMatch: 'yesterday' }),
      ]),
    );
    expect(statuses(response)).toEqual([200, 200, 204, 412, 412, 412, 400]);
    expect((await readBack(base, 'Patient/m4')).active).toBeUndefined();
    expect(response.entry[3].response.outcome).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'conflict', expression: ['Bundle.entry[3]'] }],
    });
  });

  it('refuses the whole transaction, naming the entry', async () => {
    await stored(patient('m5'), patient('m6'));
    const answer = await send(
      'POST',
      base,
      transaction([
        put(patient('m5', { active: true }), 'Patient/m5', { ifMatch: 'W/"1"' }),
        put(patient('m6', { active: true }), 'Patient/m6', { ifMatch: 'W/"2"' }),
      ]),
    );
    expectRefusedEntry(answer, 412, 1, 'Patient/m6 is at version 1', 'Bundle.entry[1]');
    expect((await readBack(base, 'Patient/m5')).meta.versionId).toBe('1');
  });
});

describe('ifNoneMatch and ifModifiedSince', () => {
  it('turn a read into 304 without a body', async () => {
    await stored(patient('r1'));
    const at = Date.parse((await readBack(base, 'Patient/r1')).meta.lastUpdated);
    const since = (ms: number) => new Date(at + ms).toISOString();
    const response = await accepted(
      base,
      batch([
        ask('GET', 'Patient/r1', { ifNoneMatch: 'W/"1"' }),
        ask('GET', 'Patient/r1', { ifNoneMatch: 'W/"2"' }),
        ask('GET', 'Patient/r1', { ifModifiedSince: since(1_000) }),
        ask('GET', 'Patient/r1', { ifModifiedSince: since(-2_000) }),
        ask('HEAD', 'Patient/r1/_history/1', { ifNoneMatch: 'W/"1"' }),
        // An instant in a Bundle, not the date of an HTTP header (bundle-definitions.html).
        ask('GET', 'Patient/r1', { ifModifiedSince: new Date(at).toUTCString() }),
      ]),
    );
    expect(statuses(response)).toEqual([304, 200, 304, 200, 304, 400]);
    const bodies = response.entry.map((entry: Json) => entry.resource !== undefined);
    expect(bodies).toEqual([false, true, false, true, false, false]);
  });

  it('ifNoneMatch "*" lets an update create, and nothing else', async () => {
    await stored(patient('n1'));
    const response = await accepted(
      base,
      batch([
        put(patient('n1', { active: true }), 'Patient/n1', { ifNoneMatch: '*' }),
        put(patient('n2'), 'Patient/n2', { ifNoneMatch: '*' }),
        put(patient('n3'), 'Patient/n3', { ifNoneMatch: 'W/"1"' }),
      ]),
    );
    expect(statuses(response)).toEqual([412, 201, 400]);
    expectRefusedEntry(
      await send('POST', base, transaction([put(patient('n2'), 'Patient/n2', { ifNoneMatch: '*' })])),
      412,
      0,
      'exists already',
    );
  });
});

describe('ifNoneExist', () => {
  it('creates where nothing matches, gives the match where one does, refuses several', async () => {
    const create = (value: string) =>
      post(identified('Patient', value), undefined, { ifNoneExist: byIdentifier(value) });
    const first = await accepted(base, transaction([create('c1')]));
    const second = await accepted(base, transaction([create('c1'), create('c2')]));
    expect([...statuses(first), ...statuses(second)]).toEqual([201, 200, 201]);
    expect(second.entry[0].response).toMatchObject({
      location: first.entry[0].response.location,
      etag: 'W/"1"',
    });
    expect(second.entry[0].fullUrl).toBe(first.entry[0].fullUrl);
    await accepted(base, batch([post(identified('Patient', 'c3')), post(identified('Patient', 'c3'))]));
    const answer = await send('POST', base, transaction([create('c4'), create('c3')]));
    expectRefusedEntry(answer, 412, 1, byIdentifier('c3'));
    expect(await found(byIdentifier('c4'))).toEqual([]);
  });

  it('takes several parameters and percent-encoding', async () => {
    const create = (ifNoneExist: string) =>
      post(identified('Patient', 'c5', { birthDate: '1980-02-03' }), undefined, { ifNoneExist });
    const encoded = `identifier=${encodeURIComponent(`${SYSTEM}|c5`)}&birthdate=1980-02-03`;
    const [first] = (await accepted(base, transaction([create(encoded)]))).entry;
    for (const same of [
      `${byIdentifier('c5')}&birthdate=1980-02-03`,
      `birthdate=1980-02-03&${byIdentifier('c5')}`,
    ]) {
      const [entry] = (await accepted(base, transaction([create(same)]))).entry;
      expect(entry.response.location).toBe(first.response.location);
    }
  });

  it('refuses criteria that are unknown or filter nothing', async () => {
    for (const ifNoneExist of ['identifer=x', '_count=1', 'identifier=', '_sort=name&identifier=x']) {
      const answer = await send(
        'POST',
        base,
        transaction([post(identified('Patient', 'c6'), undefined, { ifNoneExist })]),
      );
      expectRefusedEntry(answer, 400, 0, /./);
    }
    expect(await found(byIdentifier('c6'))).toEqual([]);
  });
});

describe('conditional update', () => {
  it('updates the one match, creates where there is none, refuses several', async () => {
    await accepted(
      base,
      batch([
        post(identified('Patient', 'u1')),
        post(identified('Patient', 'u2')),
        post(identified('Patient', 'u2')),
      ]),
    );
    const update = (value: string, more: object = {}) =>
      put(identified('Patient', value, { active: true, ...more }), `Patient?${byIdentifier(value)}`);
    const response = await accepted(
      base,
      transaction([update('u1'), update('u3'), update('u4', { id: 'u4-chosen' })]),
    );
    expect(statuses(response)).toEqual([200, 201, 201]);
    expect(await found(byIdentifier('u1'))).toMatchObject([{ active: true, meta: { versionId: '2' } }]);
    expect(await found(byIdentifier('u3'))).toHaveLength(1);
    expect(await found(byIdentifier('u4'))).toMatchObject([{ id: 'u4-chosen' }]);
    expectRefusedEntry(
      await send('POST', base, transaction([update('u5'), update('u2')])),
      412,
      1,
      'Several',
    );
    expect(await found(byIdentifier('u5'))).toEqual([]);
    // The body names another resource than the criteria select.
    expectRefusedEntry(
      await send('POST', base, transaction([update('u1', { id: 'another' })])),
      400,
      0,
      'the body has the id "another"',
      'Bundle.entry[0].resource.id',
    );
  });

  it('does not overwrite a resource that its criteria do not match', async () => {
    await stored(patient('u6', { active: false }));
    const answer = await send(
      'POST',
      base,
      transaction([put(identified('Patient', 'u6-new', { id: 'u6' }), `Patient?${byIdentifier('u6-new')}`)]),
    );
    expectRefusedEntry(answer, 409, 0, 'Patient/u6');
    expect(await readBack(base, 'Patient/u6')).toMatchObject({ active: false, meta: { versionId: '1' } });
  });
});

describe('conditional patch and delete', () => {
  const activate = [{ op: 'add', path: '/active', value: true }];

  it('patch the one match; none is 404, several 412', async () => {
    await accepted(base, batch(['p1', 'p2', 'p2'].map((value) => post(identified('Patient', value)))));
    const response = await accepted(
      base,
      batch(['p1', 'p2', 'p3'].map((value) => jsonPatch(`Patient?${byIdentifier(value)}`, activate))),
    );
    expect(statuses(response)).toEqual([200, 412, 404]);
    expect(await found(byIdentifier('p1'))).toMatchObject([{ active: true }]);
  });

  it('delete the one match; none is 204, several 412 unless enabled', async () => {
    await accepted(base, batch(['d1', 'd2', 'd2'].map((value) => post(identified('Patient', value)))));
    const remove = (value: string) => ask('DELETE', `Patient?${byIdentifier(value)}`);
    expect(statuses(await accepted(base, batch([remove('d1'), remove('d2'), remove('d3')])))).toEqual([
      204, 412, 204,
    ]);
    expect(await found(byIdentifier('d1'))).toEqual([]);
    expect(await found(byIdentifier('d2'))).toHaveLength(2);
  });

  it('delete many where the server is set so', async () => {
    const multiple = await startTestServer({ CONDITIONAL_DELETE: 'multiple' });
    try {
      await accepted(
        multiple.base,
        batch(['d4', 'd4', 'd4'].map((value) => post(identified('Patient', value)))),
      );
      const remove = ask('DELETE', `Patient?${byIdentifier('d4')}`);
      const response = await accepted(multiple.base, transaction([remove]), {
        prefer: 'return=OperationOutcome',
      });
      expect(statuses(response)).toEqual([200]);
      expect(response.entry[0].response.outcome.issue[0].diagnostics).toMatch(/and 2 more were deleted/);
      const left = await send('GET', `${multiple.base}/Patient?${byIdentifier('d4')}`);
      expect(left.body.entry).toBeUndefined();
    } finally {
      await multiple.stop();
    }
  });

  it('delete and create anew under the same criteria in one transaction', async () => {
    const criteria = byIdentifier('d5');
    const [before] = (await accepted(base, transaction([post(identified('Patient', 'd5'))]))).entry;
    const response = await accepted(
      base,
      transaction([
        post(identified('Patient', 'd5', { active: true }), undefined, { ifNoneExist: criteria }),
        ask('DELETE', `Patient?${criteria}`),
      ]),
    );
    expect(statuses(response)).toEqual([201, 204]);
    expect(locationOf(response.entry[0])).not.toBe(locationOf(before));
    expect(await found(criteria)).toMatchObject([{ active: true }]);
    expect((await send('GET', `${base}/${locationOf(before)}`)).status).toBe(410);
  });
});
