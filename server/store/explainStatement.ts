// How Postgres carries a statement out: EXPLAIN, in a transaction that can change nothing.
import type { Pool } from 'pg';
import { type Statement, snapshot } from './database.ts';

/**
 * The plan of Postgres as text. With `analyze` the statement is run and measured.
 * @throws the database's error, for instance on a statement timeout
 */
export async function explainStatement(
  pool: Pool,
  { text, values }: Statement,
  analyze: boolean,
): Promise<string> {
  const options = analyze ? 'ANALYZE, BUFFERS, VERBOSE' : 'VERBOSE';
  const { rows } = await snapshot(pool, (tx) =>
    tx.query<{ 'QUERY PLAN': string }>(`EXPLAIN (${options}) ${text}`, values),
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}
