// Many clients at once (http.html#concurrency): no update is lost, no version is used twice, history has no gaps.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

const CLIENTS = 50;
let server: TestServer;
/** a second server on the same database, as another worker is */
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

/** The base that client n talks to. */
const base = (n: number) => (n % 2 === 0 ? server : other).base;

const atOnce = (request: (n: number) => Promise<Answer>, clients = CLIENTS) =>
  Promise.all(Array.from({ length: clients }, (_, n) => request(n)));
const patient = (id: string, n: number) => ({ resourceType: 'Patient', id, multipleBirthInteger: n });
const put = (id: string, n: number, headers: Record<string, string> = {}) =>
  send('PUT', `${base(n)}/Patient/${id}`, patient(id, n), headers);
const etags = (answers: Answer[]) =>
  answers.map(({ headers }) => Number(/\d+/.exec(headers.get('etag')!)![0])).toSorted((a, b) => a - b);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);
const countOf = (answers: Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

/** The versions of a resource, oldest first; expects them to be gapless and in order of time. */
// biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
async function historyOf(type: string, id: string): Promise<any[]> {
  const { body } = await send('GET', `${server.base}/${type}/${id}/_history?_count=1000`);
  const entries = body.entry.toReversed();
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  expect(entries.map(({ response }: any) => response.etag)).toEqual(
    upTo(entries.length).map((version) => `W/"${version}"`),
  );
  expect(body.total).toBe(entries.length);
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  const times = entries.map(({ response }: any) => response.lastModified);
  expect(times).toEqual(times.toSorted());
  return entries;
}

describe('updates of one resource at once', () => {
  it('without If-Match all succeed, each with a version of its own', async () => {
    await put('plain', -1);
    const answers = await atOnce((n) => put('plain', n + 1));
    expect(countOf(answers, 200)).toBe(CLIENTS);
    expect(etags(answers)).toEqual(upTo(CLIENTS + 1, 2));
    const history = await historyOf('Patient', 'plain');
    const stored = history
      .slice(1)
      .map(({ resource }) => [resource.meta.versionId, resource.multipleBirthInteger]);
    const answered = answers.map(({ body }) => [body.meta.versionId, body.multipleBirthInteger]);
    expect(stored).toEqual(answered.toSorted((a, b) => Number(a[0]) - Number(b[0])));
    expect((await send('GET', `${server.base}/Patient/plain`)).body).toEqual(history.at(-1).resource);
  });

  it('with the same If-Match one succeeds and all others get 412', async () => {
    await put('matched', -1);
    const answers = await atOnce((n) => put('matched', n, { 'if-match': 'W/"1"' }));
    expect([countOf(answers, 200), countOf(answers, 412)]).toEqual([1, CLIENTS - 1]);
    expect(await historyOf('Patient', 'matched')).toHaveLength(2);
  });

  it('with If-Match of what was read no increment is lost', async () => {
    await put('counter', 0);
    const increment = async (): Promise<void> => {
      const { body, headers } = await send('GET', `${server.base}/Patient/counter`);
      const { status } = await put('counter', body.multipleBirthInteger + 1, {
        'if-match': headers.get('etag')!,
      });
      if (status !== 200) {
        expect(status).toBe(412);
        await increment();
      }
    };
    await Promise.all(Array.from({ length: 20 }, increment));
    const history = await historyOf('Patient', 'counter');
    expect(history.map(({ resource }) => resource.multipleBirthInteger)).toEqual(upTo(20, 0));
  });

  it('patches all apply', async () => {
    await send('PUT', `${server.base}/Patient/patched`, {
      resourceType: 'Patient',
      id: 'patched',
      name: [{ given: ['start'] }],
    });
    const answers = await atOnce((n) =>
      send('PATCH', `${base(n)}/Patient/patched`, [{ op: 'add', path: '/name/0/given/-', value: `g${n}` }], {
        'content-type': 'application/json-patch+json',
      }),
    );
    expect(countOf(answers, 200)).toBe(CLIENTS);
    expect(await historyOf('Patient', 'patched')).toHaveLength(CLIENTS + 1);
    const { given } = (await send('GET', `${server.base}/Patient/patched`)).body.name[0];
    expect(given.toSorted()).toEqual(['start', ...answers.map((_, n) => `g${n}`)].toSorted());
  });

  it('and deletions leave a history without gaps', async () => {
    await put('both', -1);
    const answers = await atOnce((n) =>
      n % 3 === 0 ? send('DELETE', `${base(n)}/Patient/both`) : put('both', n),
    );
    expect(answers.filter(({ status }) => ![200, 201, 204].includes(status))).toEqual([]);
    const history = await historyOf('Patient', 'both');
    const wasDeletion = history.map(({ request }) => request.method === 'DELETE');
    expect(wasDeletion.some((deletion, i) => deletion && wasDeletion[i - 1])).toBe(false);
    const last = await send('GET', `${server.base}/Patient/both`);
    expect(last.status).toBe(wasDeletion.at(-1) ? 410 : 200);
    const found = (await send('GET', `${server.base}/Patient?_id=both&_summary=count`)).body.total;
    expect(found).toBe(wasDeletion.at(-1) ? 0 : 1);
    const updates = answers.filter(({ status }) => status !== 204);
    expect(new Set(etags(updates)).size).toBe(updates.length);
  });
});

describe('creates of one resource at once', () => {
  it('update-as-create of one new id creates once', async () => {
    const answers = await atOnce((n) => put('upsert', n + 1));
    expect([countOf(answers, 201), countOf(answers, 200)]).toEqual([1, CLIENTS - 1]);
    expect(etags(answers)).toEqual(upTo(CLIENTS));
    expect(await historyOf('Patient', 'upsert')).toHaveLength(CLIENTS);
    expect((await send('GET', `${server.base}/Patient?_id=upsert`)).body.entry).toHaveLength(1);
  });

  it('with If-None-Match: * one succeeds', async () => {
    const answers = await atOnce((n) => put('only', n + 1, { 'if-none-match': '*' }));
    expect([countOf(answers, 201), countOf(answers, 412)]).toEqual([1, CLIENTS - 1]);
  });

  const identified = (value: string, n: number) => ({
    resourceType: 'Patient',
    identifier: [{ system: 'urn:mrn', value }],
    active: true,
    multipleBirthInteger: n + 1,
  });

  it('If-None-Exist makes one resource, however the criteria are spelled', async () => {
    const spellings = [
      'identifier=urn:mrn|one&active=true',
      'identifier=urn%3Amrn%7Cone&active=true',
      'active=true&identifier=urn:mrn|one',
      '?identifier=urn:mrn|one&active=true',
    ];
    const answers = await atOnce((n) =>
      send('POST', `${base(n)}/Patient`, identified('one', n), {
        'if-none-exist': spellings[n % spellings.length]!,
      }),
    );
    expect([countOf(answers, 201), countOf(answers, 200)]).toEqual([1, CLIENTS - 1]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(
      (await send('GET', `${server.base}/Patient?identifier=urn:mrn|one&_summary=count`)).body.total,
    ).toBe(1);
  });

  it('conditional update makes one resource and a version for each client', async () => {
    const answers = await atOnce(
      (n) => send('PUT', `${base(n)}/Patient?identifier=urn:mrn|two`, identified('two', n)),
      20,
    );
    expect([countOf(answers, 201), countOf(answers, 200)]).toEqual([1, 19]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await historyOf('Patient', answers[0]!.body.id)).toHaveLength(20);
  });

  it('conditional deletes remove once', async () => {
    const { body } = await send('POST', `${server.base}/Patient`, identified('three', 0));
    const answers = await atOnce((n) => send('DELETE', `${base(n)}/Patient?identifier=urn:mrn|three`), 20);
    expect(countOf(answers, 204)).toBe(20);
    expect(await historyOf('Patient', body.id)).toHaveLength(2);
  });
});
