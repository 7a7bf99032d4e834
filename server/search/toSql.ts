// From a settled search plan to SQL. Statement text depends on the plan's shape only.

import { condition } from './criterionCondition.ts';
import { isNarrow, isSteady, keys } from './keys.ts';
import type { DateTest } from './parameters/date.ts';
import type { Criterion, SearchPlan, TypeSearch } from './searchPlan.ts';
import { afterSorted, type SortKey, sortOrder, sortTable, sortValue } from './sortValue.ts';
import {
  afterCursor,
  allOf,
  finish,
  isPath,
  newStatement,
  type SqlQuery,
  type Statement,
} from './statement.ts';
import { few } from './valueKeys.ts';

/**
 * A page as SQL. It selects `type` and `key` of the resources to fetch, `position` (the key that orders them), `part` (the
 * id of the contained resource that was found, or null) and the sort values `s1`, `s2` …; `order` sorts these rows.
 */
export interface PageQuery extends SqlQuery {
  order: string;
  sortColumns: number;
  /** one plan is as good for any values */
  steady: boolean;
}

/** The matches of a page and one more, which tells whether there is a next page. */
export function toSql(plan: SearchPlan): PageQuery {
  const limit = plan.count + 1;
  const sorts = plan.searches.map((search) => sortKeys(plan, search));
  const order = sortOrder(sorts[0] ?? [], 'position');
  const statement = newStatement('');
  const parts = plan.searches.map((search, i) => {
    const own = statement.with({ type: search.type, table: search.contained ? 'contained' : 'resource' });
    return search.contained
      ? containedPage(search, sorts[i]!, plan, limit, own)
      : page(search, sorts[i]!, plan, limit, own);
  });
  const text =
    parts.length === 1
      ? parts[0]!
      : `SELECT * FROM (${distinct(parts.map((part) => `(${part})`).join(' UNION ALL '), plan, order)}) everything ` +
        `ORDER BY ${order} LIMIT ${limit}`;
  const [search, ...others] = plan.searches;
  const byColumn = search?.sort[0]?.kind === 'column' && !isNarrow(search.criteria);
  const steady = others.length === 0 && isSteady(search!.criteria) && !byColumn;
  return { ...finish(statement, text), order, sortColumns: plan.sort.length, steady };
}

/** A resource that matches and contains a match is one entry. */
function distinct(union: string, { searches }: SearchPlan, order: string): string {
  if (!searches.some(({ contained }) => contained === 'container')) return union;
  return `SELECT DISTINCT ON (position) * FROM (${union}) found ORDER BY position, ${order}`;
}

/** Selects the number of all matches as `count` (a bigint), at most `most` where it is given. */
export function toCountSql(plan: SearchPlan, most?: number): SqlQuery & { steady: boolean } {
  const statement = newStatement('');
  const parts = plan.searches.map((search) => {
    const own = statement.with({ type: search.type, table: search.contained ? 'contained' : 'resource' });
    const found = keys(search.criteria, own);
    return search.contained === 'container'
      ? `SELECT c.container_key AS key FROM (${found}) found JOIN contained c ON c.key = found.key`
      : found;
  });
  const containers = plan.searches.some(({ contained }) => contained === 'container');
  const all = containers
    ? [`SELECT DISTINCT key FROM (${parts.map((part) => `(${part})`).join(' UNION ALL ')}) found`]
    : parts;
  const counts = all.map(
    (part) => `SELECT count(*) AS count FROM (${part}${most === undefined ? '' : ` LIMIT ${most}`}) matches`,
  );
  const text =
    counts.length === 1
      ? counts[0]!
      : `SELECT sum(count) AS count FROM (${counts.join(' UNION ALL ')}) counts`;
  const [search, ...others] = plan.searches;
  const steady = others.length === 0 && isSteady(search!.criteria) && isNarrow(search!.criteria);
  return { ...finish(statement, text), steady };
}

/** All matches, for an estimate of their number. */
export function toMatchesSql({ searches }: SearchPlan): SqlQuery {
  const statement = newStatement('');
  const parts = searches.map((search) => {
    const table = search.contained ? 'contained' : 'resource';
    return `(${keys(search.criteria, statement.with({ type: search.type, table }))})`;
  });
  return finish(statement, parts.join(' UNION ALL '));
}

/** The identities that a search of one type finds, as `key`; at most `limit`. */
export function toKeysSql({ type, criteria }: TypeSearch, limit: number): SqlQuery {
  const statement = newStatement(type);
  return finish(
    statement,
    `SELECT key FROM (${keys(criteria, statement)}) found LIMIT ${statement.bind(limit)}`,
  );
}

function sortKeys({ sort }: SearchPlan, search: TypeSearch): SortKey[] {
  return sort.map((key, i) => ({ ...key, source: search.sort[i]! }));
}

function page(
  { criteria }: TypeSearch,
  sort: SortKey[],
  { cursor }: SearchPlan,
  limit: number,
  statement: Statement,
): string {
  const columns = `${statement.shared('type')}::text AS type, found.key, found.key AS position, NULL::text AS part`;
  if (sort.length === 0) {
    const own = statement.with({ page: cursor ? { limit, cursor: cursor.key } : { limit } });
    return `SELECT ${columns} FROM (${keys(criteria, own)}) found`;
  }
  const values = sort.map((_, i) => `, found.s${i + 1}`).join('');
  return `SELECT ${columns}${values} FROM (${sorted(criteria, sort, cursor, limit, statement)}) found`;
}

/** All matches sorted; where there are many, those that come first in the order of the index of the first sort value. */
function sorted(
  criteria: Criterion[],
  sort: SortKey[],
  cursor: SearchPlan['cursor'],
  limit: number,
  statement: Statement,
): string {
  const values = (row: string): string =>
    sort.map((key, i) => `, ${sortValue(key, row, statement)} AS s${i + 1}`).join('');
  const after = afterSorted(sort, 'key', cursor, statement);
  const tail = `WHERE ${after} ORDER BY ${sortOrder(sort, 'key')} LIMIT ${limit}`;
  const row = statement.alias();
  const valued = (source: string): string =>
    `SELECT ${row}.key${values(row)} FROM ${source} matches JOIN resource ${row} ` +
    `ON ${row}.type = ${statement.shared('type')} AND ${row}.key = matches.key`;
  const sortAll = (): string => `SELECT * FROM (${valued(`(${keys(criteria, statement)})`)}) valued ${tail}`;
  if (isNarrow(criteria)) return sortAll();
  if (sort[0]!.source.kind === 'column') {
    // The resource table has an index in this order; the planner knows whether it pays.
    const own = statement.shared('type');
    const conditions = [
      `${row}.type = ${own} AND NOT ${row}.deleted`,
      ...criteria.map((criterion) => condition(criterion, `${row}.key`, statement, row)),
    ];
    return `SELECT * FROM (SELECT ${row}.key${values(row)} FROM resource ${row} WHERE ${allOf(conditions)}) valued ${tail}`;
  }
  const walk = walked(criteria, sort, cursor, limit, statement);
  if (!walk) return sortAll();

  const found = statement.alias();
  // Everything is many, without counting.
  const size = criteria.length === 0 ? few + 1 : `(SELECT count(*) FROM ${found})`;
  const unvalued = keys([...criteria, { ...valueless(sort[0]!), parameter: '_sort' }], statement);
  return (
    `WITH ${found} AS MATERIALIZED (SELECT key FROM (${keys(criteria, statement)}) matches LIMIT ${few + 1}), ` +
    `walked AS MATERIALIZED (SELECT * FROM (${walk}) walk WHERE ${size} > ${few}), ` +
    `unvalued AS MATERIALIZED (SELECT * FROM (${valued(
      `(SELECT key FROM (${unvalued}) missing WHERE ${size} > ${few} ` +
        `AND (SELECT count(*) FROM walked) < ${limit})`,
    )}) valued ${tail}) ` +
    `SELECT * FROM ((SELECT * FROM (${valued(`(SELECT key FROM ${found} WHERE ${size} <= ${few})`)}) valued ${tail}) ` +
    `UNION ALL SELECT * FROM walked UNION ALL SELECT * FROM unvalued) every ORDER BY ${sortOrder(sort, 'key')} LIMIT ${limit}`
  );
}

/** No row of the sort parameter. */
function valueless({ source }: SortKey): Extract<Criterion, { kind: 'string' | 'date' | 'quantity' }> {
  const { paths } = source as { paths: bigint[] };
  const kind = source.kind === 'string' || source.kind === 'date' ? source.kind : 'quantity';
  const base = { parameter: '_sort', negated: true };
  if (kind === 'date') return { kind, ...base, groups: [{ paths, tests: [anyTime] }] };
  return { kind, ...base, groups: [{ paths, tests: [] }] };
}

/** Holds for every date but those that say no time. */
const anyTime: DateTest = {
  prefix: 'lt',
  low: Number.POSITIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
};

/** Matches in the order of the first sort value's rows, tried one by one; undefined where no index has that order. */
function walked(
  criteria: Criterion[],
  sort: SortKey[],
  cursor: SearchPlan['cursor'],
  limit: number,
  statement: Statement,
): string | undefined {
  const [first, ...others] = sort as [SortKey, ...SortKey[]];
  const along = sortTable(first.source);
  if (!along) return undefined;
  const { table, column, path, conditions: own } = along;
  const walking = statement.with({ walking: true });
  const [row, other] = [statement.alias(), statement.alias()];
  const [further, order] = first.descending ? ['<=', 'DESC'] : ['>=', 'ASC'];
  const from = cursor?.values[0];
  const conditions = [
    isPath(`${row}.path`, [path], false, statement),
    ...own.map((condition) => `${row}.${condition}`),
    ...(from ? [`${row}.${column} ${further} ${statement.bind(from)}`] : []),
    // Of several values of a resource only the first in the order counts.
    `NOT EXISTS (SELECT 1 FROM ${table} ${other} WHERE ${other}.path = ${row}.path AND ${other}.key = ${row}.key AND ` +
      `(${other}.${column}, ${other}.ctid) ${first.descending ? '>' : '<'} (${row}.${column}, ${row}.ctid) OFFSET 0)`,
    ...criteria.map((criterion) => condition(criterion, `${row}.key`, walking)),
  ];
  const values = others
    .map((key, i) => `, ${sortValue(key, 'resource_row', statement)} AS s${i + 2}`)
    .join('');
  const join =
    others.length > 0
      ? ` JOIN resource resource_row ON resource_row.type = ${statement.shared('type')} AND resource_row.key = ${row}.key`
      : '';
  const after = afterSorted(sort, 'key', cursor, statement);
  // No NULLS LAST on the first: the column has none, and the index is read in its own order.
  const rest = others
    .map(({ descending }, i) => `s${i + 2} ${descending ? 'DESC' : 'ASC'} NULLS LAST, `)
    .join('');
  return (
    `SELECT * FROM (SELECT ${row}.key, ${row}.${column} AS s1${values} FROM ${table} ${row}${join} ` +
    `WHERE ${allOf(conditions)}) walk WHERE ${after} ORDER BY s1 ${order}, ${rest}key DESC LIMIT ${limit}`
  );
}

/** A page of contained resources, or of what contains them. */
function containedPage(
  { criteria, contained }: TypeSearch,
  sort: SortKey[],
  { cursor }: SearchPlan,
  limit: number,
  statement: Statement,
): string {
  const row = statement.alias();
  const values = sort.map((key, i) => `, ${sortValue(key, row, statement)} AS s${i + 1}`).join('');
  const whole = contained === 'container';
  const position = whole ? `${row}.container_key` : `${row}.key`;
  const part = whole ? 'NULL::text' : `${row}.id`;
  const found =
    `SELECT ${row}.container_type AS type, ${row}.container_key AS key, ${position} AS position, ${part} AS part${values} ` +
    `FROM (${keys(criteria, statement)}) matches JOIN contained ${row} ON ${row}.key = matches.key`;
  const order = sortOrder(sort, 'position');
  const each = `SELECT DISTINCT ON (position) * FROM (${found}) parts ORDER BY position, ${order}`;
  const after =
    sort.length > 0
      ? afterSorted(sort, 'position', cursor, statement)
      : allOf(
          afterCursor(
            'position',
            statement.with({ page: { limit, ...(cursor ? { cursor: cursor.key } : {}) } }),
          ),
        );
  return `SELECT * FROM (${each}) parts WHERE ${after} ORDER BY ${order} LIMIT ${limit}`;
}
