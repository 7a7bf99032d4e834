// What a reindex walks: the current resources of a type in key order, and those that contain one of the wanted types.
import { type Database, run } from './database.ts';
import { type StoredVersion, toStoredVersion, versionColumns } from './resources.ts';

type Row = Parameters<typeof toStoredVersion>[0];

/** The types themselves and those whose resources contain one of them, in order of their names. */
export async function typesToWalk(db: Database, types: string[]): Promise<string[]> {
  const { rows } = await run<{ type: string }>(db, {
    text: 'SELECT DISTINCT container_type AS type FROM contained WHERE type = ANY($1)',
    values: [types],
  });
  return [...new Set([...types, ...rows.map(({ type }) => type)])].sort();
}

/** How many resources of these types there are, deleted ones too. */
export async function countOfTypes(db: Database, types: string[]): Promise<number> {
  const { rows } = await run<{ count: string }>(db, {
    text: 'SELECT count(*) FROM resource WHERE type = ANY($1)',
    values: [types],
  });
  return Number(rows[0]!.count);
}

/** The highest key given out so far. */
export async function lastKey(db: Database): Promise<number> {
  const { rows } = await run<{ key: string }>(db, {
    text: 'SELECT last_value AS key FROM resource_key',
    values: [],
  });
  return Number(rows[0]!.key);
}

/** Resources of one type above a key and up to another, in key order; of other types than `wanted` only what contains one of those. */
export async function readForIndexing(
  db: Database,
  type: string,
  [after, upTo]: [number, number],
  limit: number,
  wanted: string[],
): Promise<StoredVersion[]> {
  const containing = wanted.includes(type)
    ? ''
    : 'AND r.key IN (SELECT container_key FROM contained WHERE type = ANY($5) AND container_type = $1) ';
  const { rows } = await run<Row>(db, {
    text:
      `SELECT ${versionColumns('r')} FROM resource r WHERE r.type = $1 AND r.key > $2 AND r.key <= $4 AND NOT r.deleted ` +
      `${containing}ORDER BY r.key LIMIT $3`,
    values: [type, after, limit, upTo, ...(containing ? [wanted] : [])],
  });
  return rows.map(toStoredVersion);
}
