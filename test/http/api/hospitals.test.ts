// Things of the plain JSON API, one by one and in lists: hospitals stand for every kind.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
});
afterAll(() => server.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('POST', `${api}/hospitals`, body, { ...JSON_TYPE, ...headers });
const put = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PUT', `${api}/hospitals/${id}`, body, { ...JSON_TYPE, ...headers });
const patch = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PATCH', `${api}/hospitals/${id}`, body, {
    'content-type': 'application/merge-patch+json',
    ...headers,
  });
const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  send('GET', path.startsWith('http') ? path : `${api}/${path}`, undefined, headers);
const tagOf = (answer: Answer): string => answer.headers.get('etag')!;

/** The resource behind a thing, which must be valid. */
async function fhirOf(thing: Answer): Promise<Answer> {
  const found = await get(thing.body._links.fhir.href);
  const { resourceType } = found.body;
  const judged = await send('POST', `${server.base}/${resourceType}/$validate`, found.body);
  expect(judged.status).toBe(200);
  expect(judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  return found;
}

describe('what was read', () => {
  it('can be sent back, but with members that only the server tells as they are', async () => {
    const { body } = await post({ id: 'h-back', name: 'Back and forth', city: 'Jena' });
    const same = await put('h-back', body);
    expect({ status: same.status, tag: tagOf(same) }).toEqual({ status: 200, tag: 'W/"1"' });
    expectProblem(await put('h-back', { ...body, other: 1 }), 422, { pointer: '#/other' });
  });

  it('that was made elsewhere can be changed in part, whatever is missing in it', async () => {
    const kind = { system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' };
    const made = await send('POST', `${server.base}/Organization`, {
      ...{ resourceType: 'Organization', type: [{ coding: [kind] }] },
      identifier: [{ system: 'https://salus.example/fhir/sid/hospitals', value: 'nameless' }],
    });
    expect(made.status).toBe(201);
    const changed = await patch('nameless', { city: 'Jena' });
    expect({ status: changed.status, city: changed.body.city }).toEqual({ status: 200, city: 'Jena' });
    expectProblem(await patch('nameless', { city: '' }), 422, { pointer: '#/city' });
    expect((await put('nameless', { city: 'Gera' })).body.city).toBe('Gera');
    await put('nameless', { name: 'Named', city: 'Gera' });
    expectProblem(await put('nameless', { city: 'Jena' }), 422, { pointer: '#/name' });
  });

  it('is not replaced by who wants to create it', async () => {
    await post({ id: 'h-none', name: 'There' });
    expectProblem(await put('h-none', { name: 'Other' }, { 'if-none-match': '*' }), 412);
  });
});

describe('POST /hospitals', () => {
  it('creates one that is an Organization too, under the id it is given', async () => {
    const made = await post({ id: 'h-1', name: 'Hospital San José', city: 'Monterrey' });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${api}/hospitals/h-1`);
    expect(tagOf(made)).toBe('W/"1"');
    expect(made.body).toMatchObject({ id: 'h-1', name: 'Hospital San José', city: 'Monterrey' });
    expect(made.body._links.self.href).toBe(`${api}/hospitals/h-1`);
    expect((await get('hospitals/h-1')).body).toEqual(made.body);
    const { body } = await fhirOf(made);
    expect(body).toMatchObject({
      ...{ resourceType: 'Organization', name: 'Hospital San José', address: [{ city: 'Monterrey' }] },
      identifier: [{ system: 'https://salus.example/fhir/sid/hospitals', value: 'h-1' }],
    });
  });

  it('makes an id where none is given', async () => {
    const made = await post({ name: 'Nameless id' });
    expect(made.status).toBe(201);
    expect(made.body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect((await get(made.headers.get('location')!)).body).toEqual(made.body);
    await fhirOf(made);
  });

  it('refuses an id that is taken, also of two at the same time', async () => {
    await post({ id: 'h-2', name: 'First' });
    expectProblem(await post({ id: 'h-2', name: 'Second' }), 409, {
      pointer: '#/id',
      detail: '"h-2" already',
    });
    const rivals = await Promise.all(
      Array.from({ length: 5 }, (_, i) => post({ id: 'h-3', name: `Rival ${i}` })),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    const { body } = await get('hospitals?name=Rival&total=true');
    expect(body.total).toBe(1);
  });

  it.each<[what: string, body: unknown, pointer: string, detail: string]>([
    ['a missing member', { city: 'X' }, '#/name', '"name" is missing.'],
    ['a member of another type', { name: 7 }, '#/name', '"name" must be a text, not 7.'],
    [
      'an unknown member',
      { name: 'X', beds: 3 },
      '#/beds',
      '"beds" is not known here; known are id, name, city.',
    ],
    ['a blank text', { name: '   ' }, '#/name', '"name" must not be blank.'],
    ['an empty text', { name: '' }, '#/name', '"name" must not be empty.'],
    ['a long text', { name: 'x'.repeat(201) }, '#/name', '"name" may have at most 200 characters, not 201.'],
    ['an id that is none', { id: 'a b', name: 'X' }, '#/id', '"id" must look like "h-12"'],
    ['a list', [], '#', 'The body must be an object, not a list.'],
    ['a name with a slash', { name: 'X', 'a/b': 1 }, '#/a~1b', '"a/b" is not known here'],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    expectProblem(await post(body), 422, { pointer, detail });
  });

  it('tells every fault at once', async () => {
    const { body } = await post({ id: '', name: 7, beds: 3 });
    const pointers = body.errors.map((error: { pointer: string }) => error.pointer);
    expect(new Set(pointers)).toEqual(new Set(['#/id', '#/name', '#/beds']));
  });

  it('refuses what is no JSON, no body, another media type and parameters', async () => {
    expectProblem(await post('{"name": '), 400);
    expectProblem(await post('{"name": "a", "name": "b"}'), 400);
    expectProblem(await post(undefined), 400);
    expectProblem(await post({ name: 'X' }, { 'content-type': 'text/plain' }), 415);
    const answer = await send('POST', `${api}/hospitals?x=1`, { name: 'X' }, JSON_TYPE);
    expectProblem(answer, 400, { parameter: 'x' });
  });

  it('takes no harm from names of properties of objects', async () => {
    expectProblem(await post('{"name": "X", "__proto__": {"city": "Y"}}'), 400);
    expectProblem(await post('{"name": "X", "constructor": 1}'), 422, { pointer: '#/constructor' });
  });
});

describe('GET /hospitals/{id}', () => {
  it('answers 304 to who has it, 404 where there is none', async () => {
    const made = await post({ id: 'h-4', name: 'Read' });
    const again = await get('hospitals/h-4', { 'if-none-match': tagOf(made) });
    expect({ status: again.status, text: again.text, tag: tagOf(again) }).toEqual({
      ...{ status: 304, text: '', tag: tagOf(made) },
    });
    expect((await get('hospitals/h-4', { 'if-none-match': 'W/"7"' })).status).toBe(200);
    expect((await send('HEAD', `${api}/hospitals/h-4`)).status).toBe(200);
    expectProblem(await get('hospitals/none'), 404, { detail: 'There is no Hospital with the id "none"' });
    expectProblem(await get(`hospitals/${'x'.repeat(300)}`), 404);
    expectProblem(await get('hospitals/a%2Cb%7Cc%5C'), 404);
    expectProblem(await get('hospitals/h-4?include=x'), 400, { parameter: 'include' });
  });

  it('finds what came in by FHIR under its FHIR id, and nothing of another kind', async () => {
    const type = [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }] },
    ];
    await send('PUT', `${server.base}/Organization/plain`, {
      ...{ resourceType: 'Organization', id: 'plain', type, name: 'By FHIR', alias: ['Kept'] },
      address: [{ city: 'Old', country: 'MX' }],
    });
    await send('PUT', `${server.base}/Organization/payer`, {
      ...{ resourceType: 'Organization', id: 'payer', name: 'Insurance' },
    });
    const found = await get('hospitals/fhir:plain');
    expect(found.body).toMatchObject({ id: 'fhir:plain', name: 'By FHIR', city: 'Old' });
    expectProblem(await get('hospitals/fhir:payer'), 404);
    const changed = await patch('fhir:plain', { city: 'New' });
    expect(changed.body).toMatchObject({ id: 'fhir:plain', name: 'By FHIR', city: 'New' });
    expect((await fhirOf(changed)).body).toMatchObject({
      ...{ alias: ['Kept'], address: [{ city: 'New', country: 'MX' }] },
    });
  });

  it('says so where an id stands for two', async () => {
    const made = await post({ id: 'twin', name: 'Twin' });
    const { body } = await get(made.body._links.fhir.href);
    await send('POST', `${server.base}/Organization`, { ...body, id: undefined });
    expectProblem(await get('hospitals/twin'), 409, { detail: 'Several Organization resources' });
  });
});

describe('PUT /hospitals/{id}', () => {
  it('replaces all of it', async () => {
    await post({ id: 'h-5', name: 'Before', city: 'Here' });
    const answer = await put('h-5', { id: 'h-5', name: 'After' });
    expect({ status: answer.status, tag: tagOf(answer) }).toEqual({ status: 200, tag: 'W/"2"' });
    expect(answer.body).toMatchObject({ id: 'h-5', name: 'After' });
    expect(answer.body).not.toHaveProperty('city');
    expect((await fhirOf(answer)).body).not.toHaveProperty('address');
    expect(tagOf(await put('h-5', { name: 'After' }))).toBe('W/"2"');
  });

  it('is refused where it does not exist, has another id or is invalid', async () => {
    await post({ id: 'h-6', name: 'Put' });
    expectProblem(await put('none', { name: 'X' }), 404);
    expectProblem(await put('h-6', { id: 'h-7', name: 'X' }), 422, { pointer: '#/id' });
    expectProblem(await put('h-6', { city: 'X' }), 422, { pointer: '#/name' });
  });

  it('goes by If-Match', async () => {
    const made = await post({ id: 'h-8', name: 'Match' });
    expectProblem(await put('h-8', { name: 'X' }, { 'if-match': 'W/"9"' }), 412, {
      detail: 'its ETag is W/"1"',
    });
    expectProblem(await put('h-8', { name: 'X' }, { 'if-match': 'nonsense' }), 400);
    expect((await put('h-8', { name: 'Y' }, { 'if-match': tagOf(made) })).status).toBe(200);
    expect((await put('h-8', { name: 'Z' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('lets one of several through that change the same version', async () => {
    const made = await post({ id: 'h-9', name: 'Race' });
    const racers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => put('h-9', { name: `Racer ${i}` }, { 'if-match': tagOf(made) })),
    );
    expect(racers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    const winner = racers.find(({ status }) => status === 200)!;
    expect((await get('hospitals/h-9')).body).toEqual(winner.body);
  });
});

describe('PATCH /hospitals/{id}', () => {
  it('changes what it names, null takes away', async () => {
    await post({ id: 'h-10', name: 'Patch', city: 'Here' });
    expect((await patch('h-10', { city: 'There' })).body).toMatchObject({ name: 'Patch', city: 'There' });
    const without = await patch('h-10', { city: null });
    expect(without.body).not.toHaveProperty('city');
    await fhirOf(without);
    expect(tagOf(await patch('h-10', {}))).toBe(tagOf(without));
  });

  it('loses no change of several at the same time', async () => {
    await post({ id: 'h-11', name: 'Both', city: 'Neither' });
    const answers = await Promise.all([
      patch('h-11', { name: 'Changed' }),
      patch('h-11', { city: 'Changed' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await get('hospitals/h-11')).body).toMatchObject({ name: 'Changed', city: 'Changed' });
  });

  it('refuses what would not be valid', async () => {
    await post({ id: 'h-12', name: 'Strict' });
    expectProblem(await patch('h-12', { name: null }), 422, { pointer: '#/name' });
    expectProblem(await patch('h-12', { id: 'h-13' }), 422, { pointer: '#/id' });
    expectProblem(await patch('h-12', [1]), 422, { pointer: '#' });
    expectProblem(await patch('h-12', { name: 'X' }, { 'content-type': 'application/json' }), 415);
    expectProblem(await patch('h-12', { name: 'X' }, { 'if-match': 'W/"7"' }), 412);
    expectProblem(await patch('none', { name: 'X' }), 404);
  });
});

describe('DELETE /hospitals/{id}', () => {
  it('deletes it, once, and only as it was read', async () => {
    const made = await post({ id: 'h-20', name: 'Gone' });
    const remove = (headers = {}) => send('DELETE', `${api}/hospitals/h-20`, undefined, headers);
    expectProblem(await remove({ 'if-match': 'W/"2"' }), 412);
    const { status, text } = await remove({ 'if-match': tagOf(made) });
    expect({ status, text }).toEqual({ status: 204, text: '' });
    expectProblem(await remove(), 404);
    expectProblem(await get('hospitals/h-20'), 404);
    expect((await get(made.body._links.fhir.href)).status).toBe(410);
    expect((await post({ id: 'h-20', name: 'Again' })).status).toBe(201);
  });
});

describe('other methods and paths', () => {
  it('says what is possible', async () => {
    const answer = await send('DELETE', `${api}/hospitals`);
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    expectProblem(await send('GET', `${api}/hospitals:batch`), 405);
    expectProblem(await get('hospitals/h-1/rooms'), 404);
    expectProblem(await get('nothing'), 404);
  });
});
