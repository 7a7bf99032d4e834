// Runs compiled searches: a statement that selects keys becomes a page of resources, a count, or identities.
import type { Database, Statement } from './database.ts';
import { run, runPlanned } from './database.ts';
import type { FoundResource, Identity } from './resources.ts';

/** Appends a value to a compiled statement's own and returns its placeholder. */
const extend = (values: unknown[], value: unknown) => `$${values.push(value)}`;

/** A statement that selects a page (see search/toSql.ts), the order of its rows, and how many sort values they have. */
export interface PageStatement extends Statement {
  order: string;
  sortColumns: number;
  /** whether it may be prepared */
  steady: boolean;
}

/** A match: the resource, and where it is in the order of the search. */
export interface Match {
  resource: FoundResource;
  /** key that orders matches with the same sort values */
  position: string;
  /** id of the contained resource that was found in the resource */
  part: string | null;
  sortValues: (string | null)[];
}

/** A page, and the revision of the definitions (see definitions_revision) that was in force when it was read. */
export interface Page {
  matches: Match[];
  revision: number;
}

type PageRow = {
  revision: string;
  type: string;
  id: string;
  key: string;
  content: string;
  position: string;
  part: string | null;
} & Record<`v${number}`, string | null>;

/** The matches of a page in their order. */
export async function searchPage(db: Database, page: PageStatement): Promise<Page> {
  const { rows } = await (page.steady ? run : runPlanned)<PageRow>(db, pageStatement(page));
  const matches = rows
    .filter(({ type }) => type !== null)
    .map((row) => ({
      resource: { type: row.type, id: row.id, key: Number(row.key), content: row.content },
      position: row.position,
      part: row.part,
      sortValues: Array.from({ length: page.sortColumns }, (_, i) => row[`v${i + 1}`] ?? null),
    }));
  return { matches, revision: Number(rows[0]!.revision) };
}

/** The whole statement of a page: there is one row, without a resource, where nothing matches. */
export function pageStatement({ text, values, order, sortColumns }: PageStatement): Statement {
  const sortValues = Array.from({ length: sortColumns }, (_, i) => `, page.s${i + 1}::text AS v${i + 1}`);
  return {
    text:
      `WITH page AS MATERIALIZED (${text}) ` +
      'SELECT d.revision, r.type, r.id, r.key, coalesce(r.source, r.content::text) AS content, ' +
      `page.position, page.part${sortValues.join('')} ` +
      'FROM definitions_revision d LEFT JOIN (page JOIN resource r ON r.type = page.type AND r.key = page.key ' +
      `AND NOT r.deleted) ON true ORDER BY ${order}`,
    values,
  };
}

/** The identities behind a statement that selects `key`. */
export async function searchIdentities(db: Database, type: string, keys: Statement): Promise<Identity[]> {
  const values = [...keys.values];
  const text =
    `WITH page AS MATERIALIZED (${keys.text}) SELECT r.type, r.id FROM page ` +
    `JOIN resource r ON r.type = ${extend(values, type)} AND r.key = page.key AND NOT r.deleted`;
  return (await runPlanned<Identity>(db, { text, values })).rows;
}

export type Row = Record<string, unknown> | object;

/** The rows of a compiled question about what a search leads to. */
export async function rowsOf<T extends Row>(
  db: Database,
  query: Statement & { steady: boolean },
): Promise<T[]> {
  return (await (query.steady ? run : runPlanned)<T>(db, query)).rows;
}

/** A statement that selects one `count`. */
export async function searchCount(db: Database, count: Statement & { steady: boolean }): Promise<number> {
  const { rows } = await (count.steady ? run : runPlanned)<{ count: string }>(db, count);
  return Number(rows[0]?.count ?? 0);
}

/** How many rows Postgres expects a statement to have. */
export async function estimateRows(db: Database, { text, values }: Statement): Promise<number> {
  const { rows } = await runPlanned<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(db, {
    text: `EXPLAIN (FORMAT JSON) ${text}`,
    values,
  });
  return rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}

/** For many single-token searches at once, each hash once: the ids of `type` behind it, at most `limit`. */
export async function identitiesByHash(
  db: Database,
  searches: { type: string; hash: bigint }[],
  limit: number,
): Promise<Map<bigint, Identity[]>> {
  const { rows } = await run<Identity & { hash: string }>(db, {
    text:
      'SELECT s.hash, r.type, r.id FROM unnest($1::bigint[], $2::text[]) AS s(hash, type) ' +
      'CROSS JOIN LATERAL (SELECT key FROM search_token t WHERE t.hash = s.hash LIMIT $3) t ' +
      'JOIN resource r ON r.type = s.type AND r.key = t.key AND NOT r.deleted',
    values: [searches.map((s) => String(s.hash)), searches.map((s) => s.type), limit],
  });
  const found = new Map<bigint, Identity[]>();
  for (const { hash, type, id } of rows) {
    const list = found.get(BigInt(hash)) ?? [];
    list.push({ type, id });
    found.set(BigInt(hash), list);
  }
  return found;
}
