// Lists of things: filters, order, both page styles, totals.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let api: string;
const JSON_TYPE = { 'content-type': 'application/json' };
const CITIES = ['Berlin', 'Ankara', 'Cádiz'];
const SIZE = 25;
let added = 0;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  const operations = Array.from({ length: SIZE }, (_, i) => ({
    op: 'create',
    data: { id: `l${i}`, name: `List ${String(i).padStart(2, '0')}`, city: CITIES[i % 3]! },
  }));
  await send('POST', `${api}/hospitals:batch`, { operations }, JSON_TYPE);
});
afterAll(() => server.stop());

const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : `${api}/${path}`);
const namesOf = ({ body }: Answer): string[] => body.data.map(({ name }: { name: string }) => name);

/** All pages, following `next`; `between` happens after each. */
async function allPages(first: string, between: (page: number) => Promise<unknown> = async () => {}) {
  const names: string[] = [];
  let pages = 0;
  for (let url: string | undefined = first; url !== undefined; ) {
    const answer: Answer = await get(url);
    expect(answer.status).toBe(200);
    names.push(...namesOf(answer));
    const next: string | undefined = answer.body._links.next?.href;
    const link = answer.headers.get('link') ?? '';
    expect(link.includes('rel="next"')).toBe(next !== undefined);
    if (next) expect(link).toContain(`<${next}>; rel="next"`);
    url = next;
    await between(pages++);
  }
  return { names, pages };
}

describe('filters and order', () => {
  it('finds by what members begin with', async () => {
    const { body } = await get('hospitals?city=cadiz&total=true&pageSize=3');
    expect(body).toMatchObject({ total: 8 });
    expect(body.data).toHaveLength(3);
    expect(namesOf(await get('hospitals?name=List%2003'))).toEqual(['List 03']);
    expect(namesOf(await get('hospitals?name=List%2003&city=Ankara'))).toEqual([]);
    expect(namesOf(await get('hospitals?name=a%2Cb'))).toEqual([]);
  });

  it('sorts by several members, and newest first without', async () => {
    const sorted = await get('hospitals?sort=city,-name&pageSize=100');
    const expected = Array.from({ length: SIZE }, (_, i) => i)
      .sort((a, b) => {
        const [one, other] = [CITIES[a % 3]!, CITIES[b % 3]!];
        return one < other ? -1 : one > other ? 1 : b - a;
      })
      .map((i) => `List ${String(i).padStart(2, '0')}`);
    expect(namesOf(sorted)).toEqual(expected);
    expect(namesOf(await get('hospitals?limit=2'))).toEqual(['List 24', 'List 23']);
  });

  it.each([
    ['sort=beds', 'sort', 'one or more of name, city'],
    ['sort=name,-name', 'sort', 'each once'],
    ['beds=3', 'beds', 'There is no parameter "beds" here; known are name, city, sort'],
    ['name=', 'name', 'Parameter "name" takes'],
    ['name=a&name=b', 'name', 'more than once'],
    ['limit=0', 'limit', 'from 1 to 1000'],
    ['limit=1001', 'limit', 'from 1 to 1000'],
    ['offset=10001', 'offset', 'from 0 to 10000'],
    ['pageSize=x', 'pageSize', 'a whole number'],
    ['pageToken=x', 'pageToken', 'not one of this server'],
    ['total=yes', 'total', 'true or false'],
    ['limit=2&pageToken=x', 'pageToken', 'the other page style'],
    ['offset=2&pageSize=2', 'pageSize', 'the other page style'],
  ])('refuses ?%s', async (query, parameter, detail) => {
    expectProblem(await get(`hospitals?${query}`), 400, { parameter, detail });
  });
});

describe('pages', () => {
  it('go on by token, each thing once', async () => {
    const { names, pages } = await allPages('hospitals?pageSize=7&city=Ankara');
    expect(pages).toBe(2);
    expect(new Set(names).size).toBe(8);
    expect(names).toHaveLength(8);
  });

  it.each(['', '&sort=name', '&sort=-city,name'])(
    'are complete while others add and change%s',
    async (sort) => {
      const before = (await allPages(`hospitals?name=List&pageSize=100${sort}`)).names;
      const { names } = await allPages(`hospitals?name=List&pageSize=4${sort}`, (page) =>
        send(
          'POST',
          `${api}/hospitals`,
          { name: `List ${page % 2 ? '00' : '99'} added ${added++}`, city: CITIES[page % 3]! },
          JSON_TYPE,
        ),
      );
      expect(names.filter((name) => before.includes(name))).toEqual(before);
      expect(new Set(names).size).toBe(names.length);
    },
  );

  it('go on by offset, and back', async () => {
    const all = (await allPages('hospitals?sort=name&pageSize=100')).names;
    const { names, pages } = await allPages('hospitals?sort=name&limit=9');
    expect(names).toEqual(all);
    expect(pages).toBe(Math.ceil(all.length / 9));
    const second = await get('hospitals?sort=name&limit=9&offset=9&total=true');
    expect(second.body).toMatchObject({ limit: 9, offset: 9, total: all.length });
    expect(namesOf(second)).toEqual(all.slice(9, 18));
    expect(namesOf(await get(second.body._links.prev.href))).toEqual(all.slice(0, 9));
    expect(second.headers.get('link')).toContain('rel="prev"');
    expect(namesOf(await get('hospitals?offset=10000'))).toEqual([]);
    expect(namesOf(await get('hospitals?sort=name&offset=3&limit=2'))).toEqual(all.slice(3, 5));
  });

  it('take a token for the list it was made for only', async () => {
    const { body } = await get('hospitals?pageSize=2');
    const token = new URL(body._links.next.href).searchParams.get('pageToken')!;
    expectProblem(await get(`hospitals?pageSize=2&sort=name&pageToken=${token}`), 400, {
      parameter: 'pageToken',
    });
    expectProblem(await get(`hospitals?city=Berlin&pageToken=${token}`), 400, { parameter: 'pageToken' });
    expect((await get(`hospitals?pageSize=5&pageToken=${token}`)).body.data).toHaveLength(5);
  });

  it('are not sent again to who has them', async () => {
    const first = await get('hospitals?pageSize=3');
    const tag = first.headers.get('etag')!;
    const again = await send('GET', `${api}/hospitals?pageSize=3`, undefined, { 'if-none-match': tag });
    expect(again.status).toBe(304);
    await send('POST', `${api}/hospitals`, { name: 'New' }, JSON_TYPE);
    const changed = await send('GET', `${api}/hospitals?pageSize=3`, undefined, { 'if-none-match': tag });
    expect(changed.status).toBe(200);
  });
});
