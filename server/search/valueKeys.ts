// Keys of resources by their values: dates, amounts, strings, positions, words.

import {
  condition,
  rowCondition,
  tables,
  unitConditions,
  type ValueCriterion,
  valueRows,
} from './criterionCondition.ts';
import type { Criterion } from './searchPlan.ts';
import { afterCursor, allOf, isPath, type Statement, tail } from './statement.ts';

/** Up to this many matches are collected and sorted; beyond, resources are tried in order, since a page is full soon. */
export const few = 2000;

/**
 * The keys of resources with values, each once; with a page, ordered and limited. All matches of a wide range would have to be sorted for a page. So rows that tell the order by themselves are
 * tried newest first, a bounded number of them: what most resources have is found there. Otherwise all are collected.
 */
export function fromValues(
  criterion: ValueCriterion,
  others: readonly Criterion[],
  statement: Statement,
): string {
  const { page } = statement;
  const most = page ? tried[criterion.kind] : undefined;
  if (page && (most === undefined || pathsInOrder(criterion) === undefined)) {
    return fromStrings(criterion, others, statement);
  }
  const rows = ofType(valueRows(criterion, statement), criterion, statement);
  const rest = (key: string, within = statement) => others.map((c) => condition(c, key, within));
  const conditions = [
    rows.where,
    ...unitConditions(criterion, rows.alias, statement),
    ...afterCursor(`${rows.alias}.key`, statement),
    ...rest(`${rows.alias}.key`),
  ];
  const all = `SELECT DISTINCT ${rows.alias}.key FROM ${rows.from} WHERE ${allOf(conditions)}`;
  if (most === undefined) return all;
  const newest = newestRows(criterion, most, statement);
  const walking = statement.with({ walking: true });
  const walked = statement.alias();
  const { limit } = page!;
  const size = `(SELECT count(*) FROM ${walked})`;
  const met = allOf([newest.condition(walking), ...rest(`${newest.alias}.key`, walking)]);
  // OFFSET 0: the planner must not hope to find these by walking, too.
  return (
    `WITH ${walked} AS MATERIALIZED (SELECT DISTINCT ${newest.alias}.key FROM (${newest.rows}) ${newest.alias} ` +
    `WHERE ${met}${tail(`${newest.alias}.key`, statement)}) SELECT page.key FROM (` +
    `SELECT key FROM ${walked} WHERE ${size} >= ${limit} UNION ALL ` +
    `SELECT key FROM (${all} OFFSET 0) found WHERE ${size} < ${limit}) page${tail('page.key', statement)}`
  );
}

/** How many of the newest rows are tried: those of dates are in an index with their values. */
const tried: Partial<Record<ValueCriterion['kind'], number>> = { date: 2000, quantity: 1000, text: 200 };

/** Paths whose rows are merged in the order of keys. */
const mostPaths = 8;

/** The index paths of a criterion, if there is an index of their rows in the order of keys. Text needs none. */
function pathsInOrder(criterion: ValueCriterion): bigint[] | undefined {
  if (criterion.kind === 'text') return [];
  if (criterion.kind !== 'date' && criterion.kind !== 'quantity') return undefined;
  const paths = [...new Set(criterion.groups.flatMap((group) => group.paths))];
  return paths.length <= mostPaths ? paths : undefined;
}

/** The newest rows that may meet a criterion: of its paths, merged in the order of keys, or of all resources. */
function newestRows(
  criterion: ValueCriterion,
  most: number,
  statement: Statement,
): { rows: string; alias: string; condition: (walking: Statement) => string } {
  const [alias, row] = [statement.alias(), statement.alias()];
  const newest = `ORDER BY ${row}.key DESC LIMIT ${most}`;
  const select = (what: string, from: string, own: string): string =>
    `SELECT ${what} FROM ${from} ${row} WHERE ${allOf([own, ...afterCursor(`${row}.key`, statement)])} ${newest}`;
  if (criterion.kind === 'text') {
    const rows = select(`${row}.key`, statement.table, `${row}.type = ${statement.shared('type')}`);
    return {
      rows,
      alias,
      condition: (walking) => condition(criterion, `${alias}.key`, walking),
    };
  }
  const columns = criterion.kind === 'date' ? ['path', 'low', 'high', 'key'] : ['*'];
  const what = columns.map((column) => `${row}.${column}`).join(', ');
  const bound = 'groups' in criterion && criterion.groups.some((group) => group.bound);
  const ofPaths = pathsInOrder(criterion)!.map((path) =>
    select(what, tables[criterion.kind], isPath(`${row}.path`, [path], bound, statement)),
  );
  // Each part in order and limited by itself, or a plan that does not know the paths might sort all of them.
  const merged = ofPaths.map((part) => `(${part})`).join(' UNION ALL ');
  return {
    rows: ofPaths.length === 1 ? ofPaths[0]! : `SELECT * FROM (${merged}) ${row} ${newest}`,
    alias,
    condition: (walking) => rowCondition(criterion, alias, walking),
  };
}

/** Values at several paths: a few are collected, and where there are more, resources are tried newest first. */
function fromStrings(criterion: ValueCriterion, others: readonly Criterion[], statement: Statement): string {
  const { from, alias, where } = valueRows(criterion, statement);
  const [found, row] = [statement.alias(), statement.alias()];
  const size = `(SELECT count(*) FROM ${found})`;
  const rest = others.map((c) => condition(c, `${found}.key`, statement));
  const sorted = [`${size} <= ${few}`, ...afterCursor(`${found}.key`, statement), ...rest];
  const walking = statement.with({ walking: true });
  const walked = [
    `${size} > ${few}`,
    `${row}.type = ${statement.shared('type')}`,
    ...afterCursor(`${row}.key`, statement),
    ...[criterion, ...others].map((c) => condition(c, `${row}.key`, walking, row)),
  ];
  return (
    `WITH ${found} AS MATERIALIZED (SELECT ${alias}.key FROM ${from} WHERE ${where} LIMIT ${few + 1}) ` +
    `SELECT page.key FROM ((SELECT DISTINCT ${found}.key FROM ${found} WHERE ${allOf(sorted)}${tail(`${found}.key`, statement)}) ` +
    `UNION ALL (SELECT ${row}.key FROM ${statement.table} ${row} WHERE ${allOf(walked)}${tail(`${row}.key`, statement)})) page` +
    tail('page.key', statement)
  );
}

/** Text rows do not say what type of resource they are of; other rows do, by their path. */
function ofType(
  rows: ReturnType<typeof valueRows>,
  { kind }: ValueCriterion,
  statement: Statement,
): ReturnType<typeof valueRows> {
  if (kind !== 'text') return rows;
  const own = statement.alias();
  const same = `${own}.type = ${statement.shared('type')} AND ${own}.key = ${rows.alias}.key`;
  return { ...rows, from: `${rows.from} JOIN ${statement.table} ${own} ON ${same}` };
}
