// The list of terms for conditions: one by one, in lists, in batches; as a CodeSystem, on two servers at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

const URL_OF_TERMS = 'https://salus.example/fhir/CodeSystem/medical-conditions';

let server: TestServer;
let other: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

type Headers = Record<string, string>;
const apiOf = ({ base }: TestServer) => base.replace('/fhir/R4', '/api/v1');
const ask = (method: string, path: string, body?: unknown, headers: Headers = {}, at = server) =>
  send(method, path.startsWith('http') ? path : `${apiOf(at)}/medical-conditions${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    ...headers,
  });
const tagOf = (answer: Answer): string => answer.headers.get('etag')!;
const lookUp = (code: string, at = server): Promise<Answer> =>
  send('GET', `${at.base}/CodeSystem/$lookup?system=${encodeURIComponent(URL_OF_TERMS)}&code=${code}`);
const displayOf = async (code: string, at = server): Promise<string> => {
  const { body } = await lookUp(code, at);
  return body.parameter.find(({ name }: { name: string }) => name === 'display').valueString;
};
/** The stored CodeSystem, which must be valid. */
async function codeSystem(): Promise<Answer> {
  const found = await send('GET', `${server.base}/CodeSystem/medical-conditions`);
  const judged = await send('POST', `${server.base}/CodeSystem/$validate`, found.body);
  expect(judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  return found;
}

describe('before the first change', () => {
  it('has what is shipped, which nothing stores', async () => {
    const { status, body } = await ask('GET', '?total=true&sort=name');
    expect(status).toBe(200);
    expect(body.total).toBe(3);
    expect(body.data.map(({ _links, ...term }: { _links: unknown }) => term)).toEqual([
      { id: 'DMD', name: 'Duchenne Muscular Dystrophy', abbreviation: 'DMD' },
      { id: 'GBM', name: 'Glioblastoma', abbreviation: 'GBM' },
      { id: 'IPF', name: 'Idiopathic Pulmonary Fibrosis', abbreviation: 'IPF' },
    ]);
    const [{ _links }] = body.data;
    expect(_links.self.href).toBe(`${apiOf(server)}/medical-conditions/DMD`);
    const looked = await send('GET', _links.fhir.href);
    expect(looked.body.parameter).toContainEqual({
      ...{ name: 'display', valueString: 'Duchenne Muscular Dystrophy' },
    });
    expect((await send('GET', `${server.base}/CodeSystem/medical-conditions`)).status).toBe(404);
  });

  it('is stored by the first change, of which one server wins and nobody loses', async () => {
    const made = await Promise.all([
      ask('POST', '', { name: 'Pompe Disease', abbreviation: 'PD' }),
      ask('POST', '', { name: 'Myasthenia gravis' }, {}, other),
      ask('POST', '', { id: 'ALS', name: 'Amyotrophic Lateral Sclerosis', abbreviation: 'ALS' }),
    ]);
    expect(made.map(({ status, body: { id } }) => ({ status, id }))).toEqual([
      { status: 201, id: 'PD' },
      { status: 201, id: 'myasthenia-gravis' },
      { status: 201, id: 'ALS' },
    ]);
    expect(made[0]!.headers.get('location')).toBe(`${apiOf(server)}/medical-conditions/PD`);
    const { body } = await codeSystem();
    expect(body.meta.versionId).toBe('3');
    expect(body.url).toBe(URL_OF_TERMS);
    expect(body.concept.map(({ code }: { code: string }) => code).sort()).toEqual(
      ['DMD', 'GBM', 'IPF', 'PD', 'myasthenia-gravis', 'ALS'].sort(),
    );
    for (const at of [server, other]) {
      expect(await displayOf('PD', at)).toBe('Pompe Disease');
      expect(await displayOf('myasthenia-gravis', at)).toBe('Myasthenia gravis');
      const check = `${at.base}/CodeSystem/$validate-code?url=${encodeURIComponent(URL_OF_TERMS)}&code=ALS`;
      expect((await send('GET', check)).body.parameter).toContainEqual({
        ...{ name: 'result', valueBoolean: true },
      });
    }
  });
});

describe('POST /medical-conditions', () => {
  it('is known to both servers at once', async () => {
    for (const [i, [here, there]] of [
      [server, other],
      [other, server],
    ].entries()) {
      const code = `both-${i}`;
      expect((await ask('POST', '', { id: code, name: `Both ${i}` }, {}, here)).status).toBe(201);
      expect(await displayOf(code, there)).toBe(`Both ${i}`);
      expect((await ask('GET', `/${code}`, undefined, {}, there)).body.name).toBe(`Both ${i}`);
    }
  });

  it('makes a code where the abbreviation is none or taken', async () => {
    const long = await ask('POST', '', { name: 'Ménière’s disease', abbreviation: 'M. D.' });
    expect(long.body).toMatchObject({ id: 'meniere-s-disease', abbreviation: 'M. D.' });
    const { body } = await codeSystem();
    expect(body.concept).toContainEqual({
      ...{ code: 'meniere-s-disease', display: 'Ménière’s disease' },
      property: [{ code: 'abbreviation', valueString: 'M. D.' }],
    });
  });

  it.each<[what: string, body: object, pointer: string, detail: string]>([
    ['a code that is there', { id: 'dmd', name: 'Other' }, '#/id', '"dmd" is the code of the term "DMD"'],
    ['the very code', { id: 'DMD', name: 'Other' }, '#/id', '"DMD"'],
    ['a name that is there', { name: ' glioblastoma'.trim() }, '#/name', 'is the name of the term "GBM"'],
    ['a misspelling of old', { name: 'IDIOPATIC  pulmonary fibrosis' }, '#/name', 'the term "IPF"'],
    ['an abbreviation', { name: 'Dementia', abbreviation: 'dmd' }, '#/abbreviation', 'the term "DMD"'],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    expectProblem(await ask('POST', '', body), 409, { pointer, detail });
  });

  it.each<[what: string, body: unknown, pointer: string]>([
    ['no name', { id: 'X' }, '#/name'],
    ['a blank name', { name: ' ' }, '#/name'],
    ['a code with blanks', { id: 'a b', name: 'X' }, '#/id'],
    ['what is not known', { name: 'X', system: 'y' }, '#/system'],
    ['what only the server tells', { name: 'X', other_names: ['Y'] }, '#/other_names'],
  ])('refuses %s', async (_what, body, pointer) => {
    expectProblem(await ask('POST', '', body), 422, { pointer });
  });

  it('makes one of several with the same name at the same time', async () => {
    const rivals = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        ask('POST', '', { name: 'Rival disease' }, {}, i % 2 ? server : other),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
  });

  it('is carried out once for one Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'term-1' };
    const first = await ask('POST', '', { name: 'Once only' }, key);
    const again = await ask('POST', '', { name: 'Once only' }, key, other);
    expect(again.status).toBe(201);
    expect(again.body.id).toBe(first.body.id);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expectProblem(await ask('POST', '', { name: 'Once more' }, key), 422);
  });
});

describe('GET /medical-conditions', () => {
  it('finds by the beginning of name and code, sorts, and pages in both ways', async () => {
    const operations = [...'edcba'].map((letter) => ({
      ...{ op: 'create', data: { id: `PAGE-${letter}`, name: `Éa ${letter}` } },
    }));
    expect((await ask('POST', ':batch', { operations })).status).toBe(200);
    const ids = ({ body }: Answer) => body.data.map(({ id }: { id: string }) => id.replace('PAGE-', ''));
    expect(ids(await ask('GET', '?name=ea'))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(ids(await ask('GET', '?id=page-&sort=-name'))).toEqual(['e', 'd', 'c', 'b', 'a']);
    const byOffset = await ask('GET', '?id=page&sort=name&limit=2&offset=1&total=true');
    expect({ ids: ids(byOffset), total: byOffset.body.total }).toEqual({ ids: ['b', 'c'], total: 5 });
    expect(ids(await ask('GET', byOffset.body._links.next.href))).toEqual(['d', 'e']);
    const first = await ask('GET', '?id=page&pageSize=2');
    expect(ids(first)).toEqual(['a', 'b']);
    expect(first.headers.get('link')).toContain('rel="next"');
    // Whatever others add and take away meanwhile.
    await ask('POST', '', { id: 'PAGE-z', name: 'Éa z' });
    await ask('DELETE', '/PAGE-b');
    const second = await ask('GET', first.body._links.next.href);
    expect(ids(second)).toEqual(['c', 'd']);
    const third = await ask('GET', second.body._links.next.href);
    expect(ids(third)).toEqual(['e']);
    expect(third.body._links).not.toHaveProperty('next');
  });

  it('refuses parameters that it does not know', async () => {
    expectProblem(await ask('GET', '?sort=abbreviation'), 400, { parameter: 'sort' });
    expectProblem(await ask('GET', '?city=x'), 400, { parameter: 'city' });
    expectProblem(await ask('GET', '?limit=1&pageSize=1'), 400, { parameter: 'pageSize' });
    expectProblem(await ask('GET', '?pageToken=x.y'), 400, { parameter: 'pageToken' });
  });

  it('gives one with its ETag', async () => {
    const one = await ask('GET', '/DMD');
    expect((await ask('GET', '/DMD', undefined, { 'if-none-match': tagOf(one) })).status).toBe(304);
    expectProblem(await ask('GET', '/none'), 404, {
      detail: 'There is no MedicalCondition with the id "none"',
    });
    expectProblem(await ask('GET', '/dmd?x=1'), 400);
  });
});

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

  it('refuses what Conditions have, and says how many', async () => {
    await ask('POST', '', { id: 'USED', name: 'Used' });
    await send('PUT', `${server.base}/Patient/u`, { resourceType: 'Patient', id: 'u' });
    for (let n = 0; n < 2; n++) {
      const code = { coding: [{ system: URL_OF_TERMS, code: 'USED' }] };
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
