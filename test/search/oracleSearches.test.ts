// Random searches of every kind, answered page by page by a real server and, independently, by an oracle that goes through
// all resources in memory (test/search/oracle, written from search.html alone). Ids and order must agree.
// ORACLE_SEED chooses other searches, ORACLE_SEARCHES makes more of them per family.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestServer, type TestServer } from '../support/testServer.ts';
import { type DataSet, identity } from './oracle/dataSet.ts';
import type { Setting } from './oracle/evaluate.ts';
import { hasSharedData, loadData } from './oracle/loadData.ts';
import { ownTerminology } from './oracle/ownRecords.ts';
import { seeded } from './oracle/random.ts';
import { randomSearch, searches } from './oracle/randomSearches.ts';
import { type Found, search } from './oracle/search.ts';
import { terminologyOf } from './oracle/terminology.ts';
import { walk } from './oracle/walk.ts';

const SEED = Number(process.env.ORACLE_SEED ?? 1);
const SEARCHES = Number(process.env.ORACLE_SEARCHES ?? 20);

let server: TestServer;
let data: DataSet;
let setting: Setting;
beforeAll(async () => {
  server = await startTestServer();
  data = await loadData(server.base);
  setting = { data, terminology: terminologyOf(ownTerminology), now: Date.now() };
}, 120_000);
afterAll(() => server.stop());

const without = (some: readonly string[], others: readonly string[]): string[] =>
  some.filter((one) => !others.includes(one));

/** What is wrong with the server's answer to a search, if anything, as a line of text. */
async function difference(url: string, found: Found, count: number): Promise<string | undefined> {
  const expected = found.matches.map(identity);
  const answer = await walk(`${server.base}/${url}&_count=${count}&_total=accurate`, count);
  const actual = answer.pages.flat();
  const at = actual.findIndex((one, place) => one !== expected[place]);
  const problems: Record<string, readonly unknown[]> = {
    refused: answer.refused === undefined ? [] : [answer.refused],
    missing: without(expected, actual),
    superfluous: without(actual, expected),
    twice: actual.filter((one, place) => actual.indexOf(one) < place),
    'total, expected': answer.total === expected.length ? [] : [answer.total, expected.length],
    'order, expected': at < 0 ? [] : [actual.slice(at, at + 3), expected.slice(at, at + 3)],
  };
  let start = 0;
  for (const [number, page] of answer.pages.entries()) {
    const included = found.includes(found.matches.slice(start, start + page.length)).map(identity);
    start += page.length;
    if (!answer.cut.has(number))
      problems[`page ${number}, not included`] = without(included, answer.included[number]!);
    problems[`page ${number}, wrongly included`] = without(answer.included[number]!, included);
  }
  const [problem, what] = Object.entries(problems).find(([, wrong]) => wrong.length > 0) ?? [];
  return what && `${decodeURIComponent(url)}  ${problem}: ${what.slice(0, 5).join(' ')}`;
}

describe(`searches find what an oracle finds (seed ${SEED}${hasSharedData ? '' : ', without ../shared/data'})`, () => {
  const kinds = Object.keys(searches);
  it.each(kinds)('%s', async (kind) => {
    const random = seeded(SEED * 1000 + kinds.indexOf(kind));
    const urls = Array.from({ length: SEARCHES }, () => randomSearch(kind, random, data));
    const made = urls.filter((url) => url !== undefined);
    let matching = 0;
    const differences: string[] = [];
    const one = async (url: string): Promise<void> => {
      const found = search(url, setting);
      if (found.matches.length > 0) matching++;
      const count = Math.max(1, Math.ceil((found.matches.length + 1) / (1 + random.below(4))));
      const wrong = await difference(url, found, count);
      if (wrong) differences.push(wrong);
    };
    for (let at = 0; at < made.length; at += 4) await Promise.all(made.slice(at, at + 4).map(one));
    expect({ seed: SEED, differences }).toEqual({ seed: SEED, differences: [] });
    expect(matching).toBeGreaterThan(0);
  });
});
