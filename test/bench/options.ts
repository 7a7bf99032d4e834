// The command line of the benchmark: which workloads, for how long, on which data, and where the results go.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** The workloads, in the order in which they run. */
export const WORKLOADS = [
  'transactions',
  'read',
  'cycle',
  'everything',
  'import',
  'disk',
  'validation',
  'judging',
  'evaluation',
  'vitals',
  'alerts',
  'search',
  'clinical',
  'growth',
  'extraction',
] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** Those on databases of their own, which can be used again. */
export const SEARCH_WORKLOADS = [
  'search',
  'clinical',
  'growth',
  'extraction',
] as const satisfies WorkloadName[];
export type SearchWorkload = (typeof SEARCH_WORKLOADS)[number];

export const isSearchWorkload = (name: WorkloadName): name is SearchWorkload =>
  (SEARCH_WORKLOADS as readonly string[]).includes(name);

/** Those on servers of their own that judge vital signs, or do not. */
export const WARD_WORKLOADS = ['evaluation', 'vitals', 'alerts'] as const satisfies WorkloadName[];
export type WardWorkload = (typeof WARD_WORKLOADS)[number];

export const isWardWorkload = (name: WorkloadName): name is WardWorkload =>
  (WARD_WORKLOADS as readonly string[]).includes(name);

/** What to measure and how. */
export interface Options {
  only: WorkloadName[];
  /** how long each measurement is meant to last */
  seconds: number;
  /** folders of Synthea bundles; none means generated data */
  data: string[];
  /** file for the results as JSON */
  out: string | undefined;
  /** settings of the server and the import on top of the benchmark's own, such as WORKERS or NODE_OPTIONS */
  env: Record<string, string>;
  /** leave the temporary folder (database, log, data) where it is */
  keep: boolean;
  /** profile the server's processes and print where their time goes */
  profile: boolean;
  /** print the statements on which the database spends its time */
  explain: boolean;
  /** folder of loaded databases for the search workloads, filled where it is not yet */
  reuse: string | undefined;
  /** print every search by itself */
  each: boolean;
}

export const HELP = `npm run bench -- [options]

  --only NAME,…   of ${WORKLOADS.join(', ')} (default: all)
  --seconds N     how long each measurement is meant to last (default 15)
  --data DIR      folder of Synthea transaction bundles; may be repeated
                  (default: ../shared/data/synthea-* where present, else a generated population)
  --out FILE      where to write the results as JSON (default: a file in the temporary folder)
  --env NAME=VAL  a setting for the server and the import (WORKERS, NODE_OPTIONS, …); may be repeated
  --keep          keep the database, the server's log and the data
  --profile       CPU profiles of the server and the import, and their top functions
  --explain       top statements from pg_stat_statements, with their plans
  --reuse DIR     with ${SEARCH_WORKLOADS.join(', ')} only: load their databases into DIR, or take them from there
  --each          with search and clinical: every search by itself, and the slowest`;

const SHARED = resolve(import.meta.dirname, '../../../shared/data');

/** Reads the command line. @throws Error that says what is wrong with it */
export function readOptions(args: string[]): Options | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '15' },
      data: { type: 'string', multiple: true },
      out: { type: 'string' },
      env: { type: 'string', multiple: true, default: [] },
      keep: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      explain: { type: 'boolean', default: false },
      reuse: { type: 'string' },
      each: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { keep, profile, explain, out, each } = values;
  const only = values.only === undefined ? [...WORKLOADS] : workloadNames(values.only);
  if (values.reuse !== undefined && !only.every(isSearchWorkload)) {
    throw new Error(`--reuse goes with --only ${SEARCH_WORKLOADS.join(',')}, or some of them`);
  }
  const seconds = Number(values.seconds);
  if (!(seconds >= 1 && seconds <= 300)) throw new Error('--seconds takes a number from 1 to 300');
  return {
    only,
    seconds,
    data: values.data?.map((folder) => resolve(folder)) ?? sharedData(),
    out,
    env: Object.fromEntries(values.env.map(readSetting)),
    keep,
    profile,
    explain,
    reuse: values.reuse === undefined ? undefined : resolve(values.reuse),
    each,
  };
}

function workloadNames(text: string): WorkloadName[] {
  const wanted = text.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !(WORKLOADS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is not one of ${WORKLOADS.join(', ')}`);
  return WORKLOADS.filter((name) => wanted.includes(name));
}

function readSetting(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`--env takes NAME=VALUE, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function sharedData(): string[] {
  if (!existsSync(SHARED)) return [];
  const folders = readdirSync(SHARED).filter((name) => name.startsWith('synthea-'));
  return folders.sort().map((name) => join(SHARED, name));
}
