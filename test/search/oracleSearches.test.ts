// Random searches of every kind, answered page by page by a real server and, independently, by an oracle that goes through
// all resources in memory (test/search/oracle, written from search.html alone). Ids and order must agree.
// ORACLE_SEED chooses other searches, ORACLE_SEARCHES makes more of them per family.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, type TestServer } from '../support/testServer.ts';
import { type DataSet, identity } from './oracle/dataSet.ts';
import type { Setting } from './oracle/evaluate.ts';
import { type FamilyName, families } from './oracle/families.ts';
import { hasSharedData, loadData } from './oracle/loadData.ts';
import { seeded } from './oracle/random.ts';
import { randomSearch } from './oracle/randomSearches.ts';
import { search } from './oracle/search.ts';
import { terminologyOf } from './oracle/terminology.ts';
import { walk } from './oracle/walk.ts';

const SEED = Number(process.env.ORACLE_SEED ?? 1);
const SEARCHES = Number(process.env.ORACLE_SEARCHES ?? 20);

/** Families of searches that the server does not offer. */
const notOffered: readonly FamilyName[] = [];

let server: TestServer;
let data: DataSet;
let setting: Setting;
beforeAll(async () => {
  server = await startTestServer();
  data = await loadData(server.base);
  setting = { data, terminology: terminologyOf({ members: {}, parents: {} }), now: Date.now() };
}, 120_000);
afterAll(() => server.stop());

/** What is wrong with the server's answer to a search, if anything, as a line of text. */
async function difference(url: string, count: number): Promise<string | undefined> {
  const expected = search(url, setting).matches.map(identity);
  const answer = await walk(`${server.base}/${url}&_count=${count}&_total=accurate`, count);
  const actual = answer.pages.flat();
  const without = (some: readonly string[], others: readonly string[]) =>
    some.filter((one) => !others.includes(one));
  const at = actual.findIndex((one, place) => one !== expected[place]);
  const problems: Record<string, readonly unknown[]> = {
    refused: answer.refused === undefined ? [] : [answer.refused],
    missing: without(expected, actual),
    superfluous: without(actual, expected),
    twice: actual.filter((one, place) => actual.indexOf(one) < place),
    'total, expected': answer.total === expected.length ? [] : [answer.total, expected.length],
    'order, expected': at < 0 ? [] : [actual.slice(at, at + 3), expected.slice(at, at + 3)],
  };
  const [problem, what] = Object.entries(problems).find(([, found]) => found.length > 0) ?? [];
  return what && `${decodeURIComponent(url)}  ${problem}: ${what.slice(0, 5).join(' ')}`;
}

describe(`searches find what an oracle finds (seed ${SEED}${hasSharedData ? '' : ', without ../shared/data'})`, () => {
  const offered = (Object.keys(families) as FamilyName[]).filter((name) => !notOffered.includes(name));
  it.each(offered)('%s', async (family) => {
    const random = seeded(SEED * 1000 + offered.indexOf(family));
    const urls = Array.from({ length: SEARCHES }, () => randomSearch(family, random, data));
    const made = urls.filter((url) => url !== undefined);
    expect(made.length).toBeGreaterThan(0);
    let finding = 0;
    const differences: string[] = [];
    const one = async (url: string): Promise<void> => {
      const matches = search(url, setting).matches.length;
      if (matches > 0) finding++;
      const count = Math.max(1, Math.ceil((matches + 1) / (1 + random.below(4))));
      const found = await difference(url, count);
      if (found) differences.push(found);
    };
    for (let at = 0; at < made.length; at += 4) await Promise.all(made.slice(at, at + 4).map(one));
    expect({ seed: SEED, differences }).toEqual({ seed: SEED, differences: [] });
    expect(finding).toBeGreaterThan(0);
  });
});
