// batch (http.html#transaction): each entry by itself, so that a refused one leaves the others alone; entries that concern the same
// resource take turns.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { typeCounts } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  ask,
  batch,
  byIdentifier,
  identified,
  type Json,
  jsonPatch,
  locationOf,
  observation,
  post,
  put,
  readBack,
  SYSTEM,
  statuses,
  urn,
} from './bundleSupport.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });

describe('refusals', () => {
  it('stay with their entries, which name themselves', async () => {
    const before = (await typeCounts(server.databaseUrl)).Patient ?? 0;
    const response = await accepted(
      base,
      batch([
        put(patient('b1')),
        post({ resourceType: 'Patient', nme: 1 }),
        ask('GET', 'Patient/never'),
        { request: { method: 'GET' } },
        ask('DELETE', 'Nothing/1'),
        put(patient('b2'), 'Patient/b2', { ifMatch: 'W/"3"' }),
        jsonPatch('Patient/never', [{ op: 'add', path: '/active', value: true }]),
        ask('GET', 'Patient?nme=x'),
        null,
        post({ resourceType: 'Patient' }),
      ]),
    );
    expect(statuses(response)).toEqual([201, 400, 404, 400, 400, 412, 404, 400, 400, 201]);
    response.entry.slice(1, 9).forEach((entry: Json, i: number) => {
      const { outcome } = entry.response;
      expect(outcome).toMatchObject({ resourceType: 'OperationOutcome', issue: [{ severity: 'error' }] });
      expect(outcome.issue[0].diagnostics).toMatch(new RegExp(`^Entry ${i + 1}: `));
      expect(outcome.issue[0].expression[0]).toMatch(new RegExp(`^Bundle\\.entry\\[${i + 1}\\]`));
      expect(entry.resource).toBeUndefined();
      expect(entry.response.location).toBeUndefined();
    });
    expect((await typeCounts(server.databaseUrl)).Patient).toBe(before + 2);
  });

  it('of one entry do not hold back links between others', async () => {
    const response = await accepted(
      base,
      batch([
        post(observation(urn(1), { performer: [{ reference: urn(2) }, { reference: 'urn:oid:1.2' }] })),
        post({ resourceType: 'Patient' }, urn(1)),
        post({ resourceType: 'Practitioner', nme: 1 }, urn(2)),
      ]),
    );
    expect(statuses(response)).toEqual([201, 201, 400]);
    const stored = await readBack(base, locationOf(response.entry[0]));
    expect(stored.subject.reference).toBe(locationOf(response.entry[1]));
    expect(stored.performer).toEqual([{ reference: urn(2) }, { reference: 'urn:oid:1.2' }]);
  });
});

describe('entries for the same resource', () => {
  it('take turns: deletes, then updates and patches in their order', async () => {
    await accepted(base, batch([put(patient('t1'))]));
    const response = await accepted(
      base,
      batch([
        put(patient('t1', { gender: 'male' })),
        jsonPatch('Patient/t1', [{ op: 'add', path: '/active', value: true }]),
        put(patient('t1', { gender: 'female' })),
        ask('DELETE', 'Patient/t1'),
        ask('GET', 'Patient/t1'),
        put(patient('t1', { gender: 'female' })),
      ]),
    );
    expect(statuses(response)).toEqual([201, 200, 200, 204, 200, 200]);
    const versions = [0, 1, 2, 3, 5].map((i) => response.entry[i].response.etag);
    expect(versions).toEqual(['W/"3"', 'W/"4"', 'W/"5"', 'W/"2"', 'W/"5"']);
    expect(response.entry[4].resource).toMatchObject({ gender: 'female', meta: { versionId: '5' } });
    const history = (await send('GET', `${base}/Patient/t1/_history`)).body;
    expect(history.entry.map((entry: Json) => entry.request.method)).toEqual([
      'PUT',
      'PATCH',
      'PUT',
      'DELETE',
      'PUT',
    ]);
  });

  it('answer a condition from what the turn before left', async () => {
    const response = await accepted(
      base,
      batch([
        put(patient('t2')),
        put(patient('t2', { active: true }), 'Patient/t2', { ifMatch: 'W/"1"' }),
        put(patient('t2', { active: false }), 'Patient/t2', { ifMatch: 'W/"1"' }),
        put(patient('t2'), 'Patient/t2', { ifNoneMatch: '*' }),
      ]),
    );
    expect(statuses(response)).toEqual([201, 200, 412, 412]);
  });

  it('that are created under the same criteria are one, however the criteria are spelled', async () => {
    const create = (ifNoneExist: string) => post(identified('Patient', 'same'), undefined, { ifNoneExist });
    const response = await accepted(
      base,
      batch([
        create(byIdentifier('same')),
        create(byIdentifier('same')),
        create(`identifier=${encodeURIComponent(`${SYSTEM}|same`)}`),
        put(identified('Patient', 'same', { active: true }), `Patient?${byIdentifier('same')}`),
        put(identified('Patient', 'same', { active: true }), `Patient?${byIdentifier('same')}`),
      ]),
    );
    expect(statuses(response)).toEqual([201, 200, 200, 200, 200]);
    expect(new Set(response.entry.map(locationOf)).size).toBe(1);
    expect(response.entry[4].response.etag).toBe('W/"2"');
  });

  it('are created once where criteria that differ mean the same one', async () => {
    await accepted(
      base,
      batch([put({ ...identified('Patient', 'two-ways'), id: 'two-ways', birthDate: '1999-09-09' })]),
    );
    const response = await accepted(
      base,
      batch([
        post(identified('Patient', 'two-ways'), undefined, { ifNoneExist: byIdentifier('two-ways') }),
        post(identified('Patient', 'two-ways'), undefined, { ifNoneExist: 'birthdate=1999-09-09' }),
        ask('DELETE', 'Patient/two-ways'),
      ]),
    );
    expect(statuses(response)).toEqual([201, 201, 204]);
  });
});

describe('a batch that only reads', () => {
  it('is answered without writing', async () => {
    await accepted(base, batch([put(patient('read-only'))]));
    const response = await accepted(
      base,
      batch([
        ask('GET', 'Patient/read-only'),
        ask('GET', 'Patient?_id=read-only'),
        ask('GET', 'Patient/read-only/$everything?_type=Patient'),
        ask('GET', 'metadata'),
      ]),
    );
    expect(statuses(response)).toEqual([200, 200, 200, 200]);
    expect(response.entry[3].resource.resourceType).toBe('CapabilityStatement');
  });
});
