// The workload that is about space: how much larger the database is than the minified JSON that it stores, by table and index.
import type { Client } from 'pg';
import { parseJson } from '../../server/json/parseJson.ts';
import { migrate } from '../../server/store/migrate.ts';
import { createDatabase, withClient } from './benchServer.ts';
import type { Result } from './result.ts';
import type { Bench } from './writeWorkloads.ts';

const CHUNK = 2_000;

/** Size of the imported database, less that of an empty one, as a multiple of the JSON in it. */
export async function disk({ server }: Bench, database: string): Promise<Result> {
  const started = performance.now();
  const emptyUrl = await createDatabase(server, 'bench_empty');
  await migrate(emptyUrl);
  const empty = await withClient(emptyUrl, sizeOf);
  return withClient(server.databaseUrl(database), async (client) => {
    await client.query('ANALYZE');
    const size = (await sizeOf(client)) - empty;
    const { bytes, resources } = await storedJson(client);
    const share = (part: number) => `${(part / 1e6).toFixed(1)} MB (${(part / bytes).toFixed(2)} ×)`;
    return {
      workload: 'disk',
      title: 'disk after import',
      unit: '× minified JSON',
      figure: size / bytes,
      target: { most: 2.2 },
      seconds: (performance.now() - started) / 1000,
      failures: 0,
      notes: [
        `${resources} resources, ${(bytes / 1e6).toFixed(1)} MB of minified JSON, ${share(size)} of database; per resource: ${Math.round(bytes / resources)} and ${Math.round(size / resources)} bytes`,
        ...(await relations(client)).map(({ name, bytes: part }) => `${name.padEnd(40)} ${share(part)}`),
      ],
    };
  });
}

async function sizeOf(client: Client): Promise<number> {
  await client.query('CHECKPOINT');
  const { rows } = await client.query('SELECT pg_database_size(current_database()) AS bytes');
  return Number(rows[0].bytes);
}

/** Tables (with their free space maps), their TOAST and each index, the large ones first. */
async function relations(client: Client): Promise<{ name: string; bytes: number }[]> {
  const { rows } = await client.query(`
    SELECT name, bytes FROM (
      SELECT c.relname AS name, pg_table_size(c.oid) - coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0) AS bytes
      FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT c.relname || ' (TOAST)', pg_total_relation_size(c.reltoastrelid)
      FROM pg_class c WHERE c.reltoastrelid <> 0 AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT i.indrelid::regclass || ' → ' || c.relname, pg_total_relation_size(c.oid)
      FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
    ) parts WHERE bytes >= 1e6 ORDER BY bytes DESC`);
  return rows.map(({ name, bytes }) => ({ name, bytes: Number(bytes) }));
}

/** Bytes of all stored resources without any white space, numbers spelled as they are. */
async function storedJson(client: Client): Promise<{ bytes: number; resources: number }> {
  let [bytes, resources] = [0, 0];
  await client.query('BEGIN');
  await client.query(
    'DECLARE stored NO SCROLL CURSOR FOR SELECT content::text AS t FROM resource WHERE content IS NOT NULL',
  );
  for (;;) {
    const { rows } = await client.query(`FETCH ${CHUNK} FROM stored`);
    for (const { t } of rows) bytes += Buffer.byteLength(JSON.stringify(parseJson(t)));
    resources += rows.length;
    if (rows.length < CHUNK) break;
  }
  await client.query('COMMIT');
  return { bytes, resources };
}
