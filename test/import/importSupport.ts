// `salus import` as a process of its own, on files that a test writes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type SalusProcess, startSalus, temporaryFolder } from '../runtime/serverProcess.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests write arbitrary JSON, valid or not
export type Json = any;

/** How many resources of a type were created, updated, unchanged and refused. */
export type Counts = [created: number, updated: number, unchanged: number, refused: number];

/** What an import said and how it ended. */
export interface ImportResult {
  code: number | string;
  /** the closing table; `all` sums up */
  counts: Record<string, Counts>;
  stdout: string;
  stderr: string;
}

/** Starts `salus import` on a database. `dataDir` is where it caches definitions. */
export function startImport(
  databaseUrl: string,
  args: string[],
  dataDir = 'node_modules/.cache/salus-test',
): SalusProcess {
  // What a test stores is what it finds.
  const settings = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: '2', VITALS: 'off' };
  return startSalus(['import', ...args], settings);
}

/** Runs `salus import` to its end. */
export async function runImport(databaseUrl: string, args: string[]): Promise<ImportResult> {
  return resultOf(startImport(databaseUrl, args));
}

/** Waits for the end of a started import. */
export async function resultOf(started: SalusProcess): Promise<ImportResult> {
  const code = await started.ended;
  const counts: Record<string, Counts> = {};
  for (const line of started.stdout().split('\n')) {
    const match = /^(\w+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(line);
    if (match) counts[match[1]!] = match.slice(2).map(Number) as Counts;
  }
  return { code, counts, stdout: started.stdout(), stderr: started.stderr() };
}

/**
 * Writes files into a new folder and gives its path. JSON values become JSON text, arrays of a .ndjson file its lines, and
 * what ends in .gz is compressed.
 */
export function writeFiles(files: Record<string, Json>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const lines = Array.isArray(content) && /\.ndjson/.test(name);
    const text =
      typeof content === 'string'
        ? content
        : lines
          ? content.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
          : JSON.stringify(content);
    writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  }
  return folder;
}
