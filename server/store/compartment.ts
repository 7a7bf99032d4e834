// Resources of a compartment by key, in chunks: what $everything streams. Membership is read off the reference rows.
import type { Database } from './database.ts';
import { run } from './database.ts';
import { type Identity, type StoredVersion, toStoredVersion, versionColumns } from './resources.ts';

type Row = Parameters<typeof toStoredVersion>[0];

/** Care dates: resources that have dates under any of these paths need one that overlaps the range. */
export interface CareRange {
  paths: bigint[];
  low: number;
  high: number;
}

const bound = (ms: number) =>
  Number.isFinite(ms) ? new Date(ms).toISOString() : ms > 0 ? 'infinity' : '-infinity';

function careCondition(row: string, firstValue: number): string {
  const rows =
    `SELECT FROM search_date d WHERE d.key = ${row}.key AND d.path = ANY($${firstValue}::bigint[]) ` +
    'AND d.low <= d.high';
  return (
    `(NOT EXISTS (${rows}) OR EXISTS (${rows} ` +
    `AND d.low <= $${firstValue + 2}::timestamptz AND d.high >= $${firstValue + 1}::timestamptz))`
  );
}

const careValues = (care: CareRange | undefined) =>
  care ? [care.paths.map(String), bound(care.low), bound(care.high)] : [];

/**
 * Members above the key `after`, in key order, at most `limit`. `hashes` are the reference rows that put a resource of
 * a type into the compartment.
 */
export async function readMembers(
  db: Database,
  hashes: { type: string; hash: bigint }[],
  care: CareRange | undefined,
  after: number,
  limit: number,
): Promise<StoredVersion[]> {
  // The keys come from the index rows alone; only what passes the filter is looked up by primary key.
  const text =
    'WITH member AS MATERIALIZED (SELECT DISTINCT t.key, c.type FROM unnest($1::bigint[], $2::text[]) AS c(hash, type) ' +
    'JOIN search_token t ON t.hash = c.hash AND t.key > $3 ' +
    `${care ? `WHERE ${careCondition('t', 5)} ` : ''}ORDER BY t.key LIMIT $4) ` +
    `SELECT ${versionColumns('r')} FROM member m JOIN resource r ON r.type = m.type AND r.key = m.key ` +
    'WHERE NOT r.deleted ORDER BY r.key';
  const values = [
    hashes.map(({ hash }) => String(hash)),
    hashes.map(({ type }) => type),
    after,
    limit,
    ...careValues(care),
  ];
  return (await run<Row>(db, { text, values })).rows.map(toStoredVersion);
}

/**
 * Resources of one type that are in any instance's compartment, above the key `after`, in key order.
 * `hashes` are the traits that say a reference of the right target type is there; none means all of the type.
 */
export async function readAnyMembers(
  db: Database,
  type: string,
  hashes: bigint[],
  care: CareRange | undefined,
  after: number,
  limit: number,
): Promise<StoredVersion[]> {
  const text =
    `SELECT ${versionColumns('r')} FROM resource r WHERE r.type = $1 AND r.key > $2 AND NOT r.deleted ` +
    "AND ($4::bigint[] = '{}' OR r.traits && $4::bigint[]) " +
    `${care ? `AND ${careCondition('r', 5)} ` : ''}ORDER BY r.key LIMIT $3`;
  const values = [type, after, limit, hashes.map(String), ...careValues(care)];
  return (await run<Row>(db, { text, values })).rows.map(toStoredVersion);
}

/** Current resources among `identities` that have none of `memberHashes` (values or traits), in key order. */
export async function readOutsiders(
  db: Database,
  identities: Identity[],
  memberHashes: bigint[],
): Promise<StoredVersion[]> {
  const text =
    `SELECT ${versionColumns('r')} FROM unnest($1::text[], $2::text[]) AS i(type, id) ` +
    'JOIN resource r ON r.type = i.type AND r.id = i.id WHERE NOT r.deleted ' +
    'AND NOT r.traits && $3::bigint[] ' +
    'AND NOT EXISTS (SELECT FROM search_token t WHERE t.key = r.key AND t.hash = ANY($3::bigint[])) ORDER BY r.key';
  const values = [identities.map((i) => i.type), identities.map((i) => i.id), memberHashes.map(String)];
  return (await run<Row>(db, { text, values })).rows.map(toStoredVersion);
}
