// How Postgres carries a statement out: EXPLAIN, in a transaction that can change nothing and is rolled back.
import type { Pool } from 'pg';
import type { Statement } from './database.ts';

/**
 * The plan of Postgres as text. With `analyze` the statement is run and measured.
 * @throws the database's error, for instance on a statement timeout
 */
export async function explainStatement(
  pool: Pool,
  { text, values }: Statement,
  analyze: boolean,
): Promise<string> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const lost = (error: Error) => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('BEGIN READ ONLY');
    const options = analyze ? 'ANALYZE, BUFFERS, VERBOSE' : 'VERBOSE';
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (${options}) ${text}`, values);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  } finally {
    await client.query('ROLLBACK').catch((failure: Error) => {
      broken = failure;
    });
    if (!broken) client.off('error', lost);
    client.release(broken);
  }
}
