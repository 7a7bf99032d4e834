// Pages of a search (search.html#count, http.html#paging): next links lead through all matches, whatever others write.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

const PATIENTS = 60;
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ DEFAULT_PAGE_SIZE: '20', MAX_PAGE_SIZE: '40' });
  const entry = Array.from({ length: PATIENTS }, (_, n) => ({
    request: { method: 'PUT', url: `Patient/p${n}` },
    resource: patient(`p${n}`, n % 2 === 0),
  }));
  expect(
    (await send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry })).status,
  ).toBe(200);
});
afterAll(() => server.stop());

const patient = (id: string, active: boolean) => ({
  resourceType: 'Patient',
  id,
  active,
  name: [{ family: `Walk${id}` }],
  gender: 'other',
});
const names = (count: number, step = 1) =>
  Array.from({ length: count / step }, (_, n) => `p${n * step}`).toSorted();
// biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
const idsOf = ({ body }: Answer): string[] => (body.entry ?? []).map(({ resource }: any) => resource.id);
const linkOf = ({ body }: Answer, name: string): string | undefined =>
  body.link.find(({ relation }: { relation: string }) => relation === name)?.url;

/** Follows next links from a search to its end; `between` runs after each page. */
async function walk(
  query: string,
  between: (page: number) => Promise<unknown> = async () => {},
): Promise<string[][]> {
  const pages: string[][] = [];
  let url: string | undefined = `${server.base}/${query}`;
  while (url) {
    const answer: Answer = await send('GET', url);
    expect(answer.status).toBe(200);
    pages.push(idsOf(answer));
    await between(pages.length);
    url = linkOf(answer, 'next');
  }
  return pages;
}

describe('pages', () => {
  it.each([
    ['Patient', PATIENTS, 1],
    ['Patient?active=true', PATIENTS, 2],
    ['Patient?active=true,false', PATIENTS, 1],
    ['Patient?family=walk', PATIENTS, 1],
    ['Patient?family:contains=alk&gender=other', PATIENTS, 1],
    ['Patient?gender:not=male&active:not=false', PATIENTS, 2],
    ['Patient?_lastUpdated=gt2020', PATIENTS, 1],
    ['Patient?gender:missing=false&family:missing=false', PATIENTS, 1],
  ])('of %s hold each match once', async (query, all, step) => {
    for (const count of [7, 20]) {
      const pages = await walk(`${query}${query.includes('?') ? '&' : '?'}_count=${count}`);
      const expected = names(all, step);
      expect(pages.slice(0, -1).every((page) => page.length === count)).toBe(true);
      expect(pages.flat().toSorted()).toEqual(expected);
      expect(pages).toHaveLength(Math.ceil(expected.length / count));
    }
  });

  it('take their size from the settings, and say what was granted', async () => {
    const first = await send('GET', `${server.base}/Patient`);
    expect(idsOf(first)).toHaveLength(20);
    const most = await send('GET', `${server.base}/Patient?_count=1000`);
    expect(idsOf(most)).toHaveLength(40);
    expect(new URL(linkOf(most, 'self')!).searchParams.get('_count')).toBe('40');
  });

  it('carry on what was asked: parameters, _total, _elements, _format', async () => {
    const first = await send(
      'GET',
      `${server.base}/Patient?active=true&_count=10&_total=accurate&_elements=active&_format=json&_pretty=true`,
    );
    const second = await send('GET', linkOf(first, 'next')!);
    expect(second.body.total).toBe(PATIENTS / 2);
    expect(Object.keys(second.body.entry[0].resource).toSorted()).toEqual([
      'active',
      'id',
      'meta',
      'resourceType',
    ]);
    expect(second.text).toContain('\n  ');
    expect(linkOf(second, 'self')).toBe(linkOf(first, 'next'));
    expect(idsOf(await send('GET', linkOf(second, 'self')!))).toEqual(idsOf(second));
  });

  it('of a POST search go on by GET', async () => {
    const first = await send('POST', `${server.base}/Patient/_search`, 'family=walk&_count=25', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    const second = await send('GET', linkOf(first, 'next')!);
    expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(50);
  });

  it('refuse a damaged link', async () => {
    for (const cursor of ['', 'x', '-1', '1e9', '99999999999999999999']) {
      expectRefusal(await send('GET', `${server.base}/Patient?_cursor=${cursor}`), 400);
    }
  });
});

describe('pages while others write', () => {
  it('hold everything that was there throughout, once', async () => {
    const stable = names(PATIENTS);
    const passing: string[] = [];
    let made = 0;
    const churn = async (page: number) => {
      // New ones, changes to some already seen and some not, deletions of what this test made, and one revived.
      const fresh = await Promise.all(
        [0, 1, 2].map(async () => {
          const id = `new${made++}`;
          await send('PUT', `${server.base}/Patient/${id}`, patient(id, true));
          return id;
        }),
      );
      passing.push(...fresh);
      await Promise.all([
        send('PUT', `${server.base}/Patient/p${(page * 13) % PATIENTS}`, {
          ...patient(`p${(page * 13) % PATIENTS}`, page % 2 === 0),
          birthDate: `20${10 + page}`,
        }),
        send('PUT', `${server.base}/Patient/p${PATIENTS - page}`, {
          ...patient(`p${PATIENTS - page}`, true),
          birthDate: `20${10 + page}`,
        }),
        send('DELETE', `${server.base}/Patient/${fresh[0]}`),
        page > 1 ? send('PUT', `${server.base}/Patient/new0`, patient('new0', true)) : undefined,
      ]);
    };
    for (const query of [
      'Patient?gender=other&_count=9',
      'Patient?family=walk&_count=9',
      'Patient?_count=9',
      'Patient?gender:not=male&_count=9',
    ]) {
      const seen = (await walk(query, churn)).flat();
      expect([query, seen.length]).toEqual([query, new Set(seen).size]);
      expect(seen.filter((id) => stable.includes(id)).toSorted()).toEqual(stable);
      expect(seen.filter((id) => !stable.includes(id) && !passing.includes(id))).toEqual([]);
    }
  });

  it('leave out what was deleted before its page', async () => {
    const first = await send('GET', `${server.base}/Patient?_id=p1,p2,p3&_count=1`);
    const rest = ['p1', 'p2', 'p3'].filter((id) => id !== idsOf(first)[0]);
    await send('DELETE', `${server.base}/Patient/${rest[0]}`);
    const second = await send('GET', linkOf(first, 'next')!);
    expect(idsOf(second)).toEqual([rest[1]]);
    expect(linkOf(second, 'next')).toBeUndefined();
  });
});
