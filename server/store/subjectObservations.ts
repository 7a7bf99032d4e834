// The Observations of one subject in key order, as a job walks them.
import { type Database, run } from './database.ts';
import { type StoredVersion, toStoredVersion, versionColumns } from './resources.ts';

type Row = Parameters<typeof toStoredVersion>[0];

const FROM =
  "FROM search_token t JOIN resource r ON r.type = 'Observation' AND r.key = t.key AND NOT r.deleted WHERE t.hash = $1";

/** How many there are. `subject` is the hash of its reference at the index path Observation.subject. */
export async function countOfSubject(db: Database, subject: bigint): Promise<number> {
  const { rows } = await run<{ count: string }>(db, {
    text: `SELECT count(*) ${FROM}`,
    values: [String(subject)],
  });
  return Number(rows[0]!.count);
}

/** Those above a key and up to another. */
export async function readOfSubject(
  db: Database,
  subject: bigint,
  [after, upTo]: readonly [number, number],
  limit: number,
): Promise<StoredVersion[]> {
  const { rows } = await run<Row>(db, {
    text: `SELECT ${versionColumns('r')} ${FROM} AND t.key > $2 AND t.key <= $3 ORDER BY t.key LIMIT $4`,
    values: [String(subject), after, upTo, limit],
  });
  return rows.map(toStoredVersion);
}
