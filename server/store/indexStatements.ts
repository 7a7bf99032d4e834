// Index rows of a few resources in one statement: their arrays, and the CTEs that insert, replace and remove them.
import type { IndexRows } from '../search/indexRows.ts';
import { timestamp } from '../search/parameters/date.ts';
import { vectorText } from '../search/textVector.ts';
import { pathsOf, traitsOf, valuesOf } from './change.ts';

/** Who has index rows: a resource version, `rows` undefined for a deletion. */
interface Indexed {
  rows: IndexRows | undefined;
}

/** Token hashes, traits and paths, one text each: `unnest` would take an array of arrays apart. */
export const hashArrays = (all: Indexed[]): [tokens: string[], traits: string[], paths: string[]] => [
  all.map(({ rows }) => `{${valuesOf(rows).join(',')}}`),
  all.map(({ rows }) => `{${traitsOf(rows).join(',')}}`),
  all.map(({ rows }) => `{${pathsOf(rows).join(',')}}`),
];

/**
 * Parallel arrays of all other index rows, for the placeholders of {@link insertRows}. Rows name their owner by number:
 * resources from 1 on, then the contained resources of all of them.
 */
export function rowArrays(resources: Indexed[], holding: boolean): unknown[] {
  const held = resources.flatMap(({ rows }, i) =>
    (rows?.contained ?? []).map((each) => ({ n: i + 1, ...each })),
  );
  const owners = [...resources, ...held];
  const rows = <T>(of: (rows: IndexRows) => T[]) =>
    owners.flatMap((owner, i) => (owner.rows ? of(owner.rows).map((row) => ({ n: i + 1, row })) : []));
  const strings = rows(({ strings }) => strings);
  const dates = rows(({ dates }) => dates);
  const quantities = rows(({ quantities }) => quantities);
  const texts = rows(({ words }) => (words?.size ? [vectorText(words)] : []));
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
    texts.map(({ n }) => n),
    texts.map(({ row }) => row),
    ...(holding
      ? [held.map(({ n }) => n), held.map(({ type }) => type), held.map(({ id }) => id), ...hashArrays(held)]
      : []),
  ];
}

/** Whether any of the resources contains others: statements for those that do not are shorter. */
export const isHolding = (resources: Indexed[]): boolean =>
  resources.some(({ rows }) => rows !== undefined && rows.contained.length > 0);

/**
 * CTEs that insert index rows; the arrays of {@link rowArrays} begin at placeholder `first`, and $1 is an array with one
 * item per resource. They need `resource_row`, a CTE of the resources with `n`, `key`, `type`, `tokens` (bigint[]) and
 * `had`, the hashes that search_token has for the key already; `mend` passes over others that are there all the same.
 */
export function insertRows(first: number, holding: boolean, { mend = false } = {}): string {
  const at = (...types: string[]) => {
    const places = types.map((type, i) => `$${next + i}::${type}[]`).join(', ');
    next += types.length;
    return `unnest(${places})`;
  };
  let next = first;
  const strings = at('int', 'bigint', 'text', 'text');
  const dates = at('int', 'bigint', 'timestamptz', 'timestamptz');
  const quantities = at('int', 'bigint', 'float8', 'float8', 'bigint', 'bigint');
  const texts = at('int', 'text');
  const owners = holding ? holdOthers(at('int', 'text', 'text', 'text', 'text', 'text')) : '';
  return `${owners}
  owner AS MATERIALIZED (SELECT n, key, tokens, had FROM resource_row
    ${holding ? "UNION ALL SELECT n + cardinality($1::text[]), key, tokens, '{}' FROM held" : ''}),
  tokens_added AS (INSERT INTO search_token (hash, key)
    SELECT u.hash, o.key FROM owner o CROSS JOIN unnest(o.tokens) AS u(hash) WHERE u.hash <> ALL (o.had)
    ${mend ? 'ON CONFLICT DO NOTHING' : ''}),
  strings AS (INSERT INTO search_string (path, value, exact, key)
    SELECT u.path, u.value, u.exact, o.key FROM owner o
    JOIN ${strings} AS u(n, path, value, exact) USING (n)),
  dates AS (INSERT INTO search_date (path, low, high, key)
    SELECT u.path, u.low, u.high, o.key FROM owner o
    JOIN ${dates} AS u(n, path, low, high) USING (n)),
  quantities AS (INSERT INTO search_quantity (path, low, high, unit, unit_code, key)
    SELECT u.path, u.low, u.high, u.unit, u.unit_code, o.key FROM owner o
    JOIN ${quantities}
      AS u(n, path, low, high, unit, unit_code) USING (n)),
  texts AS (INSERT INTO search_text (words, key)
    SELECT u.words::tsvector, o.key FROM owner o
    JOIN ${texts} AS u(n, words) USING (n))`;
}

/** CTEs that store the contained resources of an array of each of their columns. */
const holdOthers = (arrays: string): string => `
  held AS MATERIALIZED (SELECT nextval('resource_key') AS key, h.n, r.key AS container_key, r.type AS container_type,
      h.type, h.id, h.tokens::bigint[] AS tokens, h.traits::bigint[] AS traits, h.paths::bigint[] AS paths
    FROM ${arrays}
      WITH ORDINALITY AS h(container, type, id, tokens, traits, paths, n) JOIN resource_row r ON r.n = h.container),
  held_added AS (INSERT INTO contained (key, container_key, container_type, type, id, tokens, traits, paths)
    SELECT key, container_key, container_type, type, id, tokens, traits, paths FROM held),`;

/**
 * CTEs that remove the index rows of superseded versions and of what they contained; tokens that stay are left alone.
 * They need `old`, a CTE with `key`, `tokens` and `paths` (what the resource had) and `new_tokens`.
 */
export const REMOVE_ROWS = `
  held_gone AS (DELETE FROM contained c USING old WHERE c.container_key = old.key RETURNING c.key, c.tokens, c.paths),
  gone AS MATERIALIZED (SELECT key, tokens, paths, new_tokens FROM old
    UNION ALL SELECT key, tokens, paths, '{}' FROM held_gone),
  token_gone AS MATERIALIZED (SELECT u.hash, gone.key FROM gone CROSS JOIN unnest(gone.tokens) AS u(hash)
    WHERE u.hash <> ALL (gone.new_tokens)),
  tokens_gone AS (DELETE FROM search_token t USING token_gone u WHERE t.hash = u.hash AND t.key = u.key),
  strings_gone AS (DELETE FROM search_string t USING gone WHERE t.key = gone.key),
  path_gone AS MATERIALIZED (SELECT u.path, gone.key FROM gone CROSS JOIN unnest(gone.paths) AS u(path)),
  dates_gone AS (DELETE FROM search_date t USING path_gone u WHERE t.path = u.path AND t.key = u.key),
  quantities_gone AS (DELETE FROM search_quantity t USING path_gone u WHERE t.path = u.path AND t.key = u.key),
  texts_gone AS (DELETE FROM search_text t USING gone WHERE t.key = gone.key)`;
