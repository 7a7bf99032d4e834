// The only place that writes resources: current row, history and index rows of a set of changes, set-based.
// A few changes go in one statement each for new and for superseding ones (one round trip, atomic by itself);
// many new resources are streamed in with COPY, which the measurements in DECISIONS.md favour above ~30 rows.
import type { PoolClient } from 'pg';
import type { IndexRows } from '../search/indexRows.ts';
import { timestamp } from '../search/parameters/date.ts';
import { type Change, COLUMNS, traitsOf, valuesOf } from './change.ts';
import { copyResources } from './copyResources.ts';
import type { Database } from './database.ts';
import { isPool, run, transaction, WriteConflict } from './database.ts';

const COPY_FROM = 30;

/**
 * Stores the changes atomically. On a pool, a single one is one statement and needs no explicit transaction.
 * @throws WriteConflict when a superseded version is no longer current (nothing is stored)
 */
export async function writeResources(db: Database, changes: Change[]): Promise<void> {
  const created = changes.filter((change) => change.supersedes === 0);
  const replaced = changes.filter((change) => change.supersedes > 0);
  if (isPool(db) && changes.length > 1) {
    return transaction(db, (tx) => writeResources(tx, changes));
  }
  if (created.length > COPY_FROM) await copyResources(db as PoolClient, created);
  else if (created.length > 0)
    await run(db, { text: CREATE, values: [...columnsOf(created), ...rowsOf(created)] });
  if (replaced.length > 0) {
    const gone = replaced.every((change) => change.content === null);
    const { rows } = gone
      ? await run<{ n: string }>(db, { text: DELETE, values: columnsOf(replaced) })
      : await run<{ n: string }>(db, {
          text: REPLACE,
          values: [...columnsOf(replaced), ...rowsOf(replaced)],
        });
    if (rows.length < replaced.length) {
      const kept = new Set(rows.map((row) => Number(row.n)));
      const lost = replaced.find((_, i) => !kept.has(i + 1));
      throw new WriteConflict(`${lost?.type}/${lost?.id}`);
    }
  }
}

/** Parallel arrays of the changes' own columns: $1 to $10 of the statements below. */
function columnsOf(changes: Change[]): unknown[] {
  return [
    changes.map((c) => c.type),
    changes.map((c) => c.id),
    changes.map((c) => c.supersedes),
    changes.map((c) => c.version),
    changes.map((c) => timestamp(c.lastUpdated)),
    changes.map((c) => c.method),
    changes.map((c) => c.content),
    changes.map((c) => c.source),
    // `unnest` would take an array of arrays apart, so each travels as text.
    changes.map((c) => `{${valuesOf(c.rows).join(',')}}`),
    changes.map((c) => `{${traitsOf(c.rows).join(',')}}`),
  ];
}

/** Parallel arrays of the changes' index rows: $11 to $24 of the statements below. */
function rowsOf(changes: Change[]): unknown[] {
  const rows = <T>(of: (rows: IndexRows) => T[]) =>
    changes.flatMap((change, i) => (change.rows ? of(change.rows).map((row) => ({ n: i + 1, row })) : []));
  const strings = rows(({ strings }) => strings);
  const dates = rows(({ dates }) => dates);
  const quantities = rows(({ quantities }) => quantities);
  return [
    strings.map(({ n }) => n),
    strings.map(({ row }) => row.path),
    strings.map(({ row }) => row.value),
    strings.map(({ row }) => row.exact),
    dates.map(({ n }) => n),
    dates.map(({ row }) => row.path),
    dates.map(({ row }) => timestamp(row.low)),
    dates.map(({ row }) => timestamp(row.high)),
    quantities.map(({ n }) => n),
    quantities.map(({ row }) => row.path),
    quantities.map(({ row }) => row.low),
    quantities.map(({ row }) => row.high),
    quantities.map(({ row }) => row.unit),
    quantities.map(({ row }) => row.unitCode),
  ];
}

/** The changes as a table, numbered from 1. */
const CHANGES = `SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::text[]) WITH ORDINALITY
    AS c(type, id, supersedes, version, last_updated, method, content, source, tokens, traits, n)`;

/** CTEs that insert string, date and quantity rows under the keys of `source`, a CTE with `n` and `key`. */
const insertRows = (source: string) => `
  strings AS (INSERT INTO search_string (path, value, exact, key)
    SELECT u.path, u.value, u.exact, s.key FROM ${source} s
    JOIN unnest($11::int[], $12::bigint[], $13::text[], $14::text[]) AS u(n, path, value, exact) USING (n)),
  dates AS (INSERT INTO search_date (path, low, high, key)
    SELECT u.path, u.low, u.high, s.key FROM ${source} s
    JOIN unnest($15::int[], $16::bigint[], $17::timestamptz[], $18::timestamptz[]) AS u(n, path, low, high) USING (n)),
  quantities AS (INSERT INTO search_quantity (path, low, high, unit, unit_code, key)
    SELECT u.path, u.low, u.high, u.unit, u.unit_code, s.key FROM ${source} s
    JOIN unnest($19::int[], $20::bigint[], $21::float8[], $22::float8[], $23::bigint[], $24::bigint[])
      AS u(n, path, low, high, unit, unit_code) USING (n))`;

// One text for all changes, so that each connection plans it once.
const CREATE = `
  WITH change AS MATERIALIZED (SELECT nextval('resource_key') AS key, c.* FROM (${CHANGES}) c),
  created AS (INSERT INTO resource (${COLUMNS}, tokens, traits)
    SELECT key, last_updated, version, content IS NULL, type, id, method, content::jsonb, source,
      tokens::bigint[], traits::bigint[] FROM change ORDER BY type, id),
  tokens AS (INSERT INTO search_token (hash, key)
    SELECT u.hash, change.key FROM change CROSS JOIN unnest(change.tokens::bigint[]) AS u(hash)),
  ${insertRows('change')}
  SELECT n FROM change`;

/** CTEs that move the current versions into history and put the changes in their place. */
const SUPERSEDE = `
  change AS MATERIALIZED (${CHANGES}),
  old AS MATERIALIZED (SELECT r.*, c.n, c.tokens::bigint[] AS new_tokens FROM change c
    JOIN resource r ON r.type = c.type AND r.id = c.id WHERE r.version = c.supersedes FOR UPDATE OF r),
  superseded AS (INSERT INTO resource_history (${COLUMNS}) SELECT ${COLUMNS} FROM old),
  replaced AS (UPDATE resource r SET last_updated = c.last_updated, version = c.version, method = c.method,
    deleted = c.content IS NULL, content = c.content::jsonb, source = c.source,
    tokens = o.new_tokens, traits = c.traits::bigint[]
    FROM old o JOIN change c USING (n) WHERE r.type = o.type AND r.id = o.id),
  tokens_gone AS (DELETE FROM search_token t USING old CROSS JOIN unnest(old.tokens) AS u(hash)
    WHERE t.hash = u.hash AND t.key = old.key AND u.hash <> ALL (old.new_tokens)),
  strings_gone AS (DELETE FROM search_string t USING old WHERE t.key = old.key),
  dates_gone AS (DELETE FROM search_date t USING old WHERE t.key = old.key),
  quantities_gone AS (DELETE FROM search_quantity t USING old WHERE t.key = old.key)`;

const DELETE = `WITH ${SUPERSEDE} SELECT n FROM old`;

// Most tokens survive an update, so only the difference is written; the other rows are written anew.
const REPLACE = `
  WITH ${SUPERSEDE},
  tokens_added AS (INSERT INTO search_token (hash, key)
    SELECT u.hash, old.key FROM old CROSS JOIN unnest(old.new_tokens) AS u(hash) WHERE u.hash <> ALL (old.tokens)),
  ${insertRows('old')}
  SELECT n FROM old`;
