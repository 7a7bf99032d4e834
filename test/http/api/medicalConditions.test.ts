// The list of terms for conditions: how it begins, what is added and how it is read; as a CodeSystem, on two servers at once.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';
import { apiOf, askAt, TERMS, tagOf, twoServers, validAt } from './conditionsApi.ts';
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
    expect(body.url).toBe(TERMS);
    expect(body.concept.map(({ code }: { code: string }) => code).sort()).toEqual(
      ['DMD', 'GBM', 'IPF', 'PD', 'myasthenia-gravis', 'ALS'].sort(),
    );
    for (const at of [server, other]) {
      expect(await displayOf('PD', at)).toBe('Pompe Disease');
      expect(await displayOf('myasthenia-gravis', at)).toBe('Myasthenia gravis');
      const check = `${at.base}/CodeSystem/$validate-code?url=${encodeURIComponent(TERMS)}&code=ALS`;
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
