// Sort values (search.html#sort) as SQL expressions, and the order of rows that have them. Of several values the lowest
// counts when ascending, the highest when descending; dates count by their start; what has no value comes last.

import { convertedMark } from './parameters/quantity.ts';
import type { Cursor, SearchPlan, SortSource } from './searchPlan.ts';
import { allOf, anyOf, isPath, type Statement } from './statement.ts';

export type SortKey = SearchPlan['sort'][number] & { source: SortSource };

const tables: Record<
  'string' | 'date' | 'number' | 'quantity',
  { table: string; column: string; type: string; conditions?: string[] }
> = {
  string: { table: 'search_string', column: 'value', type: 'text COLLATE "C"' },
  date: { table: 'search_date', column: 'low', type: 'timestamptz', conditions: ["low < 'infinity'"] },
  // Numbers are amounts of unit 0, and the index is in order within a unit.
  number: { table: 'search_quantity', column: 'low', type: 'float8', conditions: ['unit_code = 0'] },
  quantity: { table: 'search_quantity', column: 'low', type: 'float8' },
};

/** The rows of a table that hold one sort value each, in its order: what a wide search walks along. */
export function sortTable(
  source: SortSource,
): { table: string; column: string; path: bigint; conditions: string[] } | undefined {
  if (source.kind === 'column' || source.kind === 'content' || source.kind === 'quantity') return undefined;
  const [path, ...others] = source.paths;
  if (path === undefined || others.length > 0) return undefined;
  const { table, column, conditions = [] } = tables[source.kind];
  return { table, column, path, conditions };
}

/** The sort value of the resource behind a key; `row` is its row in the statement's table. */
export function sortValue({ source, descending }: SortKey, row: string, statement: Statement): string {
  const best = descending ? 'max' : 'min';
  const of = (kind: keyof typeof tables, paths: bigint[]): string => {
    const { table, column } = tables[kind];
    const alias = statement.alias();
    const path = isPath(`${alias}.path`, paths, false, statement);
    const value = `${best}(${alias}.${column})`;
    // Amounts compare in the unit that their dimension is converted to.
    const inOneUnit =
      kind === 'quantity'
        ? `coalesce(${value} FILTER (WHERE ${alias}.unit_code = ${statement.bind(convertedMark)}), ${value})`
        : value;
    const timed = kind === 'date' ? ` AND ${alias}.low <= ${alias}.high` : '';
    return `(SELECT ${inOneUnit} FROM ${table} ${alias} WHERE ${alias}.key = ${row}.key AND ${path}${timed})`;
  };
  switch (source.kind) {
    case 'column':
      return columnValue(source.column, row, statement);
    case 'content':
      return contentValue(best, source.jsonPaths, contentOf(row, statement), statement);
    default:
      return of(source.kind, source.paths);
  }
}

function columnValue(column: 'last_updated' | 'id', row: string, statement: Statement): string {
  if (statement.table === 'resource' || column === 'id') return `${row}.${column}`;
  return `(SELECT last_updated FROM resource WHERE type = ${row}.container_type AND key = ${row}.container_key)`;
}

/** The content of a row of the statement's table; that of a contained resource is in its container's. */
function contentOf(row: string, { table }: Statement): string {
  if (table === 'resource') return `${row}.content`;
  return (
    `(SELECT part FROM resource, jsonb_array_elements(content->'contained') part ` +
    `WHERE type = ${row}.container_type AND key = ${row}.container_key AND part->>'id' = ${row}.id LIMIT 1)`
  );
}

/** The lowest or highest text that the JSON paths lead to. */
export function contentValue(
  best: 'min' | 'max',
  jsonPaths: string[],
  content: string,
  statement: Statement,
): string {
  const [path, value] = [statement.alias(), statement.alias()];
  return (
    `(SELECT ${best}((${value}.item #>> '{}') COLLATE "C") FROM unnest(${statement.bind(jsonPaths)}::jsonpath[]) ` +
    `AS ${path}(path) CROSS JOIN LATERAL jsonb_path_query(${content}, ${path}.path) AS ${value}(item))`
  );
}

/** `ORDER BY` over the columns `s1`, `s2` … of sorted rows, ties newest first. */
export function sortOrder(sort: readonly SortKey[], key: string): string {
  const columns = sort.map(({ source, descending }, i) => {
    // Columns are never null, and only without NULLS LAST their index is in this order.
    const nulls = source.kind === 'column' ? '' : ' NULLS LAST';
    return `s${i + 1} ${descending ? 'DESC' : 'ASC'}${nulls}`;
  });
  return [...columns, `${key} DESC`].join(', ');
}

/** The condition that a sorted row comes after the cursor. */
export function afterSorted(
  sort: readonly SortKey[],
  key: string,
  cursor: Cursor | undefined,
  statement: Statement,
): string {
  if (!cursor) return 'true';
  const values = sort.map(({ source }, i) => {
    const value = cursor.values[i];
    return value === null || value === undefined ? undefined : `${statement.bind(value)}::${typeOf(source)}`;
  });
  const equal = values.map((value, i) =>
    value === undefined ? `s${i + 1} IS NULL` : `s${i + 1} = ${value}`,
  );
  const beyond = values.map((value, i) => {
    if (value === undefined) return 'false';
    const later = `s${i + 1} ${sort[i]!.descending ? '<' : '>'} ${value}`;
    return sort[i]!.source.kind === 'column' ? later : `(${later} OR s${i + 1} IS NULL)`;
  });
  const alternatives = beyond.map((later, i) => allOf([...equal.slice(0, i), later]));
  return anyOf([...alternatives, allOf([...equal, `${key} < ${statement.bind(cursor.key)}::bigint`])]);
}

/** SQL type of the values of a source. */
export function typeOf(source: SortSource): string {
  switch (source.kind) {
    case 'column':
      return source.column === 'id' ? 'text COLLATE "C"' : 'timestamptz';
    case 'content':
      return 'text COLLATE "C"';
    default:
      return tables[source.kind].type;
  }
}
