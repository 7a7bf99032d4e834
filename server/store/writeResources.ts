// The only place that writes resources: current row, history and index rows of a set of changes, set-based.
// A few changes go in one statement each for new and for superseding ones (one round trip, atomic by itself);
// many new resources are streamed in with COPY, which the measurements in DECISIONS.md favour above ~30 rows.
import type { PoolClient } from 'pg';
import type { IndexRows } from '../search/indexRows.ts';
import { timestamp } from '../search/parameters/date.ts';
import { type Change, COLUMNS, traitsOf, valuesOf } from './change.ts';
import { copyResources } from './copyResources.ts';
import type { Database, Statement } from './database.ts';
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
  else if (created.length > 0) await run(db, createStatement(created));
  if (replaced.length > 0) {
    const { rows } = await run<{ n: string }>(db, replaceStatement(replaced));
    if (rows.length < replaced.length) {
      const kept = new Set(rows.map((row) => Number(row.n)));
      const lost = replaced.find((_, i) => !kept.has(i + 1));
      throw new WriteConflict(`${lost?.type}/${lost?.id}`);
    }
  }
}

/** Collects bound values and hands out their placeholders. */
function binder() {
  const values: unknown[] = [];
  return { values, bind: (value: unknown, cast: string) => `$${values.push(value)}::${cast}` };
}
type Bind = ReturnType<typeof binder>['bind'];

/** `unnest` of the changes' own columns, numbered from 1. */
function changeTable(changes: Change[], bind: Bind): string {
  const columns = [
    bind(
      changes.map((c) => c.type),
      'text[]',
    ),
    bind(
      changes.map((c) => c.id),
      'text[]',
    ),
    bind(
      changes.map((c) => c.supersedes),
      'int[]',
    ),
    bind(
      changes.map((c) => c.version),
      'int[]',
    ),
    bind(
      changes.map((c) => new Date(c.lastUpdated).toISOString()),
      'timestamptz[]',
    ),
    bind(
      changes.map((c) => c.method),
      'text[]',
    ),
    bind(
      changes.map((c) => c.content),
      'text[]',
    ),
    bind(
      changes.map((c) => c.source),
      'text[]',
    ),
    // `unnest` would take an array of arrays apart, so each travels as text.
    bind(
      changes.map((c) => `{${valuesOf(c.rows).join(',')}}`),
      'text[]',
    ),
    bind(
      changes.map((c) => `{${traitsOf(c.rows).join(',')}}`),
      'text[]',
    ),
  ];
  return (
    `SELECT * FROM unnest(${columns.join(', ')}) WITH ORDINALITY ` +
    'AS c(type, id, supersedes, version, last_updated, method, content, source, tokens, traits, n)'
  );
}

/** One index table: its columns after `key`, and how its rows are bound as parallel arrays. */
interface IndexTable {
  name: string;
  columns: string[];
  casts: string[];
  values: (rows: IndexRows) => unknown[][];
}

const TABLES: IndexTable[] = [
  {
    name: 'search_string',
    columns: ['path', 'value', 'exact'],
    casts: ['bigint[]', 'text[]', 'text[]'],
    values: (rows) => rows.strings.map((r) => [String(r.path), r.value, r.exact]),
  },
  {
    name: 'search_date',
    columns: ['path', 'low', 'high'],
    casts: ['bigint[]', 'timestamptz[]', 'timestamptz[]'],
    values: (rows) => rows.dates.map((r) => [String(r.path), timestamp(r.low), timestamp(r.high)]),
  },
  {
    name: 'search_quantity',
    columns: ['path', 'low', 'high', 'unit', 'unit_code'],
    casts: ['bigint[]', 'float8[]', 'float8[]', 'bigint[]', 'bigint[]'],
    values: (rows) =>
      rows.quantities.map((r) => [String(r.path), r.low, r.high, String(r.unit), String(r.unitCode)]),
  },
];

/** CTE `<table>_new` with the new index rows (n, columns…), or undefined when there are none. */
function newRows(table: IndexTable, changes: Change[], bind: Bind): string | undefined {
  const ordinals: number[] = [];
  const arrays: unknown[][] = table.columns.map(() => []);
  changes.forEach((change, i) => {
    for (const values of change.rows ? table.values(change.rows) : []) {
      ordinals.push(i + 1);
      values.forEach((value, column) => void arrays[column]!.push(value));
    }
  });
  if (ordinals.length === 0) return undefined;
  const bound = [bind(ordinals, 'int[]'), ...arrays.map((array, i) => bind(array, table.casts[i]!))];
  return `${table.name}_new AS (SELECT * FROM unnest(${bound.join(', ')}) AS u(n, ${table.columns.join(', ')}))`;
}

function createStatement(changes: Change[]): Statement {
  const { values, bind } = binder();
  const ctes = [
    `change AS MATERIALIZED (SELECT nextval('resource_key') AS key, c.* FROM (${changeTable(changes, bind)}) c)`,
    `created AS (INSERT INTO resource (${COLUMNS}, tokens, traits)
      SELECT key, last_updated, version, content IS NULL, type, id, method, content::jsonb, source,
        tokens::bigint[], traits::bigint[] FROM change ORDER BY type, id)`,
    `tokens_added AS (INSERT INTO search_token (hash, key)
      SELECT u.hash, change.key FROM change CROSS JOIN unnest(change.tokens::bigint[]) AS u(hash))`,
  ];
  for (const table of TABLES) {
    const rows = newRows(table, changes, bind);
    if (rows) ctes.push(rows, added(table, 'change'));
  }
  return { text: `WITH ${ctes.join(', ')} SELECT key FROM change`, values };
}

function replaceStatement(changes: Change[]): Statement {
  const { values, bind } = binder();
  const ctes = [
    `change AS MATERIALIZED (${changeTable(changes, bind)})`,
    `old AS MATERIALIZED (SELECT r.*, c.n, c.tokens::bigint[] AS new_tokens FROM change c
      JOIN resource r ON r.type = c.type AND r.id = c.id WHERE r.version = c.supersedes FOR UPDATE OF r)`,
    `superseded AS (INSERT INTO resource_history (${COLUMNS}) SELECT ${COLUMNS} FROM old)`,
    `replaced AS (UPDATE resource r SET last_updated = c.last_updated, version = c.version, method = c.method,
      deleted = c.content IS NULL, content = c.content::jsonb, source = c.source,
      tokens = o.new_tokens, traits = c.traits::bigint[]
      FROM old o JOIN change c USING (n) WHERE r.type = o.type AND r.id = o.id)`,
    // Most tokens survive an update, so only the difference is written; the small tables are written anew.
    `tokens_gone AS (DELETE FROM search_token t USING old CROSS JOIN unnest(old.tokens) AS u(hash)
      WHERE t.hash = u.hash AND t.key = old.key AND u.hash <> ALL (old.new_tokens))`,
    `tokens_added AS (INSERT INTO search_token (hash, key)
      SELECT u.hash, old.key FROM old CROSS JOIN unnest(old.new_tokens) AS u(hash) WHERE u.hash <> ALL (old.tokens))`,
  ];
  for (const table of TABLES) {
    const rows = newRows(table, changes, bind);
    ctes.push(`${table.name}_gone AS (DELETE FROM ${table.name} t USING old WHERE t.key = old.key)`);
    if (rows) ctes.push(rows, added(table, 'old'));
  }
  return { text: `WITH ${ctes.join(', ')} SELECT n FROM old`, values };
}

/** CTE that inserts the rows of {@link newRows} under the keys of `source`. */
function added({ name, columns }: IndexTable, source: 'change' | 'old'): string {
  const list = columns.join(', ');
  return `${name}_added AS (INSERT INTO ${name} (key, ${list}) SELECT ${source}.key, ${list} FROM ${name}_new JOIN ${source} USING (n))`;
}
