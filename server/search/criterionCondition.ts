// Criteria as SQL conditions: on the key of a row already chosen, or on the rows of a criterion's own table.

import { isTrait } from './hash64.ts';
import { dateCondition, instantCondition } from './parameters/date.ts';
import { numberCondition } from './parameters/number.ts';
import { stringCondition } from './parameters/string.ts';
import type { Criterion, Group } from './searchPlan.ts';
import type { Statement } from './statement.ts';

/** A criterion on a table of its own. */
export type ValueCriterion = Extract<Criterion, { kind: 'string' | 'date' | 'quantity' }>;

/** The table that holds the rows of a kind of criterion. */
export const tables = { string: 'search_string', date: 'search_date', quantity: 'search_quantity' } as const;

/**
 * A criterion as a condition on the key of a row already chosen; `resource` names that row where it is one of the
 * resource table.
 */
export function condition(
  criterion: Criterion,
  key: string,
  statement: Statement,
  resource?: string,
): string {
  const alias = statement.alias();
  switch (criterion.kind) {
    case 'constant':
      return String(criterion.holds);
    case 'token': {
      const any = anyOf(tokenConditions(criterion.hashes, key, statement, resource));
      return criterion.negated ? `NOT (${any})` : any;
    }
    case 'string':
    case 'date':
    case 'quantity':
      return exists(
        criterion.negated,
        `${tables[criterion.kind]} ${alias}`,
        `${alias}.key = ${key} AND ${rowCondition(criterion, alias, statement)}`,
      );
    case 'id':
    case 'lastUpdated':
      return exists(
        false,
        `resource ${alias}`,
        `${alias}.type = ${statement.shared('type')} AND ${alias}.key = ${key} AND ` +
          resourceCondition(criterion, alias, statement),
      );
    case 'either':
      return anyOf(
        criterion.alternatives.map((alternative) =>
          alternative.map((part) => condition(part, key, statement, resource)).join(' AND '),
        ),
      );
  }
}

/** Values are rows of their own, traits an array of the resource. */
function tokenConditions(
  hashes: readonly bigint[],
  key: string,
  { bind, alias, shared }: Statement,
  resource: string | undefined,
): string[] {
  const conditions: string[] = [];
  const values = hashes.filter((hash) => !isTrait(hash));
  const traits = hashes.filter(isTrait);
  if (values.length > 0) {
    const row = alias();
    const hash = values.length === 1 ? `= ${bind(values[0])}` : `= ANY(${bind(values)}::bigint[])`;
    conditions.push(exists(false, `search_token ${row}`, `${row}.hash ${hash} AND ${row}.key = ${key}`));
  }
  if (traits.length > 0) {
    const row = resource ?? alias();
    const overlaps = `${row}.traits && ${bind(traits)}::bigint[]`;
    const where = `${row}.type = ${shared('type')} AND ${row}.key = ${key} AND ${overlaps}`;
    conditions.push(resource === undefined ? exists(false, `resource ${row}`, where) : overlaps);
  }
  return conditions;
}

function exists(negated: boolean, from: string, where: string): string {
  return `${negated ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${from} WHERE ${where})`;
}

/** A criterion on columns of the resource table. */
export function resourceCondition(
  criterion: Extract<Criterion, { kind: 'id' | 'lastUpdated' }>,
  row: string,
  { bind }: Statement,
): string {
  if (criterion.kind === 'id') {
    const { ids } = criterion;
    return ids.length === 1 ? `${row}.id = ${bind(ids[0])}` : `${row}.id = ANY(${bind(ids)}::text[])`;
  }
  return anyOf(criterion.tests.map((test) => instantCondition(test, `${row}.last_updated`, bind)));
}

/** Which rows of its table a string, date or quantity criterion means. */
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
          return `${own} AND EXISTS (SELECT 1 FROM search_quantity ${other} WHERE ${same} AND ${bound})`;
        }),
      );
  }
}

function groupCondition<T>(
  { paths, tests }: Group<T>,
  row: string,
  { bind }: Statement,
  test: (test: T, row: string, bind: (value: unknown) => string) => string,
): string {
  const path = paths.length === 1 ? `= ${bind(paths[0])}` : `= ANY(${bind(paths)}::bigint[])`;
  const conditions = tests.map((one) => test(one, row, bind));
  return `${row}.path ${path}${conditions.length > 0 ? ` AND ${anyOf(conditions)}` : ''}`;
}

function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? conditions[0]! : `(${conditions.map((one) => `(${one})`).join(' OR ')})`;
}
