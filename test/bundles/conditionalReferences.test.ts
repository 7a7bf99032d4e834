// Conditional references `Type?criteria` in bundles (http.html#trules): replaced by the one match, else the transaction is refused.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rowCounts } from '../support/rowCounts.ts';
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
  observation,
  post,
  put,
  readBack,
  SYSTEM,
  statuses,
  transaction,
  urn,
} from './bundleSupport.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
  await accepted(
    base,
    batch([
      put({ ...identified('Practitioner', 'one'), id: 'one' }),
      put({ ...identified('Practitioner', 'two'), id: 'two-a' }),
      put({ ...identified('Practitioner', 'two'), id: 'two-b' }),
      put({ ...identified('Practitioner', 'gone'), id: 'gone' }),
    ]),
  );
  await accepted(base, batch([ask('DELETE', 'Practitioner/gone')]));
});
afterAll(() => server.stop());

const reference = (value: string) => `Practitioner?${byIdentifier(value)}`;
const performed = (...references: string[]) =>
  observation('Patient/x', { performer: references.map((text) => ({ reference: text })) });
const performers = (stored: Json) => stored.performer.map((performer: Json) => performer.reference);

describe('in a transaction', () => {
  it('become the one match, however they are spelled, wherever they are', async () => {
    const encoded = `Practitioner?identifier=${encodeURIComponent(`${SYSTEM}|one`)}`;
    const response = await accepted(
      base,
      transaction([
        post(performed(reference('one'), encoded, `${reference('one')}&_id=one`, 'Practitioner?_id=one')),
        post({
          ...performed('Practitioner/one'),
          contained: [{ ...performed(reference('one')), id: 'c' }],
          hasMember: [{ reference: '#c' }],
          extension: [{ url: 'https://example.org/x', valueReference: { reference: reference('one') } }],
        }),
      ]),
    );
    const [first, second] = await Promise.all(
      response.entry.map((entry: Json) => readBack(base, locationOf(entry))),
    );
    expect(performers(first)).toEqual(Array(4).fill('Practitioner/one'));
    expect(performers(second.contained[0])).toEqual(['Practitioner/one']);
    expect(second.extension[0].valueReference.reference).toBe('Practitioner/one');
  });

  it('refuse it where they match nothing, several, or only what was deleted, and nothing is stored', async () => {
    const before = await rowCounts(server.databaseUrl);
    const refusals: [string, number, string][] = [
      ['none', 412, 'no resource'],
      ['gone', 412, 'no resource'],
      ['two', 412, 'several resources'],
    ];
    for (const [value, status, says] of refusals) {
      const answer = await send(
        'POST',
        base,
        transaction([
          post({ resourceType: 'Patient' }, urn(1)),
          post(performed('Practitioner/one', reference(value))),
        ]),
      );
      expectRefusedEntry(answer, status, 1, `"${reference(value)}" matches ${says}`);
      expect(answer.body.issue[0].expression).toEqual(['Bundle.entry[1].resource.performer[1].reference']);
    }
    expect(await rowCounts(server.databaseUrl)).toEqual(before);
  });

  it('refuse it where the criteria cannot be searched by', async () => {
    for (const text of ['Practitioner?identifer=x', 'Practitioner?_count=1', 'Nothing?identifier=x']) {
      const answer = await send('POST', base, transaction([post(performed(text))]));
      expectRefusedEntry(answer, 400, 0, /./);
    }
  });

  it('understand criteria that many resources share', async () => {
    const anyOfSystem = `Practitioner?identifier=${SYSTEM}|`;
    expectRefusedEntry(
      await send('POST', base, transaction([post(performed(anyOfSystem))])),
      412,
      0,
      'several',
    );
    const response = await accepted(base, transaction([post(performed(`${anyOfSystem}&_id=one`))]));
    expect(performers(await readBack(base, locationOf(response.entry[0])))).toEqual(['Practitioner/one']);
  });

  it('name all that is missing', async () => {
    const missing = Array.from({ length: 4 }, (_, i) => reference(`missing-${i}`));
    const answer = await send(
      'POST',
      base,
      transaction([
        post(performed(missing[0]!, missing[1]!)),
        post(performed(missing[2]!, missing[3]!, missing[0]!)),
      ]),
    );
    expect(answer.status).toBe(412);
    const said = answer.body.issue.map((issue: Json) => issue.diagnostics).join('\n');
    for (const text of missing) expect(said).toContain(text);
    expect(answer.body.issue).toHaveLength(4);
  });

  it('find what an entry of the same bundle creates or matches under the same criteria', async () => {
    const create = (value: string, criteria = byIdentifier(value)) =>
      post(identified('Practitioner', value), undefined, { ifNoneExist: criteria });
    const response = await accepted(
      base,
      transaction([
        post(performed(reference('new'), reference('one'), reference('put'))),
        create('new', `identifier=${encodeURIComponent(`${SYSTEM}|new`)}`),
        create('one'),
        put(identified('Practitioner', 'put'), reference('put')),
      ]),
    );
    expect(statuses(response)).toEqual([201, 201, 200, 201]);
    const [stored] = await Promise.all(
      response.entry.map((entry: Json) => readBack(base, locationOf(entry))),
    );
    expect(performers(stored)).toEqual(response.entry.slice(1).map(locationOf));
  });

  it('do not find what the same bundle deletes', async () => {
    for (const [n, target] of ['Practitioner/doomed', reference('doomed')].entries()) {
      await accepted(base, batch([put({ ...identified('Practitioner', 'doomed'), id: 'doomed' })]));
      const doomed = transaction([post(performed(reference('doomed'))), ask('DELETE', target)]);
      expectRefusedEntry(await send('POST', base, doomed), 412, 0, 'no resource');
      expect((await readBack(base, 'Practitioner/doomed')).meta.versionId).toBe(String(2 * n + 1));
      const renewed = transaction([
        ...doomed.entry,
        post(identified('Practitioner', 'doomed'), undefined, { ifNoneExist: byIdentifier('doomed') }),
      ]);
      const response = await accepted(base, renewed);
      const stored = await readBack(base, locationOf(response.entry[0]));
      expect(performers(stored)).toEqual([locationOf(response.entry[2])]);
      await accepted(base, batch([ask('DELETE', locationOf(response.entry[2]))]));
    }
  });

  it('are resolved in what a patch brings in', async () => {
    await accepted(base, batch([put({ ...performed('Practitioner/two-a'), id: 'patched' })]));
    const patch = (value: string) =>
      transaction([
        jsonPatch('Observation/patched', [
          { op: 'replace', path: '/performer/0/reference', value: reference(value) },
        ]),
      ]);
    await accepted(base, patch('one'));
    expect(performers(await readBack(base, 'Observation/patched'))).toEqual(['Practitioner/one']);
    expectRefusedEntry(await send('POST', base, patch('none')), 412, 0, 'no resource');
  });
});

describe('elsewhere', () => {
  it('a single create or update resolves what it can and keeps the rest', async () => {
    const body = performed(reference('one'), reference('none'), reference('two'), urn(5));
    const { status, body: created } = await send('POST', `${base}/Observation`, body);
    expect(status).toBe(201);
    const rest = [reference('none'), reference('two'), urn(5)];
    expect(performers(created)).toEqual(['Practitioner/one', ...rest]);
    const updated = await send('PUT', `${base}/Observation/${created.id}`, { ...body, id: created.id });
    // The same once resolved: no new version.
    expect([updated.status, updated.body.meta.versionId]).toEqual([200, '1']);
  });

  it('a batch resolves what it can and keeps the rest', async () => {
    const response = await accepted(
      base,
      batch([
        post(performed(reference('one'), reference('none'), reference('two'), reference('batch-new'))),
        post(identified('Practitioner', 'batch-new'), undefined, { ifNoneExist: byIdentifier('batch-new') }),
      ]),
    );
    expect(performers(await readBack(base, locationOf(response.entry[0])))).toEqual([
      'Practitioner/one',
      reference('none'),
      reference('two'),
      locationOf(response.entry[1]),
    ]);
  });
});
