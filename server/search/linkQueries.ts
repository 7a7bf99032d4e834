// The statements that settle chains, `_has`, `_list` and `:text` before a search: few resources at the other end become
// hashes or ids. Each reads one more than `limit`, which tells that there are too many.

import { jsonPath } from './jsonPath.ts';
import { isSteady, keys } from './keys.ts';
import { localHashes, localId, referredIds } from './linkCondition.ts';
import type { ChainLink, Criterion, Unsettled } from './searchPlan.ts';
import { finish, newStatement, type SqlQuery } from './statement.ts';
import type { TextTest } from './text.ts';

type Has = Extract<Unsettled, { kind: 'has' }>;

/** A question, and whether one plan is as good for any values. */
export interface LinkQuery extends SqlQuery {
  steady: boolean;
}

/** The statement as a question about resources that meet the criteria. */
const asked = (query: SqlQuery, criteria: readonly Criterion[]): LinkQuery => ({
  ...query,
  steady: isSteady(criteria),
});

/** `id` of the resources that meet a link's criteria; `url` and `version` where canonicals lead to them. */
export function targetsQuery({ type, criteria, paths }: ChainLink, limit: number): LinkQuery {
  const statement = newStatement(type);
  const byUrl = paths.some(({ path }) => path.dataType !== 'Reference');
  const query = finish(
    statement,
    `SELECT r.id, ${byUrl ? "r.content->>'url' AS url, r.content->>'version'" : 'NULL AS url, NULL'} AS version ` +
      `FROM (SELECT key FROM (${keys(criteria, statement)}) found LIMIT ${limit + 1}) target ` +
      `JOIN resource r ON r.type = ${statement.shared('type')} AND r.key = target.key`,
  );
  return asked(query, criteria);
}

/** `key` of the resources of `type` that refer to a resource that they contain and that meets a link's criteria. */
export function containersQuery(link: ChainLink, type: string, limit: number): LinkQuery {
  const statement = newStatement(link.type).with({ table: 'contained' });
  const query = finish(
    statement,
    `SELECT DISTINCT c.container_key AS key FROM (${keys(link.contained, statement)}) part ` +
      `JOIN contained c ON c.key = part.key AND c.container_type = ${statement.bind(type)} ` +
      `JOIN search_token t ON t.key = c.container_key AND t.hash = ANY(${localHashes(link, "'#' || c.id", statement)}) ` +
      `LIMIT ${limit + 1}`,
  );
  return asked(query, link.contained);
}

/** `text` of each literal reference or canonical by which resources that meet the criteria refer, and their number `n`. */
export function referrersQuery({ type, paths, criteria, prefixes }: Has, limit: number): LinkQuery {
  const statement = newStatement(type);
  const { from, id } = referredIds('r.content', { paths, prefixes }, statement);
  const canonicals = paths.filter(({ path }) => path.dataType !== 'Reference');
  const referrer = `referrer JOIN resource r ON r.type = ${statement.shared('type')} AND r.key = referrer.key`;
  const query = finish(
    statement,
    `WITH referrer AS MATERIALIZED (SELECT key FROM (${keys(criteria, statement)}) found LIMIT ${limit + 1}) ` +
      `SELECT size.n, CASE WHEN size.n <= ${limit} THEN ARRAY(SELECT DISTINCT ${id} FROM ${referrer} CROSS JOIN ${from}) END AS ids, ` +
      (canonicals.length === 0
        ? `'{}'::text[] AS urls`
        : `CASE WHEN size.n <= ${limit} THEN ARRAY(SELECT DISTINCT url #>> '{}' FROM ${referrer} ` +
          `CROSS JOIN unnest(${statement.bind(canonicals.map(({ path }) => jsonPath(path.steps)))}::jsonpath[]) AS p(path) ` +
          `CROSS JOIN LATERAL jsonb_path_query(r.content, p.path) AS u(url)) END AS urls`) +
      ' FROM (SELECT count(*)::int AS n FROM referrer) size',
  );
  return asked(query, criteria);
}

/** `id` of each resource of a type that is an item of one of the Lists, but for items marked as removed. */
export function listQuery(
  { type, ids }: Extract<Unsettled, { kind: 'list' }>,
  prefixes: string[],
): LinkQuery {
  const statement = newStatement(type);
  const query = finish(
    statement,
    `SELECT DISTINCT m.id FROM resource l CROSS JOIN LATERAL ` +
      `jsonb_path_query(l.content, '$.entry ? (!exists(@.deleted ? (@ == true))).item.reference') AS i(reference) ` +
      `CROSS JOIN LATERAL (${localId("i.reference #>> '{}'", prefixes, statement)}) AS m ` +
      `WHERE l.type = 'List' AND l.id = ANY(${statement.bind(ids)}::text[]) AND NOT l.deleted`,
  );
  return asked(query, []);
}

/** `hash` of each text of codes at the paths that has the words. */
export function termsQuery(paths: bigint[], { query }: TextTest, limit: number): LinkQuery {
  return {
    text:
      'SELECT hash FROM search_term WHERE path = ANY($1::bigint[]) AND words @@ $2::tsquery ' +
      `LIMIT ${limit + 1}`,
    values: [paths, query],
    steady: false,
  };
}
