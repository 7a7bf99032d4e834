// Bulk creation: resources and their index rows by binary COPY, which is measured at about twice the speed of INSERT.
import type { PoolClient } from 'pg';
import type { IndexRows } from '../search/indexRows.ts';
import { type Change, COLUMNS, pathsOf, queueRowsOf, traitsOf, valuesOf } from './change.ts';
import { type CopyWriter, copyRows } from './copyWriter.ts';
import { run } from './database.ts';
import { DefinitionsMovedOn, INDEX_REVISION } from './definitionsRevision.ts';

/**
 * Stores changes that create, inside the caller's transaction; one COPY for each table.
 * @throws DefinitionsMovedOn when the definitions of `indexRevision` are no longer in force
 */
export async function copyResources(tx: PoolClient, changes: Change[], indexRevision: number): Promise<void> {
  const held = changes.flatMap((container) =>
    (container.rows?.contained ?? []).map((each) => ({ container, ...each })),
  );
  const { rows: keyRows } = await run<{ key: string }>(tx, {
    text: `SELECT nextval('resource_key') AS key FROM generate_series(1, $1) WHERE ${INDEX_REVISION} = $2`,
    values: [changes.length + held.length, indexRevision],
  });
  if (keyRows.length === 0) throw new DefinitionsMovedOn();
  const keys = keyRows.map(({ key }) => Number(key));
  const keyed = changes.map((change, i) => ({ change, rows: change.rows, key: keys[i]! }));
  const keyedHeld = held.map((each, i) => ({ ...each, key: keys[changes.length + i]! }));
  await copyRows(tx, `resource (${COLUMNS}, tokens, traits, paths)`, keyed, (w, { change, key }) => {
    w.row(12);
    w.key(key);
    w.instant(change.lastUpdated);
    w.integer(change.version);
    w.boolean(change.content === null);
    w.text(change.type);
    w.text(change.id);
    w.text(change.method);
    change.content === null ? w.null() : w.jsonb(change.content);
    change.source === null ? w.null() : w.text(change.source);
    w.bigints(valuesOf(change.rows));
    w.bigints(traitsOf(change.rows));
    w.bigints(pathsOf(change.rows));
  });
  if (held.length > 0) {
    const keyOf = new Map(keyed.map(({ change, key }) => [change, key]));
    const target = 'contained (key, container_key, container_type, type, id, tokens, traits, paths)';
    await copyRows(tx, target, keyedHeld, (w, { key, container, type, id, rows }) => {
      w.row(8);
      w.key(key);
      w.key(keyOf.get(container)!);
      w.text(container.type);
      w.text(type);
      w.text(id);
      w.bigints(valuesOf(rows));
      w.bigints(traitsOf(rows));
      w.bigints(pathsOf(rows));
    });
  }
  await copyIndexRows(tx, [...keyed, ...keyedHeld]);
  const queued = queueRowsOf(changes);
  if (queued.length === 0) return;
  await copyRows(tx, 'vital_queue (rank, patient, type, id)', queued, (w, { rank, patient, type, id }) => {
    w.row(4);
    w.integer(rank);
    w.text(patient);
    w.text(type);
    w.text(id);
  });
}

/** Copies the rows of all index tables. */
async function copyIndexRows(tx: PoolClient, keyed: Keyed[]): Promise<void> {
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
  const texts = keyed.filter(({ rows }) => rows?.words?.size);
  if (texts.length === 0) return;
  await copyRows(tx, 'search_text (key, words)', texts, (w, { rows, key }) => {
    w.row(2);
    w.key(key);
    w.tsvector(rows!.words!);
  });
}

interface Keyed {
  rows: IndexRows | undefined;
  key: number;
}

/** Token rows in hash order, so that a bulk load touches each index page once instead of once per resource. */
function byHash(keyed: Keyed[]): { hash: bigint; key: number }[] {
  const rows: { hash: bigint; key: number }[] = [];
  for (const { rows: own, key } of keyed) {
    for (const hash of valuesOf(own)) rows.push({ hash, key });
  }
  return rows.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.key - b.key));
}

type RowKind = 'strings' | 'dates' | 'quantities';

async function copyIndex<K extends RowKind>(
  tx: PoolClient,
  target: string,
  keyed: Keyed[],
  kind: K,
  encode: (writer: CopyWriter, row: IndexRows[K][number], key: number) => void,
): Promise<void> {
  const items = keyed.flatMap(({ rows, key }) =>
    ((rows?.[kind] ?? []) as IndexRows[K][number][]).map((row) => ({ row, key })),
  );
  if (items.length > 0) await copyRows(tx, target, items, (w, item) => encode(w, item.row, item.key));
}
