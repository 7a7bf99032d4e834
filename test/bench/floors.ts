// What the machine gives without us, measured beside our own figures: bare COPY into one jsonb table, and a bare Express route
// with one prepared statement per request (floorServer.ts).
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { type BenchServer, withClient } from './benchServer.ts';
import { type Corpus, resourceTexts } from './corpus.ts';
import { measureCpu, type Watched } from './cpuTime.ts';
import { startNode } from './processes.ts';

/** One COPY statement's rows, encoded. */
export interface CopyBatch {
  rows: Buffer;
  resources: number;
}

/** The patient bundles of one copy of the corpus in COPY's text form, one batch each, so that encoding is not measured. */
export function copyBatches({ patients, copies }: Corpus): CopyBatch[] {
  let id = 0;
  return patients.slice(0, Math.ceil(patients.length / copies)).map((file) => {
    const texts = resourceTexts(file);
    const lines = texts.map((text) => `${++id}\t${text.replaceAll('\\', '\\\\')}\n`);
    return { rows: Buffer.from(lines.join('')), resources: texts.length };
  });
}

/** One measurement of a floor: its rate, and the processor time for one unit in microseconds. */
export interface FloorFigure {
  rate: number;
  /** `node`: of the bare server, or of the process that sends COPY its data */
  cpu: { node: number; postgres: number } | undefined;
}

/** COPY of the batches over one connection, each its own transaction, round and round for `seconds`. The rate is of resources. */
export function copyFloor(
  server: BenchServer,
  url: string,
  batches: CopyBatch[],
  seconds: number,
): Promise<FloorFigure> {
  return withClient(url, async (client) => {
    await client.query('DROP TABLE IF EXISTS copy_floor');
    await client.query('CREATE TABLE copy_floor (id bigint, content jsonb)');
    let resources = 0;
    const endCpu = measureCpu(server.watched);
    const started = performance.now();
    const until = started + seconds * 1000;
    for (let n = 0; performance.now() < until; n++) {
      const batch = batches[n % batches.length]!;
      await pipeline(
        Readable.from([batch.rows]),
        client.query(copyFrom('COPY copy_floor (id, content) FROM STDIN')),
      );
      resources += batch.resources;
    }
    const rate = resources / ((performance.now() - started) / 1000);
    const cpu = endCpu();
    await client.query('DROP TABLE copy_floor');
    const each = (used: number) => (used / resources) * 1e6;
    return { rate, cpu: cpu && { node: each(cpu.self), postgres: each(cpu.postgres) } };
  });
}

/** A bare Express server on the server's database. */
export interface FloorServer {
  port: number;
  watched: Watched;
  stop(): Promise<void>;
}

/** Starts the bare server on the database of `server`, with as many processes. */
export async function startFloorServer(server: BenchServer): Promise<FloorServer> {
  const { workers, watched } = server;
  const running = startNode([join(import.meta.dirname, 'floorServer.ts')], {
    env: { DATABASE_URL: server.databaseUrl(), WORKERS: String(workers) },
    ipc: true,
  });
  const failed = running.ended.then((end) => {
    throw new Error(`the bare server ended (${end})`);
  });
  failed.catch(() => undefined); // Told by the race below, if it comes to that.
  const [{ port, pids }] = await Promise.race([once(running.child, 'message'), failed]);
  return { port, watched: { ...watched, server: [running.pid, ...pids] }, stop: running.stop };
}
