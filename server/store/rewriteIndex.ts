// Replaces the index rows of stored resources and nothing else: version, history, content and last update stay.
import type { PoolClient } from 'pg';
import type { IndexRows } from '../search/indexRows.ts';
import { run } from './database.ts';
import { hashArrays, insertRows, REMOVE_ROWS, rowArrays } from './indexStatements.ts';

/** The index rows that a resource should have, made from the content of this version of it. */
export interface IndexedVersion {
  type: string;
  id: string;
  version: number;
  rows: IndexRows;
}

/**
 * Gives resources new index rows; one statement, so a few hundred at a time are best. Those whose version has moved on
 * (the writer who did that has indexed them) or that are deleted are skipped. Terms of the rows must be stored already
 * (termDictionary.ts).
 * @returns how many were rewritten
 */
export async function rewriteIndex(tx: PoolClient, resources: IndexedVersion[]): Promise<number> {
  if (resources.length === 0) return 0;
  // In one order for everyone, so that two of these wait for one another instead of deadlocking.
  const ordered = resources.toSorted((a, b) => compare(a.type, b.type) || compare(a.id, b.id));
  const [types, ids] = [ordered.map(({ type }) => type), ordered.map(({ id }) => id)];
  // Locked first: a statement that waits for a row does not see the index rows that were made while it waited.
  await run(tx, { text: LOCK, values: [types, ids] });
  const own = [types, ids, ordered.map(({ version }) => version), ...hashArrays(ordered)];
  const { rows } = await run<{ n: string }>(tx, {
    text: REWRITE,
    values: [...own, ...rowArrays(ordered, true)],
  });
  return rows.length;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const LOCK = `SELECT FROM resource r JOIN unnest($1::text[], $2::text[]) AS c(type, id) USING (type, id)
  ORDER BY r.type, r.id FOR UPDATE OF r`;

// The row of the resource is updated even where it stays the same, so that a writer who has been waiting for it notices.
// Rows of search_token are added even where the resource's own list has them: a reindex also mends.
const REWRITE = `
  WITH change AS MATERIALIZED (SELECT c.* FROM unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[])
      WITH ORDINALITY AS c(type, id, version, tokens, traits, paths, n)),
  old AS MATERIALIZED (SELECT r.type, r.id, r.key, r.tokens, r.paths, c.n, c.tokens::bigint[] AS new_tokens
    FROM change c JOIN resource r ON r.type = c.type AND r.id = c.id
    WHERE r.version = c.version AND NOT r.deleted FOR UPDATE OF r),
  replaced AS (UPDATE resource r SET tokens = o.new_tokens, traits = c.traits::bigint[], paths = c.paths::bigint[]
    FROM old o JOIN change c USING (n) WHERE r.type = o.type AND r.id = o.id),
  resource_row AS (SELECT n, key, type, new_tokens AS tokens, '{}'::bigint[] AS had FROM old),
  ${REMOVE_ROWS},
  ${insertRows(7, true, { mend: true })}
  SELECT n FROM old`;
