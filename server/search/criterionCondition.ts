// Criteria as SQL conditions: on the key of a row already chosen, or on the rows of a criterion's own table.

import { isTrait } from './hash64.ts';
import { chainCondition, hasCondition } from './linkCondition.ts';
import { dateCondition, instantCondition } from './parameters/date.ts';
import { numberCondition } from './parameters/number.ts';
import { positionCondition } from './parameters/position.ts';
import { stringCondition } from './parameters/string.ts';
import type { Criterion, Group } from './searchPlan.ts';
import { allOf, anyOf, isAny, isPath, type Statement } from './statement.ts';
import { textCondition } from './text.ts';

/** A criterion on rows of its own table. */
export type ValueCriterion = Extract<
  Criterion,
  { kind: 'string' | 'date' | 'quantity' | 'position' | 'text' }
>;

/** The table that holds the rows of a kind of criterion. */
export const tables: Record<ValueCriterion['kind'], string> = {
  string: 'search_string',
  date: 'search_date',
  quantity: 'search_quantity',
  position: 'search_quantity',
  text: 'search_text',
};

export function isValueCriterion(criterion: Criterion): criterion is ValueCriterion {
  return criterion.kind in tables;
}

/**
 * A criterion as a condition on the key of a row already chosen; `row` names that row where it is one of the
 * statement's table (`resource` or `contained`).
 */
export function condition(criterion: Criterion, key: string, statement: Statement, row?: string): string {
  switch (criterion.kind) {
    case 'constant':
      return String(criterion.holds);
    case 'token': {
      const any = anyOf(tokenConditions(criterion.hashes, key, statement, row));
      return criterion.negated ? `NOT (${any})` : any;
    }
    case 'string':
    case 'date':
    case 'quantity':
    case 'position':
    case 'text': {
      const { from, alias, where } = valueRows(criterion, statement);
      const found = exists(statement, from, `${alias}.key = ${key} AND ${where}`);
      return isNegated(criterion) ? `NOT ${found}` : found;
    }
    case 'id':
    case 'lastUpdated':
      return onRow(key, statement, row, (here) => resourceCondition(criterion, here, statement));
    case 'either':
      return anyOf(
        criterion.alternatives.map((parts) =>
          allOf(parts.map((part) => condition(part, key, statement, row))),
        ),
      );
    case 'not':
      return `NOT (${allOf(criterion.criteria.map((part) => condition(part, key, statement, row)))})`;
    case 'keys':
      return `${key} = ANY(${statement.bind(criterion.keys)}::bigint[])`;
    case 'chain':
      return anyOf(criterion.links.map((link) => chainCondition(link, key, statement)));
    case 'has':
      return onRow(key, statement, row, (here) => hasCondition(criterion, here, statement));
    case 'list':
    case 'codes':
    case 'term':
      throw new Error(`${criterion.parameter}: the store was not asked about it`);
  }
}

const isNegated = (criterion: ValueCriterion): boolean => 'negated' in criterion && criterion.negated;

/** Values are rows of their own, traits an array of the resource. */
function tokenConditions(
  hashes: readonly bigint[],
  key: string,
  statement: Statement,
  row: string | undefined,
): string[] {
  const conditions: string[] = [];
  const values = hashes.filter((hash) => !isTrait(hash));
  const traits = hashes.filter(isTrait);
  if (values.length > 0) {
    const token = statement.alias();
    const matches = isAny(`${token}.hash`, values, 'bigint', statement);
    conditions.push(exists(statement, `search_token ${token}`, `${matches} AND ${token}.key = ${key}`));
  }
  if (traits.length > 0) {
    const array = `${statement.bind(traits)}::bigint[]`;
    conditions.push(onRow(key, statement, row, (here) => `${here}.traits && ${array}`));
  }
  return conditions;
}

/** A condition on columns of the statement's table: on the row at hand, or on the one behind a key. */
export function onRow(
  key: string,
  statement: Statement,
  row: string | undefined,
  test: (row: string) => string,
): string {
  if (row !== undefined) return test(row);
  const own = statement.alias();
  const here = `${own}.type = ${statement.shared('type')} AND ${own}.key = ${key}`;
  return exists(statement, `${statement.table} ${own}`, `${here} AND ${test(own)}`);
}

/** While walking, `OFFSET 0` keeps the planner from turning the condition into a join in an order of its own. */
export function exists(statement: Statement, from: string, where: string): string {
  return `EXISTS (SELECT 1 FROM ${from} WHERE ${where}${statement.walking ? ' OFFSET 0' : ''})`;
}

/** A criterion on columns of the resource table; contained resources have the time of their container. */
export function resourceCondition(
  criterion: Extract<Criterion, { kind: 'id' | 'lastUpdated' }>,
  row: string,
  statement: Statement,
): string {
  if (criterion.kind === 'id') return isAny(`${row}.id`, criterion.ids, 'text', statement);
  const sets = [criterion.tests, ...(criterion.also ?? [])];
  const tests = (column: string): string => instantCondition(sets, column, statement.bind);
  if (statement.table === 'resource') return tests(`${row}.last_updated`);
  const container = statement.alias();
  const same = `${container}.type = ${row}.container_type AND ${container}.key = ${row}.container_key`;
  return exists(statement, `resource ${container}`, `${same} AND ${tests(`${container}.last_updated`)}`);
}

/** The rows that a criterion means: what to select from, under which alias, and which of them. */
export function valueRows(
  criterion: ValueCriterion,
  statement: Statement,
): { from: string; alias: string; where: string } {
  const alias = statement.alias();
  return {
    from: `${tables[criterion.kind]} ${alias}`,
    alias,
    where: rowCondition(criterion, alias, statement),
  };
}

/**
 * More conditions for where the rows are found by their values: amounts without a unit in each unit there is, since the
 * index is in order within a unit.
 */
export function unitConditions(criterion: ValueCriterion, row: string, statement: Statement): string[] {
  if (criterion.kind !== 'quantity') return [];
  const isUnitless = criterion.groups.every(({ tests }) =>
    tests.some((test) => test.notUnitCode !== undefined),
  );
  if (!isUnitless) return [];
  const bound = criterion.groups.some((group) => group.bound);
  const paths = [...new Set(criterion.groups.flatMap((group) => group.paths))];
  const units = paths.map((path) => unitCodes((row) => isPath(row, [path], bound, statement), statement));
  return [`${row}.unit_code = ANY(ARRAY(${units.join(' UNION ')}))`];
}

/** The different units at a path, each found by one descent of the index. */
function unitCodes(isAtPath: (column: string) => string, statement: Statement): string {
  const [units, row] = [statement.alias(), statement.alias()];
  const next = (after: string): string =>
    `SELECT ${row}.unit_code FROM search_quantity ${row} WHERE ${isAtPath(`${row}.path`)}${after} ` +
    `ORDER BY ${row}.path, ${row}.unit_code LIMIT 1`;
  return (
    `(WITH RECURSIVE ${units}(code) AS ((${next('')}) UNION ALL ` +
    `SELECT (${next(` AND ${row}.unit_code > ${units}.code`)}) FROM ${units} WHERE ${units}.code IS NOT NULL) ` +
    `SELECT code FROM ${units} WHERE code IS NOT NULL)`
  );
}

/** Which rows of its table a criterion means. */
export function rowCondition(criterion: ValueCriterion, row: string, statement: Statement): string {
  switch (criterion.kind) {
    case 'string':
      return anyOf(criterion.groups.map((group) => groupCondition(group, row, statement, stringCondition)));
    case 'date':
      return anyOf(criterion.groups.map((group) => groupCondition(group, row, statement, dateCondition)));
    case 'quantity':
      return anyOf(
        criterion.groups.map((group) => {
          const own = groupCondition(group, row, statement, numberCondition);
          if (!group.boundTo) return own;
          const other = statement.alias();
          const bound = groupCondition(group.boundTo, other, statement, numberCondition);
          const same = `${other}.key = ${row}.key AND ${other}.unit = ${row}.unit`;
          return `${own} AND ${exists(statement, `search_quantity ${other}`, `${same} AND ${bound}`)}`;
        }),
      );
    case 'position': {
      const tests = criterion.tests.map((test) => positionCondition(test, row, statement.bind));
      return `${row}.path = ${statement.bind(criterion.path)} AND ${anyOf(tests)}`;
    }
    case 'text':
      return textCondition(criterion.test, row, statement.bind);
  }
}

function groupCondition<T>(
  { paths, tests, bound = false }: Group<T>,
  row: string,
  statement: Statement,
  test: (test: T, row: string, bind: (value: unknown) => string) => string,
): string {
  const path = isPath(`${row}.path`, paths, bound, statement);
  return tests.length === 0
    ? path
    : `${path} AND ${anyOf(tests.map((one) => test(one, row, statement.bind)))}`;
}
