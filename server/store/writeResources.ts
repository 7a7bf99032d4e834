// The only place that writes resources: current row, history and index rows of a set of changes, set-based.
// A few changes go in one statement each for new and for superseding ones (one round trip, atomic by itself);
// many new resources are streamed in with COPY, which the measurements in DECISIONS.md favour above ~30 rows.
import type { PoolClient } from 'pg';
import { timestamp } from '../search/parameters/date.ts';
import { type Change, COLUMNS, queueRowsOf } from './change.ts';
import { copyResources } from './copyResources.ts';
import type { Database, Statement } from './database.ts';
import { isPool, run, transaction, WriteConflict } from './database.ts';
import { DefinitionsMovedOn, INDEX_REVISION } from './definitionsRevision.ts';
import { hashArrays, insertRows, isHolding, REMOVE_ROWS, rowArrays } from './indexStatements.ts';

const COPY_FROM = 30;

/**
 * Stores the changes atomically. On a pool, a single one is one statement and needs no explicit transaction.
 * @param indexRevision of the definitions that the index rows were extracted by
 * @throws WriteConflict when a superseded version is no longer current, or those definitions are not (nothing is stored)
 */
export async function writeResources(db: Database, changes: Change[], indexRevision: number): Promise<void> {
  const created = changes.filter((change) => change.supersedes === 0);
  const replaced = changes.filter((change) => change.supersedes > 0);
  if (isPool(db) && changes.length > 1) {
    return transaction(db, (tx) => writeResources(tx, changes, indexRevision));
  }
  if (created.length > COPY_FROM) await copyResources(db as PoolClient, created, indexRevision);
  else if (created.length > 0) {
    const { text, values } = statementFor('create', created, indexRevision);
    if ((await run(db, { text, values })).rows.length === 0) throw new DefinitionsMovedOn();
  }
  if (replaced.length > 0) {
    const gone = replaced.every((change) => change.content === null);
    const { rows } = await run<{ n: string }>(
      db,
      statementFor(gone ? 'delete' : 'replace', replaced, indexRevision),
    );
    if (rows.length < replaced.length) {
      const kept = new Set(rows.map((row) => Number(row.n)));
      const lost = replaced.find((_, i) => !kept.has(i + 1));
      throw new WriteConflict(`${lost?.type}/${lost?.id}`);
    }
  }
}

/** Parallel arrays of the changes' own columns: $1 to $11 of the statements below. */
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
    ...hashArrays(changes),
  ];
}

/** The changes as a table, numbered from 1. */
const CHANGES = `SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
    AS c(type, id, supersedes, version, last_updated, method, content, source, tokens, traits, paths, n)`;

type Kind = 'create' | 'replace' | 'delete';

/** What statements of a kind differ in: those for the common case are shorter. */
interface Shape {
  holding: boolean;
  judged: boolean;
  queueing: boolean;
}

const texts = new Map<string, string>();

/** The statement for some changes. Few texts for all changes, so that each connection plans them once. */
function statementFor(kind: Kind, changes: Change[], indexRevision: number): Statement {
  const queued = queueRowsOf(changes);
  const judgedBy = changes.length === 1 ? changes[0]!.judgedBy : undefined;
  const shape = {
    holding: kind !== 'delete' && isHolding(changes),
    judged: judgedBy !== undefined,
    queueing: queued.length > 0,
  };
  const name = `${kind} ${shape.holding} ${shape.judged} ${shape.queueing}`;
  const text = texts.get(name) ?? TEXTS[kind](shape);
  texts.set(name, text);
  const values = [
    ...columnsOf(changes),
    indexRevision,
    ...(judgedBy ? [judgedBy.patient, judgedBy.version, judgedBy.hashes] : []),
    ...(shape.queueing
      ? [
          queued.map(({ rank }) => rank),
          queued.map(({ patient }) => patient),
          queued.map(({ type }) => type),
          queued.map(({ id }) => id),
        ]
      : []),
    ...(kind === 'delete' ? [] : rowArrays(changes, shape.holding)),
  ];
  return { text, values };
}

/** Whether the definitions, and the patient a vital sign was judged by, are still what they were. */
const isCurrent = ({ judged }: Shape): string =>
  `${INDEX_REVISION} = $12${
    judged
      ? ` AND (SELECT p.version FROM resource p WHERE p.type = 'Patient' AND p.id = $13::text AND NOT p.deleted) = $14::int
    AND NOT EXISTS (SELECT FROM search_token f WHERE f.hash = ANY($15::bigint[]))`
      : ''
  }`;

const firstQueued = ({ judged }: Shape): number => (judged ? 16 : 13);

/** The CTE that queues what something follows from, together with the change itself; none where nothing was written. */
function queue(shape: Shape, written: string): string {
  if (!shape.queueing) return '';
  const [rank, patient, type, id] = [0, 1, 2, 3].map((n) => `$${firstQueued(shape) + n}`);
  return `, queued AS (INSERT INTO vital_queue (rank, patient, type, id)
    SELECT * FROM unnest(${rank}::int[], ${patient}::text[], ${type}::text[], ${id}::text[])
    WHERE EXISTS (SELECT FROM ${written}))`;
}

const firstRows = (shape: Shape): number => firstQueued(shape) + (shape.queueing ? 4 : 0);

const create = (shape: Shape) => `
  WITH change AS MATERIALIZED (SELECT nextval('resource_key') AS key, c.* FROM (${CHANGES}) c
    WHERE ${isCurrent(shape)}),
  created AS (INSERT INTO resource (${COLUMNS}, tokens, traits, paths)
    SELECT key, last_updated, version, content IS NULL, type, id, method, content::jsonb, source,
      tokens::bigint[], traits::bigint[], paths::bigint[] FROM change ORDER BY type, id),
  resource_row AS (SELECT n, key, type, tokens::bigint[] AS tokens, '{}'::bigint[] AS had FROM change),
  ${insertRows(firstRows(shape), shape.holding)}${queue(shape, 'change')}
  SELECT n FROM change`;

/**
 * CTEs that move the current versions into history and put the changes in their place. `seen` is the row as the statement
 * sees all tables: where rewriteIndex was at work while this waited for the row, it would miss index rows made meanwhile.
 */
const supersede = (shape: Shape) => `
  change AS MATERIALIZED (${CHANGES}),
  old AS MATERIALIZED (SELECT r.*, c.n, c.tokens::bigint[] AS new_tokens FROM change c
    JOIN resource r ON r.type = c.type AND r.id = c.id JOIN resource seen ON seen.type = r.type AND seen.id = r.id
    WHERE r.version = c.supersedes AND r.xmin = seen.xmin AND ${isCurrent(shape)} FOR UPDATE OF r),
  superseded AS (INSERT INTO resource_history (${COLUMNS}) SELECT ${COLUMNS} FROM old),
  replaced AS (UPDATE resource r SET last_updated = c.last_updated, version = c.version, method = c.method,
    deleted = c.content IS NULL, content = c.content::jsonb, source = c.source,
    tokens = o.new_tokens, traits = c.traits::bigint[], paths = c.paths::bigint[]
    FROM old o JOIN change c USING (n) WHERE r.type = o.type AND r.id = o.id),
  ${REMOVE_ROWS}`;

// Most tokens survive an update, so only the difference is written; the other rows are written anew.
const replace = (shape: Shape) => `
  WITH ${supersede(shape)},
  resource_row AS (SELECT n, key, type, new_tokens AS tokens, tokens AS had FROM old),
  ${insertRows(firstRows(shape), shape.holding)}${queue(shape, 'old')}
  SELECT n FROM old`;

const TEXTS: Readonly<Record<Kind, (shape: Shape) => string>> = {
  create,
  replace,
  delete: (shape) => `WITH ${supersede(shape)}${queue(shape, 'old')} SELECT n FROM old`,
};
