// Carries out the search workloads: databases, a server on each, and what is to be printed in between.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchServer, startServer, withClient } from './benchServer.ts';
import { extraction } from './extraction.ts';
import { type Options, SEARCH_WORKLOADS } from './options.ts';
import { profileLines } from './profile.ts';
import type { Result } from './result.ts';
import { searchCorpus } from './searchCorpus.ts';
import { explainSearches, printEachSearch } from './searchReport.ts';
import { sampleResources } from './searchSamples.ts';
import { clinical, eachSearch, growth, type SearchSide, search } from './searchWorkloads.ts';
import { resetStatistics, topStatements } from './statements.ts';

/** Resources to search, and a tenth of them to see how searches grow. */
const LARGE = 300_000;
const SMALL = 30_000;
const SAMPLED = 200;

/** What the search workloads need of the run: `keeper` runs Postgres. */
export interface SearchRun {
  options: Options;
  folder: string;
  keeper: BenchServer;
  say(what: string): void;
  print(title: string, lines: string[]): void;
}

/** Runs those of the search workloads that are asked for; `data` says what was searched. */
export async function runSearches(run: SearchRun): Promise<{ results: Result[]; data: string }> {
  const { options, say, print } = run;
  const { seconds } = options;
  const large = await openSide(run, LARGE);
  const results: Result[] = [];
  for (const name of SEARCH_WORKLOADS.filter((one) => options.only.includes(one))) {
    say(name);
    if (name === 'extraction') {
      results.push(...(await extraction(large, seconds)));
      continue;
    }
    if (name === 'growth') {
      const small = await openSide(run, SMALL);
      results.push(...(await growth(small, large, seconds)));
      await small.server.stop();
      continue;
    }
    const profileDir = options.profile ? mkdtempSync(join(tmpdir(), `salus-profile-${name}-`)) : undefined;
    if (profileDir) await restart(run, large, profileDir);
    if (options.explain) await resetStatistics(large.server);
    const own = await (name === 'search' ? search : clinical)(large, seconds);
    results.push(...own);
    if (options.explain) print(`Postgres, ${name}:`, await topStatements(large.server));
    if (profileDir) {
      await restart(run, large);
      for (const { title, span } of own) print(`Node, ${title}:`, profileLines(profileDir, span!));
    }
  }
  if (options.each) {
    say('each search');
    const { requests, load } = await eachSearch(large, options.only, seconds);
    const worst = printEachSearch(requests, load);
    if (options.explain) await explainSearches(large.server, { env: options.env }, worst);
  }
  await large.server.stop();
  return {
    results,
    data: `${large.corpus.resources.toLocaleString('en')} resources to search: ${large.corpus.origin}`,
  };
}

async function openSide(run: SearchRun, wanted: number): Promise<SearchSide> {
  const { options, folder, keeper, say } = run;
  const underTest = { env: options.env };
  const corpus = await searchCorpus({ server: keeper, folder, underTest }, options.data, wanted, say);
  if (corpus.reused) say(`searching what was loaded before: ${corpus.resources} resources`);
  if (corpus.outdated) {
    say(`the code that makes index rows has changed since; remove ${folder} to load anew`);
  }
  const server = await startServer(folder, {
    ...underTest,
    on: { server: keeper, database: corpus.database },
  });
  const samples = await withClient(server.databaseUrl(), (client) => sampleResources(client, SAMPLED));
  return { corpus, server, samples };
}

/** Profiles are written when the processes end. */
async function restart(
  { options, folder, keeper }: SearchRun,
  side: SearchSide,
  profileDir?: string,
): Promise<void> {
  await side.server.stop();
  const on = { server: keeper, database: side.corpus.database };
  side.server = await startServer(folder, { env: options.env, on, ...(profileDir ? { profileDir } : {}) });
}
