// History: versions of one resource, of one type, or of the whole system, newest first, by keyset (http.html#history).
import { timestamp } from '../search/parameters/date.ts';
import type { Database } from './database.ts';
import { run } from './database.ts';
import type { StoredVersion } from './resources.ts';
import { toStoredVersion, versionColumns } from './resources.ts';

/** Where a page of history ended: the next one starts strictly before it. */
export interface HistoryCursor {
  /** milliseconds since the epoch */
  lastUpdated: number;
  key: number;
  version: number;
}

/** What to list. `at` keeps the versions that were current at some moment of the range. */
export interface HistoryQuery {
  types: string[];
  id?: string;
  /** only versions made at or after this instant, ms */
  since?: number;
  at?: { low: number; high: number };
  cursor?: HistoryCursor;
  limit: number;
}

/** What both tables have. */
const COLUMNS = 'v.key, v.last_updated, v.version, v.deleted, v.type, v.id, v.method, v.content, v.source';

const instant = (ms: number | undefined, open: string) => (ms === undefined ? open : timestamp(ms));

/** Up to `limit` versions, ordered by (last updated, key, version) descending. */
export async function readHistory(db: Database, query: HistoryQuery): Promise<StoredVersion[]> {
  const { cursor, at } = query;
  const side = (table: string) =>
    `SELECT ${COLUMNS} FROM ${table} v WHERE v.type = t.type ${query.id === undefined ? '' : 'AND v.id = $8'} ` +
    'AND v.last_updated >= $2::timestamptz AND v.last_updated <= $3::timestamptz ' +
    'AND (v.last_updated, v.key, v.version) < ($4::timestamptz, $5::bigint, $6::int) ' +
    `${at ? notYetSuperseded : ''} ` +
    'ORDER BY v.last_updated DESC, v.key DESC, v.version DESC LIMIT $7';
  const values: unknown[] = [
    query.types,
    instant(query.since, '-infinity'),
    instant(at?.high, 'infinity'),
    instant(cursor?.lastUpdated, 'infinity'),
    cursor?.key ?? 0,
    cursor?.version ?? 0,
    query.limit,
  ];
  if (query.id !== undefined) values.push(query.id);
  const notYetSuperseded = at
    ? `AND NOT EXISTS (
        SELECT FROM resource n WHERE n.type = v.type AND n.id = v.id AND n.version = v.version + 1 AND n.last_updated <= $${values.length + 1}::timestamptz
        UNION ALL
        SELECT FROM resource_history n WHERE n.type = v.type AND n.id = v.id AND n.version = v.version + 1 AND n.last_updated <= $${values.length + 1}::timestamptz)`
    : '';
  if (at) values.push(instant(at.low, '-infinity'));
  const text =
    `SELECT ${versionColumns('v')} FROM unnest($1::text[]) AS t(type) CROSS JOIN LATERAL (` +
    `(${side('resource')}) UNION ALL (${side('resource_history')})) v ` +
    'ORDER BY v.last_updated DESC, v.key DESC, v.version DESC LIMIT $7';
  const { rows } = await run<Parameters<typeof toStoredVersion>[0]>(db, { text, values });
  return rows.map(toStoredVersion);
}

/** How many versions the query lists in all, for one identity. */
export async function countHistory(db: Database, type: string, id: string): Promise<number> {
  const { rows } = await run<{ count: string }>(db, {
    text:
      'SELECT (SELECT count(*) FROM resource WHERE type = $1 AND id = $2) + ' +
      '(SELECT count(*) FROM resource_history WHERE type = $1 AND id = $2) AS count',
    values: [type, id],
  });
  return Number(rows[0]?.count ?? 0);
}
