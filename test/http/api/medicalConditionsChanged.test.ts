// The list of terms for conditions: what is changed, deleted, and done in batches, on two servers at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';
import { askAt, TERMS, tagOf, twoServers, validAt } from './conditionsApi.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let other: TestServer;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ server, other, stop } = await twoServers());
});
afterAll(() => stop());

type Headers = Record<string, string>;
const ask = (method: string, path: string, body?: unknown, headers: Headers = {}, at = server) =>
  askAt(at, method, path.startsWith('http') ? path : `medical-conditions${path}`, body, headers);
const lookUp = (code: string, at = server): Promise<Answer> =>
  send('GET', `${at.base}/CodeSystem/$lookup?system=${encodeURIComponent(TERMS)}&code=${code}`);
const displayOf = async (code: string, at = server): Promise<string> => {
  const { body } = await lookUp(code, at);
  return body.parameter.find(({ name }: { name: string }) => name === 'display').valueString;
};
/** The stored CodeSystem, which must be valid. */
const codeSystem = (): Promise<Answer> => validAt(server, `${server.base}/CodeSystem/medical-conditions`);

describe('PUT and PATCH /medical-conditions/{id}', () => {
  it('keeps an old name, by which it is still found', async () => {
    const made = await ask('POST', '', { id: 'REN', name: 'Old name', abbreviation: 'ON' });
    const renamed = await ask('PATCH', '/REN', { name: 'New name' }, { 'if-match': tagOf(made) });
    expect(renamed.status).toBe(200);
    expect(renamed.body).toMatchObject({
      ...{ id: 'REN', name: 'New name', abbreviation: 'ON', other_names: ['Old name'] },
    });
    expect(tagOf(renamed)).not.toBe(tagOf(made));
    const { body } = await codeSystem();
    const concept = body.concept.find(({ code }: { code: string }) => code === 'REN');
    expect(concept.designation).toEqual([
      {
        use: { system: 'http://snomed.info/sct', code: '900000000000013009', display: 'Synonym' },
        value: 'Old name',
      },
    ]);
    expectProblem(await ask('POST', '', { name: 'old NAME' }), 409, {
      ...{ pointer: '#/name', detail: 'is the other name of the term "REN"' },
    });
    expect(await displayOf('REN', other)).toBe('New name');
    const back = await ask('PUT', '/REN', { name: 'Old name' });
    expect(back.body).toMatchObject({ name: 'Old name', other_names: ['New name'] });
    expect(back.body).not.toHaveProperty('abbreviation');
    const asSent = await ask('PUT', '/REN', back.body);
    expect(tagOf(asSent)).toBe(tagOf(back));
  });

  it('changes nothing of the others, whose ETags stay', async () => {
    const before = await ask('GET', '/DMD');
    await ask('PATCH', '/GBM', { name: 'Glioblastoma multiforme' });
    expect(tagOf(await ask('GET', '/DMD'))).toBe(tagOf(before));
    expect((await ask('PATCH', '/DMD', { abbreviation: null }, { 'if-match': tagOf(before) })).status).toBe(
      200,
    );
    expect((await ask('GET', '/DMD')).body).not.toHaveProperty('abbreviation');
  });

  it('is refused as everywhere', async () => {
    await ask('POST', '', { id: 'REF', name: 'Refused' });
    expectProblem(await ask('PUT', '/none', { name: 'X' }), 404);
    expectProblem(await ask('PUT', '/REF', { abbreviation: 'X' }), 422, { pointer: '#/name' });
    expectProblem(await ask('PATCH', '/REF', { id: 'REF2' }), 422, { pointer: '#/id' });
    expectProblem(await ask('PATCH', '/REF', { name: 'duchenne muscular dystrophy' }), 409, {
      ...{ pointer: '#/name', detail: '"DMD"' },
    });
    expectProblem(await ask('PATCH', '/REF', { name: 'X' }, { 'if-match': 'W/"nothing"' }), 412);
    expectProblem(await ask('PATCH', '/REF', { name: 'X' }, { 'if-match': 'nonsense' }), 400);
    expectProblem(await ask('PUT', '/REF', { name: 'Refused', other_names: ['X'] }), 422, {
      pointer: '#/other_names',
    });
  });

  it('loses no change of several at the same time, and lets one through that asks for the same ETag', async () => {
    const made = await ask('POST', '', { id: 'RACE', name: 'Race' });
    const both = await Promise.all([
      ask('PATCH', '/RACE', { name: 'Raced' }),
      ask('PATCH', '/RACE', { abbreviation: 'RC' }, {}, other),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    const now = await ask('GET', '/RACE');
    expect(now.body).toMatchObject({ name: 'Raced', abbreviation: 'RC' });
    expect(tagOf(now)).not.toBe(tagOf(made));
    const racers = await Promise.all(
      Array.from({ length: 4 }, (_, i) =>
        ask('PATCH', '/RACE', { name: `Racer ${i}` }, { 'if-match': tagOf(now) }, i % 2 ? server : other),
      ),
    );
    expect(racers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });
});

describe('DELETE /medical-conditions/{id}', () => {
  it('deletes what no Condition has; its history stays', async () => {
    const made = await ask('POST', '', { id: 'GONE', name: 'Gone' });
    expectProblem(await ask('DELETE', '/GONE', undefined, { 'if-match': 'W/"x"' }), 412);
    const before = (await codeSystem()).body.meta.versionId;
    expect((await ask('DELETE', '/GONE', undefined, { 'if-match': tagOf(made) })).status).toBe(204);
    expectProblem(await ask('DELETE', '/GONE'), 404);
    expect((await lookUp('GONE', other)).status).toBe(404);
    const old = await send('GET', `${server.base}/CodeSystem/medical-conditions/_history/${before}`);
    expect(old.text).toContain('"GONE"');
    expect((await ask('POST', '', { id: 'GONE', name: 'Gone' })).status).toBe(201);
  });

  it('leaves Conditions valid whose term is renamed', async () => {
    await ask('POST', '', { id: 'MOVED', name: 'Before' });
    const coding = [{ system: TERMS, code: 'MOVED', display: 'Before' }];
    const { body } = await send('POST', `${server.base}/Condition`, {
      ...{ resourceType: 'Condition', subject: { display: 'Somebody' }, code: { coding } },
    });
    const wrong = { ...body, code: { coding: [{ ...coding[0], display: 'Nonsense' }] } };
    const faults = async (resource: object): Promise<number> => {
      const judged = await send('POST', `${server.base}/Condition/$validate`, resource);
      const places = judged.body.issue.flatMap(
        ({ expression }: { expression?: string[] }) => expression ?? [],
      );
      return places.filter((place: string) => place.startsWith('Condition.code')).length;
    };
    await ask('PATCH', '/MOVED', { name: 'After' });
    expect([await faults(body), await faults(wrong)]).toEqual([0, 1]);
  });

  it('refuses what Conditions have, and says how many', async () => {
    await ask('POST', '', { id: 'USED', name: 'Used' });
    await send('PUT', `${server.base}/Patient/u`, { resourceType: 'Patient', id: 'u' });
    for (let n = 0; n < 2; n++) {
      const code = { coding: [{ system: TERMS, code: 'USED' }] };
      await send('POST', `${server.base}/Condition`, {
        ...{ resourceType: 'Condition', subject: { reference: 'Patient/u' }, code },
      });
    }
    expectProblem(await ask('DELETE', '/USED'), 409, { detail: '2 Conditions have the code "USED"' });
    const batch = await ask('POST', ':batch', { operations: [{ op: 'delete', id: 'USED' }] });
    expectProblem(batch, 409, { pointer: '#/operations/0' });
    expect((await ask('GET', '/USED')).status).toBe(200);
  });

  it('deletes a shipped one, which the old option set does not bring back', async () => {
    expect((await ask('DELETE', '/IPF')).status).toBe(204);
    expect((await ask('GET', '/IPF')).status).toBe(404);
    const made = await ask('POST', '', { name: 'Idiopathic Pulmonary Fibrosis', abbreviation: 'IPF' });
    expect(made.body.id).toBe('IPF');
  });
});

describe('POST /medical-conditions:batch', () => {
  it('does all or nothing', async () => {
    const operations = [
      { op: 'create', data: { id: 'B1', name: 'Batch one' } },
      { op: 'create', data: { name: 'batch ONE' } },
      { op: 'delete', id: 'none' },
    ];
    const refused = await ask('POST', ':batch', { operations });
    expect(refused.status).toBe(404);
    const twice = await ask('POST', ':batch', { operations: operations.slice(0, 2) });
    expectProblem(twice, 409, { pointer: '#/operations/1/data/name', detail: 'the term "B1"' });
    expect((await ask('GET', '/B1')).status).toBe(404);
    const done = await ask('POST', ':batch', {
      operations: [
        operations[0],
        { op: 'create', data: { name: 'Batch two' } },
        { op: 'update', id: 'DMD', data: { name: 'Duchenne' } },
      ],
    });
    expect(done.body).toMatchObject({ atomic: true, succeeded: 3, failed: 0 });
    expect(done.body.results.map(({ id }: { id: string }) => id)).toEqual(['B1', 'batch-two', 'DMD']);
    await codeSystem();
  });

  it('does each for itself, once for one Idempotency-Key', async () => {
    const operations = [
      { op: 'create', data: { id: 'E1', name: 'Each one' } },
      { op: 'create', data: { id: 'e1', name: 'Each two' } },
      { op: 'delete', id: 'E1' },
      { op: 'delete', id: 'none' },
    ];
    const key = { 'idempotency-key': 'each' };
    const done = await ask('POST', ':batch', { atomic: false, operations }, key);
    expect(done.body.results.map(({ status }: { status: number }) => status)).toEqual([201, 409, 204, 404]);
    const again = await ask('POST', ':batch', { atomic: false, operations }, key, other);
    expect(again.body).toEqual({ ...done.body, results: again.body.results });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('what was put into the CodeSystem through FHIR', () => {
  it('is kept, terms below terms too', async () => {
    const { body } = await codeSystem();
    const below = {
      ...{ code: 'PARENT', display: 'Parent', definition: 'Kept.' },
      concept: [{ code: 'CHILD', display: 'Child', designation: [{ language: 'es', value: 'Hijo' }] }],
    };
    const put = await send('PUT', `${server.base}/CodeSystem/medical-conditions`, {
      ...{ ...body, copyright: 'Kept too', concept: [...body.concept, below] },
    });
    expect(put.status).toBe(200);
    expect((await ask('GET', '/CHILD')).body).toMatchObject({ name: 'Child', other_names: ['Hijo'] });
    expectProblem(await ask('DELETE', '/PARENT'), 409, { detail: 'has terms below it' });
    expect((await ask('PATCH', '/CHILD', { name: 'Grown up' })).status).toBe(200);
    const now = (await codeSystem()).body;
    expect(now.copyright).toBe('Kept too');
    expect(now.concept.at(-1)).toMatchObject({
      ...{ code: 'PARENT', definition: 'Kept.' },
      concept: [{ code: 'CHILD', display: 'Grown up' }],
    });
  });
});
