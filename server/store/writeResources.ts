// The only place that writes resources: current row, history and index rows of a set of changes, set-based.
// A few changes go in one statement each for new and for superseding ones (one round trip, atomic by itself);
// many new resources are streamed in with COPY, which the measurements in DECISIONS.md favour above ~30 rows.
import type { PoolClient } from 'pg';
import type { IndexRows } from '../search/indexRows.ts';
import type { CopyWriter } from './copyWriter.ts';
import { copyRows } from './copyWriter.ts';
import type { Database, Statement } from './database.ts';
import { isPool, run, transaction, WriteConflict } from './database.ts';

/** A planned new version. */
export interface Change {
  type: string;
  id: string;
  /** version this one supersedes; 0 when the identity must not exist yet */
  supersedes: number;
  version: number;
  /** milliseconds since the epoch */
  lastUpdated: number;
  method: string;
  /** JSON text, null for a deletion */
  content: string | null;
  /** exact text where jsonb would respell a number, else null */
  source: string | null;
  /** index rows of this version, undefined for a deletion */
  rows: IndexRows | undefined;
}

const COPY_FROM = 30;

/**
 * Stores the changes atomically. On a pool, a single kind of small change needs no explicit transaction.
 * @throws WriteConflict when a superseded version is no longer current (nothing is stored)
 */
export async function writeResources(db: Database, changes: Change[]): Promise<void> {
  const created = changes.filter((change) => change.supersedes === 0);
  const replaced = changes.filter((change) => change.supersedes > 0);
  const steps = (created.length > 0 ? 1 : 0) + (replaced.length > 0 ? 1 : 0);
  if (isPool(db) && (steps > 1 || created.length > COPY_FROM)) {
    return transaction(db, (tx) => writeResources(tx, changes));
  }
  if (created.length > COPY_FROM) await copyCreated(db as PoolClient, created);
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

const instantText = (ms: number) =>
  ms === Infinity ? 'infinity' : ms === -Infinity ? '-infinity' : new Date(ms).toISOString();

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
  ];
  return (
    `SELECT * FROM unnest(${columns.join(', ')}) WITH ORDINALITY ` +
    'AS c(type, id, supersedes, version, last_updated, method, content, source, n)'
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
    name: 'search_token',
    columns: ['hash'],
    casts: ['bigint[]'],
    values: (rows) => rows.tokens.map((hash) => [String(hash)]),
  },
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
    values: (rows) => rows.dates.map((r) => [String(r.path), instantText(r.low), instantText(r.high)]),
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

/** Columns of a stored version, in the order of every statement here. */
const COLUMNS = 'key, last_updated, version, deleted, type, id, method, content, source';

function createStatement(changes: Change[]): Statement {
  const { values, bind } = binder();
  const ctes = [
    `change AS MATERIALIZED (SELECT nextval('resource_key') AS key, c.* FROM (${changeTable(changes, bind)}) c)`,
    `created AS (INSERT INTO resource (${COLUMNS}) SELECT key, last_updated, version, content IS NULL, type, id,
      method, content::jsonb, source FROM change ORDER BY type, id)`,
  ];
  for (const table of TABLES) {
    const rows = newRows(table, changes, bind);
    if (!rows) continue;
    const columns = table.columns.join(', ');
    ctes.push(
      rows,
      `${table.name}_added AS (INSERT INTO ${table.name} (key, ${columns})
        SELECT change.key, ${columns} FROM ${table.name}_new JOIN change USING (n))`,
    );
  }
  return { text: `WITH ${ctes.join(', ')} SELECT key FROM change`, values };
}

function replaceStatement(changes: Change[]): Statement {
  const { values, bind } = binder();
  const ctes = [
    `change AS MATERIALIZED (${changeTable(changes, bind)})`,
    `old AS MATERIALIZED (SELECT r.*, c.n FROM change c JOIN resource r ON r.type = c.type AND r.id = c.id
      WHERE r.version = c.supersedes FOR UPDATE OF r)`,
    `superseded AS (INSERT INTO resource_history (${COLUMNS}) SELECT ${COLUMNS} FROM old)`,
    `replaced AS (UPDATE resource r SET last_updated = c.last_updated, version = c.version, method = c.method,
      deleted = c.content IS NULL, content = c.content::jsonb, source = c.source
      FROM old o JOIN change c USING (n) WHERE r.type = o.type AND r.id = o.id)`,
  ];
  for (const table of TABLES) {
    const rows = newRows(table, changes, bind);
    const columns = table.columns.join(', ');
    const isToken = table.name === 'search_token';
    if (rows) ctes.push(rows);
    // Most tokens survive an update, so only the difference is written; the small tables are written anew.
    const kept =
      rows && isToken
        ? 'AND NOT EXISTS (SELECT FROM search_token_new n WHERE n.n = old.n AND n.hash = t.hash)'
        : '';
    ctes.push(`${table.name}_gone AS (DELETE FROM ${table.name} t USING old WHERE t.key = old.key ${kept})`);
    if (rows) {
      ctes.push(`${table.name}_added AS (INSERT INTO ${table.name} (key, ${columns})
        SELECT old.key, ${columns} FROM ${table.name}_new JOIN old USING (n)
        ${isToken ? 'ON CONFLICT DO NOTHING' : ''})`);
    }
  }
  return { text: `WITH ${ctes.join(', ')} SELECT n FROM old`, values };
}

async function copyCreated(tx: PoolClient, changes: Change[]): Promise<void> {
  const { rows: keyRows } = await run<{ key: string }>(tx, {
    text: "SELECT nextval('resource_key') AS key FROM generate_series(1, $1)",
    values: [changes.length],
  });
  const keyed = changes.map((change, i) => ({ change, key: Number(keyRows[i]!.key) }));
  await copyRows(tx, `resource (${COLUMNS})`, keyed, (w, { change, key }) => {
    w.row(9);
    w.key(key);
    w.instant(change.lastUpdated);
    w.integer(change.version);
    w.boolean(change.content === null);
    w.text(change.type);
    w.text(change.id);
    w.text(change.method);
    change.content === null ? w.null() : w.jsonb(change.content);
    change.source === null ? w.null() : w.text(change.source);
  });
  await copyRows(tx, 'search_token (hash, key)', byHash(keyed), (w, { hash, key }) => {
    w.row(2);
    w.bigint(hash);
    w.key(key);
  });
  await copyIndex(tx, 'search_string (path, key, value, exact)', keyed, 'strings', (w, row, key) => {
    w.row(4);
    w.bigint(row.path);
    w.key(key);
    w.text(row.value);
    w.text(row.exact);
  });
  await copyIndex(tx, 'search_date (path, low, high, key)', keyed, 'dates', (w, row, key) => {
    w.row(4);
    w.bigint(row.path);
    w.instant(row.low);
    w.instant(row.high);
    w.key(key);
  });
  await copyIndex(
    tx,
    'search_quantity (path, low, high, unit, unit_code, key)',
    keyed,
    'quantities',
    (w, row, key) => {
      w.row(6);
      w.bigint(row.path);
      w.double(row.low);
      w.double(row.high);
      w.bigint(row.unit);
      w.bigint(row.unitCode);
      w.key(key);
    },
  );
}

interface Keyed {
  change: Change;
  key: number;
}

/** Token rows in hash order, so that a bulk load touches each index page once instead of once per resource. */
function byHash(keyed: Keyed[]): { hash: bigint; key: number }[] {
  const rows: { hash: bigint; key: number }[] = [];
  for (const { change, key } of keyed) {
    for (const hash of change.rows?.tokens ?? []) rows.push({ hash, key });
  }
  return rows.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.key - b.key));
}

type RowKind = Exclude<keyof IndexRows, 'tokens'>;

async function copyIndex<K extends RowKind>(
  tx: PoolClient,
  target: string,
  keyed: Keyed[],
  kind: K,
  encode: (writer: CopyWriter, row: IndexRows[K][number], key: number) => void,
): Promise<void> {
  const items = keyed.flatMap(({ change, key }) =>
    ((change.rows?.[kind] ?? []) as IndexRows[K][number][]).map((row) => ({ row, key })),
  );
  if (items.length > 0) await copyRows(tx, target, items, (w, item) => encode(w, item.row, item.key));
}
