// A value set of a hundred thousand stored concepts: paged, filtered, counted, nested, and sent as a whole.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectRefusal } from '../http/expectRefusal.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem, valueSet } from '../terminology/testTerminology.ts';

const SIZE = 100_000;
/** Chapters of a thousand codes each. */
const chapters = Array.from({ length: SIZE / 1000 }, (_, chapter) => ({
  code: `C${chapter}`,
  display: `Chapter ${chapter}`,
  concept: Array.from({ length: 999 }, (_, i) => ({
    code: `C${chapter}.${i}`,
    display: `Disorder ${i} of ${chapter}`,
  })),
}));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const resource of [
    codeSystem('large', chapters),
    valueSet('large', [{ system: 'http://t/large' }]),
    valueSet('larger', [
      { system: 'http://t/large' },
      { system: 'http://t/x', concept: [{ code: 'one more' }] },
    ]),
  ]) {
    expect((await send('POST', `${server.base}/${resource.resourceType}`, resource)).status).toBe(201);
  }
}, 60_000);
afterAll(() => server?.stop());

const expand = (query: Record<string, string>, set = 'large') =>
  send(
    'GET',
    `${server.base}/ValueSet/$expand?${new URLSearchParams({ url: `http://t/vs/${set}`, ...query })}`,
  );

describe('a large value set', () => {
  it('is counted and paged', async () => {
    const counted = await expand({ count: '0' });
    expect(counted.body.expansion).toMatchObject({ total: SIZE, offset: 0 });
    expect(counted.body.expansion.contains).toBeUndefined();
    const page = await expand({ offset: `${SIZE - 2}`, count: '10' });
    expect(page.body.expansion.contains.map(({ code }: { code: string }) => code)).toEqual([
      'C99.997',
      'C99.998',
    ]);
  });

  it('is filtered', async () => {
    const { body } = await expand({ filter: 'disorder 998 of 42' });
    expect(body.expansion).toMatchObject({ total: 1, contains: [{ code: 'C42.998' }] });
  });

  it('is sent as a whole, flat and nested, to several clients at once', async () => {
    const [flat, nested] = await Promise.all([expand({}), expand({ excludeNested: 'false' })]);
    expect(flat.body.expansion.contains).toHaveLength(SIZE);
    expect(new Set(flat.body.expansion.contains.map(({ code }: { code: string }) => code)).size).toBe(SIZE);
    expect(nested.body.expansion.contains).toHaveLength(chapters.length);
    expect(nested.body.expansion.total).toBe(SIZE);
    expect(nested.body.expansion.contains[7].contains).toHaveLength(999);
  }, 30_000);

  it('is refused where it is larger than can be handled', async () => {
    expectRefusal(await expand({}, 'larger'), 422, { code: 'too-costly', diagnostics: '100000 codes' });
  });
});
