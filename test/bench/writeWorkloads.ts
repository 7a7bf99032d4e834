// The workloads that load data: Synthea transactions over HTTP and `salus import` of the same files, beside bare COPY.
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BenchServer,
  CLI,
  createDatabase,
  testEnvironment,
  type UnderTest,
  withClient,
} from './benchServer.ts';
import type { BundleFile, Corpus } from './corpus.ts';
import { measureCpu } from './cpuTime.ts';
import { copyBatches, copyFloor } from './floors.ts';
import { type Measured, runLoad } from './load.ts';
import { startNode } from './processes.ts';
import type { Result } from './result.ts';

/** What every workload works with. */
export interface Bench {
  /** temporary folder with the server's DATA_DIR, logs and the corpus */
  folder: string;
  seconds: number;
  server: BenchServer;
  corpus: Corpus;
  underTest: UnderTest;
}

const COLD_BUNDLES = 8;
const CLIENTS = 4;
const FLOOR = 'COPY';
/** A slow server is given this many times the time that was meant. */
const PATIENCE = 4;

/** Patient bundles from four clients, after a cold start on a few of them; hospitals and practitioners before, timed apart. */
export async function transactions({ server, corpus, seconds }: Bench): Promise<Result> {
  const batches = copyBatches(corpus);
  const floorUrl = await createDatabase(server, 'bench_floor');
  const floors = [await copyFloor(server, floorUrl, batches, seconds / 2)];
  const info = await postInfo(server, corpus.info);
  const post = (files: BundleFile[]) =>
    runLoad(
      {
        kind: 'post',
        port: server.port,
        clients: CLIENTS,
        seconds: seconds * PATIENCE,
        path: server.base,
        files: files.map(({ path, resources }) => ({ path, resources })),
      },
      server.watched,
    );
  const cold = await post(corpus.patients.slice(0, COLD_BUNDLES));
  const load = await post(corpus.patients.slice(COLD_BUNDLES));
  floors.push(await copyFloor(server, floorUrl, batches, seconds / 2));
  const stored = await countResources(server.databaseUrl());
  const expected = info.resources + cold.resources + load.resources;
  return {
    workload: 'transactions',
    title: `Synthea transactions over HTTP, ${CLIENTS} clients`,
    unit: 'resources/s',
    figure: load.resources / load.seconds,
    target: { least: 5000, share: 0.45 },
    floor: { what: FLOOR, figures: floors },
    ...fromLoad(load, 'bundle'),
    failures: load.failures + cold.failures + info.failures,
    notes: [
      `first ${COLD_BUNDLES} bundles after the start: ${rate(cold.resources, cold.seconds)} resources/s, the slowest ${Math.round(cold.latencies.bundle!.max)} ms`,
      `hospitals and practitioners (batches, one client): ${rate(info.resources, info.seconds)} resources/s`,
      `${load.requests} bundles, ${load.resources} resources, ${(load.bytes / 1e6).toFixed(1)} MB of answers`,
      // Two info files may name one organization; more than was sent cannot be there.
      ...(stored > expected || stored < expected * 0.9
        ? [`${stored} resources stored, ${expected} sent`]
        : []),
    ],
  };
}

/** `salus import` of the corpus into a database of its own, by its own report and by the clock. */
export async function importFiles(bench: Bench): Promise<Result> {
  const { server, corpus, seconds } = bench;
  const floorUrl = await createDatabase(server, 'bench_import_floor');
  const floor = await copyFloor(server, floorUrl, copyBatches(corpus), seconds / 2);
  const done = await runImport(bench, await createDatabase(server, IMPORT_DATABASE), corpusPaths(bench));
  return {
    workload: 'import',
    title: 'salus import',
    unit: 'resources/s',
    figure: done.resources / done.seconds,
    target: { least: 6000 },
    floor: { what: FLOOR, figures: [floor] },
    seconds: done.seconds,
    span: done.span,
    cpu: done.cpu,
    failures: done.refused,
    notes: [
      `${done.resources} resources in ${done.seconds} s by its report; ${rate(done.resources, done.wallSeconds)} resources/s by the clock (${done.wallSeconds.toFixed(1)} s with start, migrations and ANALYZE)`,
    ],
  };
}

/** The database into which the import workload loads. */
export const IMPORT_DATABASE = 'bench_import';

/** The corpus as `salus import` takes it. */
export const corpusPaths = ({ corpus }: Pick<Bench, 'corpus'>): string[] => [
  join(corpus.folder, 'info'),
  join(corpus.folder, 'patients'),
];

/** Runs `salus import` on files or folders. @throws Error with its output when it fails */
export async function runImport(
  { folder, server, underTest }: Pick<Bench, 'folder' | 'server' | 'underTest'>,
  databaseUrl: string,
  paths: string[],
) {
  const logFile = join(folder, 'import.log');
  const log = openSync(logFile, 'w');
  const endCpu = measureCpu(server.watched);
  const began = Number(process.hrtime.bigint()) / 1e9;
  const running = startNode([CLI, 'import', ...paths, '--rejects', join(folder, 'rejects.ndjson')], {
    env: {
      DATABASE_URL: databaseUrl,
      DATA_DIR: join(folder, 'data'),
      LOG_LEVEL: 'warn',
      ...testEnvironment(underTest),
    },
    fd: log,
  });
  closeSync(log);
  const code = await running.ended;
  const ended = Number(process.hrtime.bigint()) / 1e9;
  const cpu = endCpu();
  const output = readFileSync(logFile, 'utf8');
  const [, resources, seconds] = /^(\d+) resources in ([\d.]+) s/m.exec(output) ?? [];
  if ((code !== 0 && code !== 3) || resources === undefined)
    throw new Error(`salus import ended with ${code}:\n${output}`);
  return {
    resources: Number(resources),
    seconds: Number(seconds),
    wallSeconds: ended - began,
    span: { began, ended },
    refused: Number(/^(\d+) refused/m.exec(output)?.[1] ?? 0),
    // The import's own processes count as the server's.
    cpu: cpu && { ...cpu, server: cpu.server + cpu.children },
  };
}

/** What a report takes over from a load, with the latencies of one kind of request. */
export function fromLoad(load: Measured, kind?: string) {
  const { latencies, failures, firstFailure, began, ended, seconds, cpu } = load;
  return {
    seconds,
    latencies,
    failures,
    span: { began, ended },
    ...(kind === undefined ? {} : { latency: latencies[kind]! }),
    ...(firstFailure === undefined ? {} : { firstFailure }),
    ...(cpu === undefined ? {} : { cpu }),
  };
}

async function postInfo({ port, base }: BenchServer, files: BundleFile[]) {
  const started = performance.now();
  let [resources, failures] = [0, 0];
  for (const { path } of files) {
    const response = await fetch(`http://127.0.0.1:${port}${base}`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: readFileSync(path),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text.slice(0, 500)}`);
    const { entry } = JSON.parse(text) as { entry: { response: { status: string } }[] };
    const stored = entry.filter((one) => one.response.status.startsWith('2')).length;
    resources += stored;
    failures += entry.length - stored;
  }
  return { resources, failures, seconds: (performance.now() - started) / 1000 };
}

function countResources(url: string): Promise<number> {
  return withClient(url, async (client) =>
    Number((await client.query('SELECT count(*) AS n FROM resource')).rows[0].n),
  );
}

const rate = (count: number, seconds: number) => Math.round(count / seconds).toLocaleString('en');
