// A race that a request loses: another client has stored the same resource, and commits when the request waits for it.
import pg from 'pg';
import type { Answer } from '../../support/testServer.ts';

/** What `ask` is answered where somebody else creates the resource meanwhile. */
export async function losing(
  databaseUrl: string,
  { type, id }: { type: string; id: string },
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const other = new pg.Client(databaseUrl);
  await other.connect();
  await other.query('BEGIN');
  // Any will do: it is not read.
  await other.query(
    'CREATE TEMP TABLE rival ON COMMIT DROP AS SELECT * FROM resource WHERE type = $1 LIMIT 1',
    [type],
  );
  await other.query('UPDATE rival SET id = $1, key = key + 1000000000', [id]);
  await other.query('INSERT INTO resource SELECT * FROM rival');
  const answer = ask();
  for (let waiting = 0; waiting === 0; ) {
    const { rowCount } = await other.query(
      'SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))',
    );
    waiting = rowCount!;
  }
  await other.query('COMMIT');
  await other.end();
  return answer;
}
