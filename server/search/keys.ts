// The query for the keys that meet all criteria, each once. Rows of deleted resources are not in the index tables, and
// hashes cover the resource type, so that most searches never touch the resource table.

import { condition, isValueCriterion, resourceCondition, type ValueCriterion } from './criterionCondition.ts';
import { isTrait } from './hash64.ts';
import type { Criterion } from './searchPlan.ts';
import { afterCursor, allOf, type Statement, tail } from './statement.ts';
import { few, fromValues } from './valueKeys.ts';

type TokenCriterion = Extract<Criterion, { kind: 'token' }>;
type RowCriterion = Extract<Criterion, { kind: 'id' | 'lastUpdated' }>;

/** Selects `key`; with a page, ordered (newest first) and limited. */
export function keys(all: readonly Criterion[], statement: Statement): string {
  const criteria = distinct(
    oneTime(all.filter((criterion) => !(criterion.kind === 'constant' && criterion.holds))),
  );
  if (criteria.some(isImpossible)) return 'SELECT NULL::bigint AS key WHERE false';
  const without = (...used: Criterion[]): Criterion[] =>
    criteria.filter((criterion) => !used.includes(criterion));

  const byId = criteria.find((criterion) => criterion.kind === 'id');
  if (byId) return fromResource(criteria, statement);
  const byKey = criteria.find((criterion) => criterion.kind === 'keys');
  if (byKey) return fromKeys(byKey.keys, without(byKey), statement);

  const tokens = criteria.filter(
    (c): c is TokenCriterion => c.kind === 'token' && !c.negated && !c.hashes.some(isTrait),
  );
  const rarest = tokens.toSorted((a, b) => a.rows! - b.rows!)[0];
  const isKnown = tokens.every(({ rows }) => rows !== undefined);
  if (rarest && isKnown && (statement.page || tokens.length === 1 || rarest.rows! <= few)) {
    return fromRarest(rarest, without(rarest), statement);
  }
  const single = tokens.filter((token) => token.hashes.length === 1);
  if (single.length > 0) return fromTokens(single, without(...single), statement);
  if (tokens.length > 0) return fromAnyToken(tokens[0]!, without(tokens[0]!), statement);

  const either = criteria.find((criterion) => criterion.kind === 'either');
  if (either) return fromEither(either.alternatives, without(either), statement);

  const values = criteria
    .filter(isValueCriterion)
    .filter((criterion) => !('negated' in criterion && criterion.negated))
    .sort((a, b) => breadth(a) - breadth(b));
  if (values[0]) return fromValues(values[0], without(values[0]), statement);
  return fromResource(criteria, statement);
}

/** All criteria on the time of the last update as one. */
function oneTime(criteria: readonly Criterion[]): readonly Criterion[] {
  const [first, ...others] = criteria.filter((criterion) => criterion.kind === 'lastUpdated');
  if (!first || others.length === 0) return criteria;
  const also = [...(first.also ?? []), ...others.flatMap((other) => [other.tests, ...(other.also ?? [])])];
  return [...criteria.filter((criterion) => criterion.kind !== 'lastUpdated'), { ...first, also }];
}

/** Criteria that were asked twice count once. */
function distinct(criteria: readonly Criterion[]): readonly Criterion[] {
  if (criteria.length < 2) return criteria;
  const known = new Map(
    criteria.map((criterion) => [
      JSON.stringify({ ...criterion, parameter: '' }, (_name, value) =>
        typeof value === 'bigint' || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY
          ? String(value)
          : value,
      ),
      criterion,
    ]),
  );
  return [...known.values()];
}

function isImpossible(criterion: Criterion): boolean {
  switch (criterion.kind) {
    case 'constant':
      return !criterion.holds;
    case 'token':
      return criterion.hashes.length === 0 && !criterion.negated;
    case 'id':
      return criterion.ids.length === 0;
    case 'keys':
      return criterion.keys.length === 0;
    case 'either':
      return criterion.alternatives.every((alternative) => alternative.some(isImpossible));
    default:
      return false;
  }
}

/** Whether a search is known to have so few candidates that all of them can be looked at. */
export function isNarrow(criteria: readonly Criterion[]): boolean {
  return criteria.some(
    (criterion) =>
      criterion.kind === 'id' ||
      (criterion.kind === 'token' &&
        !criterion.negated &&
        !criterion.hashes.some(isTrait) &&
        criterion.rows !== undefined &&
        criterion.rows <= few),
  );
}

/**
 * Whether one plan is as good for any values, so that the statement may be prepared: tokens whose order is settled here, or
 * values of one parameter.
 */
export function isSteady(criteria: readonly Criterion[]): boolean {
  const values = criteria.filter(isValueCriterion);
  const tokens = criteria.filter((criterion) => criterion.kind === 'token' && criterion.rows !== undefined);
  const ids = criteria.filter((criterion) => criterion.kind === 'id');
  if (values.length + tokens.length + ids.length < criteria.length) return false;
  return values.length === 0 || criteria.length === 1;
}

/** A guess at how much a criterion leaves, to choose the one whose rows are read first. */
function breadth(criterion: ValueCriterion): number {
  switch (criterion.kind) {
    case 'string':
      return criterion.groups.some(({ tests }) => tests.some(({ match }) => match === 'contains')) ? 2 : 0;
    case 'position':
      return 1;
    case 'text':
      return 3;
    default: {
      const prefixes = criterion.groups.flatMap(({ tests }) => tests.map(({ prefix }) => prefix));
      return prefixes.length > 0 && prefixes.every((prefix) => prefix === 'eq' || prefix === 'ap') ? 1 : 4;
    }
  }
}

/** The resources with the rarest token, newest first, each tried for the rest. */
function fromRarest(token: TokenCriterion, others: readonly Criterion[], statement: Statement): string {
  if (token.hashes.length > 1) return fromAnyToken(token, others, statement);
  const alias = statement.alias();
  const walking = statement.with({ walking: true });
  const conditions = [
    `${alias}.hash = ${statement.bind(token.hashes[0])}::bigint`,
    ...afterCursor(`${alias}.key`, statement),
    // Values may be rarer yet: the planner may begin with them.
    ...others.map((c) => condition(c, `${alias}.key`, isValueCriterion(c) ? statement : walking)),
  ];
  return `SELECT ${alias}.key FROM search_token ${alias} WHERE ${allOf(conditions)}${tail(`${alias}.key`, statement)}`;
}

/** Joins of single hashes: each is an ordered range of the primary key, and Postgres picks the order of the joins. */
function fromTokens(
  tokens: readonly TokenCriterion[],
  others: readonly Criterion[],
  statement: Statement,
): string {
  const aliases = tokens.map(() => statement.alias());
  const [first] = aliases as [string];
  const from = aliases.map((alias, i) =>
    i === 0 ? `search_token ${alias}` : `JOIN search_token ${alias} ON ${alias}.key = ${first}.key`,
  );
  const where = tokens.map((token, i) => `${aliases[i]}.hash = ${statement.bind(token.hashes[0])}`);
  // Postgres does not carry the cursor over to the other side of a join by itself.
  const cursors = aliases.flatMap((alias) => afterCursor(`${alias}.key`, statement));
  const conditions = [...where, ...cursors, ...others.map((c) => condition(c, `${first}.key`, statement))];
  return `SELECT ${first}.key FROM ${from.join(' ')} WHERE ${allOf(conditions)}${tail(`${first}.key`, statement)}`;
}

/** Several hashes of one criterion: a page needs no more of each than a page. */
function fromAnyToken(token: TokenCriterion, others: readonly Criterion[], statement: Statement): string {
  const alias = statement.alias();
  const hashes = `${statement.bind(token.hashes)}::bigint[]`;
  const conditions = [
    ...afterCursor(`${alias}.key`, statement),
    ...others.map((c) => condition(c, `${alias}.key`, statement)),
  ];
  const where = (hash: string): string => allOf([`${alias}.hash = ${hash}`, ...conditions]);
  if (!statement.page)
    return `SELECT DISTINCT ${alias}.key FROM search_token ${alias} WHERE ${where(`ANY(${hashes})`)}`;
  const each = `SELECT ${alias}.key FROM search_token ${alias} WHERE ${where('hashes.hash')}${tail(`${alias}.key`, statement)}`;
  return (
    `SELECT DISTINCT page.key FROM unnest(${hashes}) AS hashes(hash) CROSS JOIN LATERAL (${each}) page` +
    tail('page.key', statement)
  );
}

/** The union of what each alternative finds together with the other criteria. */
function fromEither(
  alternatives: readonly Criterion[][],
  others: readonly Criterion[],
  statement: Statement,
): string {
  const queries = alternatives.map((alternative) => `(${keys([...alternative, ...others], statement)})`);
  return `SELECT page.key FROM (${queries.join(' UNION ')}) page${tail('page.key', statement)}`;
}

function fromKeys(list: readonly string[], others: readonly Criterion[], statement: Statement): string {
  const alias = statement.alias();
  const conditions = [
    ...afterCursor(`${alias}.key`, statement),
    ...others.map((c) => condition(c, `${alias}.key`, statement)),
  ];
  const from = `unnest(${statement.bind(list)}::bigint[]) AS ${alias}(key)`;
  return `SELECT DISTINCT ${alias}.key FROM ${from} WHERE ${allOf(conditions)}${tail(`${alias}.key`, statement)}`;
}

/** Searches by columns of the resource's row, and those without any positive criterion. */
function fromResource(criteria: readonly Criterion[], statement: Statement): string {
  const conditions = [
    `r.type = ${statement.shared('type')}${statement.table === 'resource' ? ' AND NOT r.deleted' : ''}`,
    ...afterCursor('r.key', statement),
    ...criteria.map((criterion) =>
      isOnRow(criterion)
        ? resourceCondition(criterion, 'r', statement)
        : condition(criterion, 'r.key', statement, 'r'),
    ),
  ];
  return `SELECT r.key FROM ${statement.table} r WHERE ${allOf(conditions)}${tail('r.key', statement)}`;
}

const isOnRow = (criterion: Criterion): criterion is RowCriterion =>
  criterion.kind === 'id' || criterion.kind === 'lastUpdated';
