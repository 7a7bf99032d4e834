// `npm run bench`: starts a real server on a fresh database, measures the workloads one after the other beside their floors, and
// prints figures, floors and targets. Nothing is asserted. Everything it starts is stopped and removed again.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchServer, lastErrors, startServer, withClient } from './benchServer.ts';
import { type Corpus, prepareCorpus } from './corpus.ts';
import { disk } from './disk.ts';
import { evaluation } from './evaluation.ts';
import { judging } from './judging.ts';
import {
  HELP,
  isSearchWorkload,
  isWardWorkload,
  type Options,
  readOptions,
  type SearchWorkload,
  type WardWorkload,
  type WorkloadName,
} from './options.ts';
import { isEnding, onEnd, undoAll, undoOnSignals } from './processes.ts';
import { profileLines } from './profile.ts';
import { cycle, everything, read } from './readWorkloads.ts';
import { loadAverage, machine, printReport, type Setting } from './report.ts';
import type { Result } from './result.ts';
import { runSearches } from './runSearches.ts';
import { preloadStatistics, resetStatistics, topStatements, unloadStatistics } from './statements.ts';
import { validation } from './validation.ts';
import { alerts, vitals } from './vitalWorkloads.ts';
import type { WardRun } from './wardServer.ts';
import {
  type Bench,
  corpusPaths,
  IMPORT_DATABASE,
  importFiles,
  runImport,
  transactions,
} from './writeWorkloads.ts';

/** Enough data for the time asked for, were the target for transactions met with some to spare. */
const RESOURCES_PER_SECOND = 9000;

const RUN: Record<
  Exclude<WorkloadName, 'disk' | 'validation' | 'judging' | WardWorkload | SearchWorkload>,
  (bench: Bench) => Promise<Result>
> = {
  transactions,
  read,
  cycle,
  everything,
  import: importFiles,
};

const RUN_WARD: Record<WardWorkload, (run: WardRun) => Promise<Result[]>> = { evaluation, vitals, alerts };

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') console.log(HELP);
  else await bench(options);
} catch (error) {
  if (!isEnding()) console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await undoAll();
}

async function bench(options: Options): Promise<void> {
  undoOnSignals();
  const folder = options.reuse ?? mkdtempSync(join(tmpdir(), 'salus-bench-'));
  onEnd('the temporary folder', () =>
    options.keep || options.reuse
      ? console.log(`kept: ${folder}`)
      : rmSync(folder, { recursive: true, force: true }),
  );
  try {
    await measure(options, folder);
  } catch (error) {
    if (!isEnding()) for (const line of lastErrors(folder)) console.error(`server: ${line}`);
    throw error;
  }
}

async function measure(options: Options, folder: string): Promise<void> {
  const startedAt = new Date().toISOString();
  const before = loadAverage();
  const { env } = options;
  say('starting the server');
  let server = await startServer(folder, { env });
  const coldStartMs = server.readyMs;
  const restart = async (profileDir?: string) => {
    await server.stop();
    server = await startServer(folder, { env, profileDir });
  };
  if (options.explain) {
    await preloadStatistics(server);
    await restart();
    onEnd('pg_stat_statements', () => unloadStatistics(server));
  }
  const results: Result[] = [];
  const data: string[] = [];
  const isPlain = (name: WorkloadName) => !isSearchWorkload(name) && !isWardWorkload(name);
  const plain = options.only.filter(isPlain) as Exclude<WorkloadName, WardWorkload | SearchWorkload>[];
  let corpus: Corpus | undefined;
  if (plain.length > 0) await measurePlain(preparedCorpus());
  const run = { options, folder, keeper: server, say, print };
  for (const name of options.only.filter(isWardWorkload)) {
    results.push(...(await RUN_WARD[name]({ ...run, corpus: preparedCorpus })));
  }
  if (options.only.some(isSearchWorkload)) {
    const searches = await runSearches(run);
    results.push(...searches.results);
    data.push(searches.data);
  }
  const setting: Setting = {
    machine: machine(),
    node: process.version,
    postgres: await postgresVersion(server),
    data: data.join('; '),
    coldStartMs,
    load: [before, loadAverage()],
    startedAt,
  };
  printReport(setting, results);
  const out = options.out ?? join(tmpdir(), `salus-bench-${startedAt.replaceAll(':', '')}.json`);
  writeFileSync(out, `${JSON.stringify({ ...setting, options, results }, null, 2)}\n`);
  console.log(`\nresults: ${out}`);

  function preparedCorpus(): Corpus {
    if (corpus) return corpus;
    say('preparing the data');
    const wanted = options.seconds * RESOURCES_PER_SECOND;
    corpus = prepareCorpus(options.data, join(folder, 'corpus'), wanted);
    data.push(`${corpus.origin}, ${corpus.copies} copies: ${corpus.resources} resources of patients`);
    return corpus;
  }

  async function measurePlain(corpus: Corpus): Promise<void> {
    const loaded = { server: false, import: false };
    for (const name of plain) {
      const plain: Bench = { folder, seconds: options.seconds, server, corpus, underTest: { env } };
      if (['read', 'cycle', 'everything'].includes(name) && !loaded.server) {
        say('loading the data');
        await runImport(plain, server.databaseUrl(), corpusPaths(plain));
      }
      if (name === 'disk' && !loaded.import) {
        say('loading the data');
        await withClient(server.databaseUrl(), (client) =>
          client.query(`CREATE DATABASE ${IMPORT_DATABASE}`),
        );
        await runImport(plain, server.databaseUrl(IMPORT_DATABASE), corpusPaths(plain));
      }
      loaded.server ||= !['import', 'disk', 'validation', 'judging'].includes(name);
      loaded.import ||= name === 'import';
      say(name);
      if (name === 'validation') {
        results.push(await validation(corpus, options.seconds));
        continue;
      }
      if (name === 'judging') {
        results.push(judging(corpus, options.seconds));
        continue;
      }
      if (name === 'disk') {
        results.push(await disk(plain, IMPORT_DATABASE));
        continue;
      }
      const profileDir = options.profile ? mkdtempSync(join(tmpdir(), `salus-profile-${name}-`)) : undefined;
      if (profileDir) await restart(profileDir);
      if (options.explain) await resetStatistics(server);
      const result = await RUN[name]({ ...plain, server, underTest: { env, profileDir } });
      results.push(result);
      if (options.explain) print(`Postgres, ${name}:`, await topStatements(server));
      if (profileDir) {
        // Profiles are written when the processes end.
        await restart();
        print(`Node, ${name}:`, profileLines(profileDir, result.span!));
      }
    }
  }
}

function postgresVersion(server: BenchServer): Promise<string> {
  return withClient(server.databaseUrl(), async (client) => {
    return `Postgres ${(await client.query('SHOW server_version')).rows[0].server_version}`;
  });
}

function say(what: string): void {
  console.error(`bench: ${what} (load ${loadAverage()})`);
}

function print(title: string, lines: string[]): void {
  console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
}
