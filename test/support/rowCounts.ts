// What is stored, counted straight in the database: to see that a refused request left nothing behind.
import pg from 'pg';

const TABLES = [
  'resource',
  'resource_history',
  'search_token',
  'search_string',
  'search_date',
  'search_quantity',
  'search_text',
  'contained',
] as const;

/** Rows of each table of the store. */
export type RowCounts = Record<(typeof TABLES)[number], number>;

/** Counts the rows of all tables of the store in one snapshot. */
export async function rowCounts(databaseUrl: string): Promise<RowCounts> {
  const counts = TABLES.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  const [row] = await queryRows<RowCounts>(databaseUrl, `SELECT ${counts.join(', ')}`);
  return row!;
}

/** Current, undeleted resources of each type. */
export async function typeCounts(databaseUrl: string): Promise<Record<string, number>> {
  const rows = await queryRows<{ type: string; count: number }>(
    databaseUrl,
    'SELECT type, count(*)::int AS count FROM resource WHERE NOT deleted GROUP BY type ORDER BY type',
  );
  return Object.fromEntries(rows.map(({ type, count }) => [type, count]));
}

/** Runs one statement on a connection of its own. */
export async function queryRows<Row extends object>(
  databaseUrl: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
