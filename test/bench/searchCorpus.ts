// The databases of the search workloads: copies of Synthea bundles and as many resources of generated patients, no two alike,
// loaded by `salus import`. A database that is already there is taken as it is.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { generatePopulation, writeBundle } from '../../synthea-data/generatePopulation.ts';
import { type BenchServer, createDatabase, type UnderTest, withClient } from './benchServer.ts';
import { prepareCorpus } from './corpus.ts';
import { runImport } from './writeWorkloads.ts';

/** A loaded database. */
export interface SearchCorpus {
  database: string;
  resources: number;
  /** what it was made of, in words */
  origin: string;
  /** whether it was loaded by a run before this one */
  reused: boolean;
  /** whether what makes index rows has changed since it was loaded */
  outdated: boolean;
}

/** How much is copied; the rest is generated. */
const COPIED_SHARE = 0.45;
const ALL_PATIENTS = 1_000_000;
const SEED = 3;
/** What index rows depend on. */
const INDEXING = ['server/search', 'server/definitions', 'migrations'];
const ROOT = resolve(import.meta.dirname, '../..');

/** The database with at least `wanted` resources, loaded if it is not there yet. Its comment says what is in it. */
export async function searchCorpus(
  { server, folder, underTest }: { server: BenchServer; folder: string; underTest: UnderTest },
  sources: string[],
  wanted: number,
  say: (what: string) => void,
): Promise<SearchCorpus> {
  const database = `bench_search_${wanted}`;
  const code = indexingCode();
  const { exists, comment } = await lookUp(server, database);
  if (comment) {
    const { resources, origin, code: then } = JSON.parse(comment);
    return { database, resources, origin, reused: true, outdated: then !== code };
  }
  // Half loaded, by a run that was interrupted.
  if (exists) await withClient(server.databaseUrl(), (client) => client.query(`DROP DATABASE ${database}`));
  say(`preparing ${wanted.toLocaleString('en')} resources to search`);
  const files = join(folder, `corpus-${wanted}`);
  rmSync(files, { recursive: true, force: true });
  const { paths, origin } = writeFiles(files, sources, wanted);
  say('loading them');
  const url = await createDatabase(server, database);
  const done = await runImport({ folder, server, underTest }, url, paths);
  rmSync(files, { recursive: true, force: true });
  if (done.refused > 0) throw new Error(`${done.refused} resources of the search corpus were refused`);
  const { resources } = done;
  await withClient(url, async (client) => {
    // What autovacuum would do in the middle of a measurement.
    await client.query('VACUUM (ANALYZE)');
    await client.query(
      `COMMENT ON DATABASE ${database} IS ${client.escapeLiteral(JSON.stringify({ resources, origin, code }))}`,
    );
    await client.query('CHECKPOINT');
  });
  return { database, resources, origin, reused: false, outdated: false };
}

async function lookUp(server: BenchServer, database: string): Promise<{ exists: boolean; comment?: string }> {
  return withClient(server.databaseUrl(), async (client) => {
    const { rows } = await client.query(
      "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
      [database],
    );
    const comment = rows[0]?.comment;
    return { exists: rows.length > 0, ...(comment ? { comment } : {}) };
  });
}

/** Copies and generated patients as files, in the order in which their folders have to be loaded. */
function writeFiles(folder: string, sources: string[], wanted: number): { paths: string[]; origin: string } {
  mkdirSync(folder, { recursive: true });
  const copied =
    sources.length > 0
      ? prepareCorpus(sources, join(folder, 'copied'), wanted * COPIED_SHARE)
      : { resources: 0, copies: 0, origin: '' };
  const generated = writeGenerated(join(folder, 'generated'), wanted - copied.resources);
  const population = `${generated.patients} generated patients (${generated.resources} resources)`;
  if (sources.length === 0) return { paths: [join(folder, 'generated')], origin: population };
  return {
    paths: [join(folder, 'copied/info'), join(folder, 'copied/patients'), join(folder, 'generated')],
    origin: `${copied.origin}, ${copied.copies} copies (${copied.resources} resources), and ${population}`,
  };
}

function writeGenerated(folder: string, wanted: number): { resources: number; patients: number } {
  mkdirSync(folder);
  let [resources, patients] = [0, 0];
  for (const { fileName, bundle } of generatePopulation({ patients: ALL_PATIENTS, seed: SEED })) {
    writeFileSync(join(folder, fileName), writeBundle(bundle));
    if (/^(?:hospital|practitioner)Information/.test(fileName)) continue;
    resources += bundle.entry!.length;
    patients++;
    if (resources >= wanted) break;
  }
  return { resources, patients };
}

function indexingCode(): string {
  const hash = createHash('sha256');
  for (const folder of INDEXING) {
    const names = readdirSync(join(ROOT, folder), { recursive: true }) as string[];
    for (const name of names.filter((one) => one.endsWith('.ts')).sort()) {
      hash.update(readFileSync(join(ROOT, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
