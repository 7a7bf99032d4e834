// Batches of things and requests that are sent twice.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let api: string;
let database: pg.Client;
let made = 0;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  database = new pg.Client(server.databaseUrl);
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await server.stop();
});

type Headers = Record<string, string>;
const sendJson = (path: string, body: unknown, headers: Headers = {}): Promise<Answer> =>
  send('POST', `${api}/${path}`, body, { 'content-type': 'application/json', ...headers });
const post = (body: unknown, headers?: Headers) => sendJson('hospitals', body, headers);
const batch = (operations: unknown, rest: object = {}, headers?: Headers) =>
  sendJson('hospitals:batch', { operations, ...rest }, headers);
const get = (id: string): Promise<Answer> => send('GET', `${api}/hospitals/${id}`);
const newId = () => `b${made++}`;
const totalOf = async (name: string): Promise<number> =>
  (await send('GET', `${api}/hospitals?total=true&name=${name}`)).body.total;

describe('POST /hospitals:batch', () => {
  it('creates, updates and deletes in one go', async () => {
    const [one, two, three] = [newId(), newId(), newId()];
    await post({ id: one, name: 'Update' });
    await post({ id: two, name: 'Delete' });
    const { status, body } = await batch([
      { op: 'create', data: { id: three, name: 'Create' } },
      { op: 'update', id: one, data: { name: 'Updated' }, ifMatch: 'W/"1"' },
      { op: 'delete', id: two },
      { op: 'create', data: { name: 'No id' } },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ atomic: true, succeeded: 4, failed: 0 },
      results: [
        { index: 0, op: 'create', status: 201, id: three, etag: 'W/"1"', data: { name: 'Create' } },
        { index: 1, op: 'update', status: 200, id: one, etag: 'W/"2"', data: { name: 'Updated' } },
        { index: 2, op: 'delete', status: 204, id: two },
        { index: 3, op: 'create', status: 201, etag: 'W/"1"', data: { name: 'No id' } },
      ],
    });
    expect((await get(one)).body).toEqual(body.results[1].data);
    expect((await get(two)).status).toBe(404);
    expect((await get(body.results[3].id)).body).toEqual(body.results[3].data);
  });

  it.each<[what: string, bad: object, status: number, pointer: string]>([
    ['is invalid', { op: 'create', data: { city: 'X' } }, 422, '#/operations/1/data/name'],
    ['is not there', { op: 'delete', id: 'none' }, 404, '#/operations/1'],
    [
      'has changed',
      { op: 'update', id: 'known', data: { name: 'X' }, ifMatch: 'W/"9"' },
      412,
      '#/operations/1',
    ],
    ['is there already', { op: 'create', data: { id: 'known', name: 'X' } }, 409, '#/operations/1/data/id'],
  ])('stores nothing where one %s', async (what, bad, status, pointer) => {
    await post({ id: 'known', name: 'Known' });
    const id = newId();
    const answer = await batch([{ op: 'create', data: { id, name: `Atomic ${what}` } }, bad]);
    expectProblem(answer, status, { pointer, detail: 'Operation 1: ' });
    expect((await get(id)).status).toBe(404);
    expect((await get('known')).body.name).toBe('Known');
  });

  it('stores nothing of all but one of several at the same time', async () => {
    const id = newId();
    const operations = [
      { op: 'create', data: { name: 'Rival' } },
      { op: 'create', data: { id, name: 'Rival' } },
    ];
    const answers = await Promise.all(Array.from({ length: 4 }, () => batch(operations)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(3);
    for (const answer of refused) expectProblem(answer, 409, { pointer: '#/operations/1/data/id' });
    expect(await totalOf('Rival')).toBe(2);
  });

  it('tells all that is wrong with all operations', async () => {
    const answer = await batch([
      { op: 'create', data: {} },
      { op: 'delete', id: 'none' },
    ]);
    expectProblem(answer, 422, { pointer: '#/operations/0/data/name' });
    expect(answer.body.errors).toHaveLength(2);
  });

  it('does what can be done where it is not atomic', async () => {
    const id = newId();
    const { status, body } = await batch(
      [
        { op: 'create', data: { id, name: 'Each' } },
        { op: 'create', data: { city: 'X' } },
        { op: 'update', id: 'none', data: { name: 'X' } },
        { op: 'update', id, data: { name: 'Each again' } },
      ],
      { atomic: false },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ atomic: false, succeeded: 2, failed: 2 });
    expect(body.results.map((result: { status: number }) => result.status)).toEqual([201, 422, 404, 200]);
    expect(body.results[1].errors).toEqual([
      { detail: '"name" is missing.', code: 'required', pointer: '#/operations/1/data/name' },
    ]);
    expect((await get(id)).body.name).toBe('Each again');
  });

  it('does one thing with each in one transaction', async () => {
    const id = newId();
    const answer = await batch([
      { op: 'create', data: { id, name: 'Twice' } },
      { op: 'create', data: { id, name: 'Twice' } },
    ]);
    expectProblem(answer, 422, { detail: 'about' });
    expect((await get(id)).status).toBe(404);
  });

  it.each<[what: string, body: unknown, pointer: string]>([
    ['no operations', {}, '#/operations'],
    ['none', { operations: [] }, '#/operations'],
    ['too many', { operations: Array(1001).fill({ op: 'delete', id: 'x' }) }, '#/operations'],
    ['an unknown one', { operations: [{ op: 'merge' }] }, '#/operations/0/op'],
    ['no data', { operations: [{ op: 'create' }] }, '#/operations/0/data'],
    ['no id', { operations: [{ op: 'update', data: {} }] }, '#/operations/0/id'],
    ['an id to create', { operations: [{ op: 'create', id: 'x', data: {} }] }, '#/operations/0/id'],
    ['data to delete', { operations: [{ op: 'delete', id: 'x', data: {} }] }, '#/operations/0/data'],
    ['an unknown member', { operations: [{ op: 'delete', id: 'x' }], mode: 1 }, '#/mode'],
  ])('refuses a body with %s', async (_what, body, pointer) => {
    expectProblem(await sendJson('hospitals:batch', body), 422, { pointer });
  });

  it('tells a hundred errors and how many more there are', async () => {
    for (const bad of [{ op: 'create', data: {} }, { op: 'create' }]) {
      const { body } = await batch(Array(150).fill(bad));
      expect(body.errors).toHaveLength(101);
      expect(body.errors[100].detail).toBe('There are 50 more errors: correct these first.');
    }
  });

  it('takes a thousand', async () => {
    const operations = Array.from({ length: 1_000 }, (_, i) => ({
      op: 'create',
      data: { id: `many${i}`, name: `Thousand ${i}` },
    }));
    const { status, body } = await batch(operations);
    expect({ status, succeeded: body.succeeded }).toEqual({ status: 200, succeeded: 1_000 });
    expect(await totalOf('Thousand')).toBe(1_000);
  });
});

describe('small settings', () => {
  it('bound pages and bodies, and nothing else', async () => {
    const small = await startTestServer({ MAX_PAGE_SIZE: '2', DEFAULT_PAGE_SIZE: '1', BODY_LIMIT: '2kB' });
    try {
      const url = small.base.replace('/fhir/R4', '/api/v1/hospitals');
      const json = { 'content-type': 'application/json' };
      const ids = ['s1', 's2', 's3', 's4', 's5'];
      const operations = ids.map((id) => ({ op: 'create', data: { id, name: `Small ${id}` } }));
      expect((await send('POST', `${url}:batch`, { operations }, json)).body.succeeded).toBe(5);
      const updates = ids.map((id) => ({ op: 'update', id, data: { name: 'Updated' } }));
      expect((await send('POST', `${url}:batch`, { operations: updates }, json)).body.succeeded).toBe(5);
      expect((await send('GET', url)).body.data).toHaveLength(2);
      expectProblem(await send('GET', `${url}?limit=3`), 400, { parameter: 'limit' });
      expectProblem(await send('POST', url, { name: 'x'.repeat(3_000) }, json), 413);
    } finally {
      await small.stop();
    }
  });
});

describe('Idempotency-Key', () => {
  it('gives the answer of the first time', async () => {
    const headers = { 'idempotency-key': 'once-1' };
    const first = await post({ name: 'Once' }, headers);
    const again = await post({ name: 'Once' }, headers);
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect(again.headers.get('etag')).toBe('W/"1"');
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await totalOf('Once')).toBe(1);
  });

  it('is for one body', async () => {
    const headers = { 'idempotency-key': 'once-2' };
    await post({ name: 'One body' }, headers);
    expectProblem(await post({ name: 'Other body' }, headers), 422, { detail: 'another body' });
    expect(await totalOf('Other%20body')).toBe(0);
  });

  it('lets one of several at the same time through', async () => {
    const headers = { 'idempotency-key': 'once-3' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => post({ name: 'Parallel' }, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await totalOf('Parallel')).toBe(1);
    const named = await Promise.all(
      Array.from({ length: 6 }, () => post({ id: 'par', name: 'Named' }, { 'idempotency-key': 'once-4' })),
    );
    expect(new Set(named.map(({ status }) => status))).toEqual(new Set([201]));
  });

  it('holds for batches, whole or in parts', async () => {
    const create = { op: 'create', data: { name: 'Batched' } };
    for (const atomic of [true, false]) {
      const headers = { 'idempotency-key': `batch-${atomic}` };
      const answers = await Promise.all(
        Array.from({ length: 3 }, () => batch([create, create], { atomic }, headers)),
      );
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    }
    expect(await totalOf('Batched')).toBe(4);
  });

  it('keeps no refusal, and is forgotten after a day', async () => {
    const headers = { 'idempotency-key': 'once-5' };
    expectProblem(await post({}, headers), 422);
    expect((await post({ name: 'Day' }, headers)).status).toBe(201);
    await database.query("UPDATE idempotent_answer SET made = made - interval '25 hours'");
    expect((await post({ name: 'Day 2' }, headers)).status).toBe(201);
    const { rows } = await database.query('SELECT count(*) FROM idempotent_answer');
    expect(rows).toEqual([{ count: '1' }]);
  });

  it('must be one', async () => {
    expectProblem(await post({ name: 'X' }, { 'idempotency-key': 'x'.repeat(256) }), 400);
  });
});
