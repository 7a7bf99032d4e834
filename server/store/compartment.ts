// Resources of a compartment by key, in chunks: what $everything streams. Membership is read off the reference rows.
import type { Database } from './database.ts';
import { run } from './database.ts';
import { type Identity, type StoredVersion, toStoredVersion, versionColumns } from './resources.ts';

type Row = Parameters<typeof toStoredVersion>[0];

/** Which members to give. */
export interface MemberFilter {
  /** reference rows that put a resource of a type into the compartment */
  hashes: { type: string; hash: bigint }[];
  /** only versions made at or after this instant */
  since?: Date;
  /** care dates: members that have any of these dates need one that overlaps the range */
  care?: { paths: bigint[]; low: number; high: number };
}

const bound = (ms: number) =>
  Number.isFinite(ms) ? new Date(ms).toISOString() : ms > 0 ? 'infinity' : '-infinity';

function careCondition(row: string, firstValue: number): string {
  const rows = `SELECT FROM search_date d WHERE d.key = ${row}.key AND d.path = ANY($${firstValue}::bigint[])`;
  return (
    `(NOT EXISTS (${rows}) OR EXISTS (${rows} ` +
    `AND d.low <= $${firstValue + 2}::timestamptz AND d.high >= $${firstValue + 1}::timestamptz))`
  );
}

const careValues = (care: MemberFilter['care']) =>
  care ? [care.paths.map(String), bound(care.low), bound(care.high)] : [];

/** Members above the key `after`, in key order, at most `limit`. */
export async function readMembers(
  db: Database,
  { hashes, since, care }: MemberFilter,
  after: number,
  limit: number,
): Promise<StoredVersion[]> {
  // The keys come from the index rows alone; only what passes the filters is looked up by primary key.
  const text =
    'WITH member AS MATERIALIZED (SELECT DISTINCT t.key, c.type FROM unnest($1::bigint[], $2::text[]) AS c(hash, type) ' +
    'JOIN search_token t ON t.hash = c.hash AND t.key > $3 ' +
    `${care ? `WHERE ${careCondition('t', 6)} ` : ''}${since ? '' : 'ORDER BY t.key LIMIT $4'}) ` +
    `SELECT ${versionColumns('r')} FROM member m JOIN resource r ON r.type = m.type AND r.key = m.key ` +
    'WHERE NOT r.deleted AND r.last_updated >= $5::timestamptz ORDER BY r.key LIMIT $4';
  const values = [
    hashes.map(({ hash }) => String(hash)),
    hashes.map(({ type }) => type),
    after,
    limit,
    since?.toISOString() ?? '-infinity',
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
  { hashes, since, care }: MemberFilter,
  after: number,
  limit: number,
): Promise<StoredVersion[]> {
  const text =
    `SELECT ${versionColumns('r')} FROM resource r WHERE r.type = $1 AND r.key > $2 AND NOT r.deleted ` +
    'AND r.last_updated >= $4::timestamptz ' +
    "AND ($5::bigint[] = '{}' OR r.traits && $5::bigint[]) " +
    `${care ? `AND ${careCondition('r', 6)} ` : ''}ORDER BY r.key LIMIT $3`;
  const values = [
    type,
    after,
    limit,
    since?.toISOString() ?? '-infinity',
    hashes.map(({ hash }) => String(hash)),
    ...careValues(care),
  ];
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
    'AND NOT r.tokens && $3::bigint[] AND NOT r.traits && $3::bigint[] ORDER BY r.key';
  const values = [identities.map((i) => i.type), identities.map((i) => i.id), memberHashes.map(String)];
  return (await run<Row>(db, { text, values })).rows.map(toStoredVersion);
}
