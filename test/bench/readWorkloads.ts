// The workloads on loaded data: read by id, the cycle of create, read, update and delete, and Patient/$everything, each beside a
// bare Express server that does the same with one statement.
import type { Client } from 'pg';
import { withClient } from './benchServer.ts';
import { type FloorFigure, type FloorServer, startFloorServer } from './floors.ts';
import { type Measured, runLoad } from './load.ts';
import type { CycleSample, Plan } from './loadGenerator.ts';
import type { Result } from './result.ts';
import { type Bench, fromLoad } from './writeWorkloads.ts';

const CLIENTS = 16;
const EVERYTHING_CLIENTS = 4;
const READ_IDS = 20_000;
/** Types of the cycle, and how many small resources of each. */
const CYCLE_TYPES = [
  'Patient',
  'Observation',
  'Encounter',
  'Condition',
  'MedicationRequest',
  'Procedure',
  'Immunization',
];
const CYCLE_SAMPLES = 20;
const CYCLE_BYTES = 5_000;
/** The size of record that the target is about, in resources. */
const RECORD = 900;
const WARM_UP_SECONDS = 3;
const FLOOR = 'bare Express route';

type Job =
  | Omit<Extract<Plan, { kind: 'get' }>, 'port' | 'seconds'>
  | Omit<Extract<Plan, { kind: 'cycle' }>, 'port' | 'seconds'>;

/** Reads of random resources by id. */
export async function read(bench: Bench): Promise<Result> {
  const paths = await withClient(bench.server.databaseUrl(), async (client) => {
    const { rows } = await client.query(
      'SELECT type, id FROM resource WHERE NOT deleted ORDER BY md5(id) LIMIT $1',
      [READ_IDS],
    );
    return rows.map(({ type, id }) => `${bench.server.base}/${type}/${id}`);
  });
  const job: Job = { kind: 'get', clients: CLIENTS, paths };
  const { ours, floors } = await besideFloor(bench, job, job);
  return {
    workload: 'read',
    title: `read by id, ${CLIENTS} clients`,
    unit: 'requests/s',
    figure: ours.requests / ours.seconds,
    target: { share: 0.7 },
    floor: { what: FLOOR, figures: floors },
    ...fromLoad(ours, 'get'),
    notes: [],
  };
}

/** Create, read, update, delete, over and over, with small resources of several types. */
export async function cycle(bench: Bench): Promise<Result> {
  const samples = await withClient(bench.server.databaseUrl(), async (client) => {
    await client.query('DROP TABLE IF EXISTS floor_cycle');
    await client.query(
      'CREATE TABLE floor_cycle (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), content jsonb)',
    );
    return cycleSamples(client);
  });
  const job = { kind: 'cycle', clients: CLIENTS, samples } as const;
  const { ours, floors } = await besideFloor(
    bench,
    { ...job, base: bench.server.base },
    { ...job, base: '/cycle' },
  );
  const kinds = Object.entries(ours.latencies);
  const slowest = (name: 'p50' | 'p99' | 'max') => Math.max(...kinds.map(([, latency]) => latency[name]));
  return {
    workload: 'cycle',
    title: `create + read + update + delete, ${CLIENTS} clients`,
    unit: 'requests/s',
    figure: ours.requests / ours.seconds,
    target: { least: 2500 },
    floor: { what: FLOOR, figures: floors },
    ...fromLoad(ours),
    latency: { p50: slowest('p50'), p99: slowest('p99'), max: slowest('max') },
    notes: [
      `p50 / p99 in ms: ${kinds.map(([kind, { p50, p99 }]) => `${kind} ${p50.toFixed(1)} / ${p99.toFixed(1)}`).join(', ')} (above: the slowest of them)`,
    ],
  };
}

/** The whole record of patients with about 900 resources. */
export async function everything(bench: Bench): Promise<Result> {
  const { server } = bench;
  const { ids, resources } = await withClient(server.databaseUrl(), (client) =>
    prepareRecords(client, bench),
  );
  const paths = ids.map((id) => `${server.base}/Patient/${id}/$everything`);
  const { ours, floors } = await besideFloor(
    bench,
    { kind: 'get', clients: EVERYTHING_CLIENTS, paths },
    { kind: 'get', clients: EVERYTHING_CLIENTS, paths: ids.map((id) => `/everything/${id}`) },
  );
  const bytes = ours.bytes / ours.requests;
  return {
    workload: 'everything',
    title: `Patient/$everything, ${EVERYTHING_CLIENTS} clients`,
    unit: 'requests/s',
    figure: ours.requests / ours.seconds,
    target: { least: 60 },
    floor: { what: `${FLOOR}, keys known`, figures: floors },
    ...fromLoad(ours, 'get'),
    notes: [
      `${resources} resources, ${(bytes / 1e6).toFixed(2)} MB each; ${((bytes * ours.requests) / ours.seconds / 1e6).toFixed(0)} MB/s`,
    ],
  };
}

/** Half the floor, our figure, the other half, each after a warm-up of its own. */
async function besideFloor(
  { server, seconds }: Bench,
  job: Job,
  floorJob: Job,
): Promise<{ ours: Measured; floors: FloorFigure[] }> {
  const floors: FloorFigure[] = [];
  const run = async (
    on: Pick<FloorServer, 'port' | 'watched'>,
    what: Job,
    length: number,
  ): Promise<Measured> => {
    await runLoad({ ...what, port: on.port, seconds: WARM_UP_SECONDS } as Plan, on.watched);
    return runLoad({ ...what, port: on.port, seconds: length } as Plan, on.watched);
  };
  const floor = async () => {
    const bare = await startFloorServer(server);
    try {
      const { requests, seconds: took, cpu } = await run(bare, floorJob, seconds / 2);
      const each = (used: number) => (used / requests) * 1e6;
      const split = cpu && { node: each(cpu.server), postgres: each(cpu.postgres) };
      floors.push({ rate: requests / took, cpu: split });
    } finally {
      await bare.stop();
    }
  };
  await floor();
  const ours = await run(server, job, seconds);
  await floor();
  return { ours, floors };
}

async function cycleSamples(client: Client): Promise<CycleSample[]> {
  const byType: CycleSample[][] = [];
  for (const type of CYCLE_TYPES) {
    const { rows } = await client.query(
      'SELECT content::jsonb FROM resource WHERE type = $1 AND NOT deleted AND length(content::text) < $2 ORDER BY key LIMIT $3',
      [type, CYCLE_BYTES, CYCLE_SAMPLES],
    );
    byType.push(rows.map(({ content }) => sampleOf(content)));
  }
  // Type after type, so that neighbours differ.
  return Array.from({ length: CYCLE_SAMPLES }, (_, n) => byType.flatMap((list) => list[n] ?? [])).flat();
}

function sampleOf({ id: _id, meta, ...rest }: Record<string, unknown>): CycleSample {
  const { versionId: _version, lastUpdated: _time, ...own } = (meta ?? {}) as Record<string, unknown>;
  const tag = [{ system: 'http://example.org/bench', code: 'updated' }];
  return {
    type: String(rest.resourceType),
    created: JSON.stringify({ ...rest, ...(Object.keys(own).length > 0 ? { meta: own } : {}) }),
    updated: { ...rest, meta: { ...own, tag } },
  };
}

/** Finds the patients whose records are nearest to the size wanted, and notes the keys of their records for the floor. */
async function prepareRecords(
  client: Client,
  { server, corpus }: Bench,
): Promise<{ ids: string[]; resources: number }> {
  const { rows } = await client.query<{ id: string; value: string }>(
    `SELECT r.id, i->>'value' AS value FROM resource r, jsonb_array_elements(r.content::jsonb->'identifier') i
     WHERE r.type = 'Patient' AND NOT r.deleted`,
  );
  const idOf = new Map(rows.map(({ id, value }) => [value, id]));
  // A slow server may not have taken all bundles.
  const taken = corpus.patients.flatMap((file) => {
    const id = idOf.get(file.patientIdentifier ?? '');
    return id === undefined ? [] : [{ id, distance: Math.abs(file.resources - RECORD) }];
  });
  const nearest = Math.min(...taken.map(({ distance }) => distance));
  const ids = taken.filter(({ distance }) => distance === nearest).map(({ id }) => id);
  if (ids.length === 0) throw new Error('the patients of the $everything workload are not in the database');
  await client.query('DROP TABLE IF EXISTS floor_everything');
  await client.query('CREATE TABLE floor_everything (patient text, type text COLLATE "C", key bigint)');
  let resources = 0;
  for (const id of ids) {
    const response = await fetch(`http://127.0.0.1:${server.port}${server.base}/Patient/${id}/$everything`);
    if (!response.ok)
      throw new Error(`$everything: ${response.status} ${(await response.text()).slice(0, 500)}`);
    const { entry } = (await response.json()) as {
      entry: { resource: { resourceType: string; id: string } }[];
    };
    resources += entry.length;
    await client.query(
      `INSERT INTO floor_everything SELECT $1, r.type, r.key FROM unnest($2::text[], $3::text[]) AS e(type, id)
       JOIN resource r ON r.type = e.type AND r.id = e.id`,
      [id, entry.map((one) => one.resource.resourceType), entry.map((one) => one.resource.id)],
    );
  }
  await client.query('CREATE INDEX ON floor_everything (patient)');
  await client.query('ANALYZE floor_everything');
  return { ids, resources: Math.round(resources / ids.length) };
}
