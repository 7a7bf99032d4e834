// From a search plan to SQL over the index tables. Rows of deleted resources are not in them, and hashes cover the
// resource type, so that most searches never touch the resource table. Statement text depends on the plan's shape only.

import {
  condition,
  resourceCondition,
  rowCondition,
  tables,
  type ValueCriterion,
} from './criterionCondition.ts';
import { isTrait } from './hash64.ts';
import type { Criterion, SearchPlan } from './searchPlan.ts';
import { afterCursor, finish, newStatement, type SqlQuery, type Statement, tail } from './statement.ts';

type TokenCriterion = Extract<Criterion, { kind: 'token' }>;

/** Selects `key` of a page's matches and of one more, which tells whether there is a next page; newest first. */
export function toSql(plan: SearchPlan): SqlQuery {
  const limit = plan.count + 1;
  const statement = newStatement(
    plan.type,
    plan.cursor === undefined ? { limit } : { limit, cursor: plan.cursor },
  );
  return finish(statement, keys(plan.criteria, statement));
}

/** Selects the number of all matches as `count` (a bigint). */
export function toCountSql(plan: SearchPlan): SqlQuery {
  const statement = newStatement(plan.type);
  return finish(statement, `SELECT count(*) AS count FROM (${keys(plan.criteria, statement)}) matches`);
}

/** A query for the keys that meet all criteria, each once; with a page, ordered and limited. */
function keys(all: readonly Criterion[], statement: Statement): string {
  const criteria = distinct(all.filter((criterion) => !(criterion.kind === 'constant' && criterion.holds)));
  if (criteria.some(isImpossible)) return 'SELECT NULL::bigint AS key WHERE false';
  const without = (...used: Criterion[]): Criterion[] =>
    criteria.filter((criterion) => !used.includes(criterion));

  const byId = criteria.find((criterion) => criterion.kind === 'id');
  if (byId) return fromResource(criteria, statement);

  const tokens = criteria.filter(
    (c): c is TokenCriterion => c.kind === 'token' && !c.negated && !c.hashes.some(isTrait),
  );
  const single = tokens.filter((token) => token.hashes.length === 1);
  if (single.length > 0) return fromTokens(single, without(...single), statement);
  if (tokens.length > 0) return fromAnyToken(tokens[0]!, without(tokens[0]!), statement);

  const either = criteria.find((criterion) => criterion.kind === 'either');
  if (either) return fromEither(either.alternatives, without(either), statement);

  const values = criteria.find(
    (c): c is ValueCriterion =>
      (c.kind === 'string' || c.kind === 'date' || c.kind === 'quantity') && !c.negated,
  );
  if (values) return fromValues(values, without(values), statement);
  return fromResource(criteria, statement);
}

/** Criteria that were asked twice count once. */
function distinct(criteria: readonly Criterion[]): Criterion[] {
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
    case 'either':
      return criterion.alternatives.every((alternative) => alternative.some(isImpossible));
    default:
      return false;
  }
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
  return `SELECT ${first}.key FROM ${from.join(' ')} WHERE ${conditions.join(' AND ')}${tail(`${first}.key`, statement)}`;
}

/** Several hashes of one criterion: a page needs no more of each than a page. */
function fromAnyToken(token: TokenCriterion, others: readonly Criterion[], statement: Statement): string {
  const alias = statement.alias();
  const hashes = `${statement.bind(token.hashes)}::bigint[]`;
  const conditions = [
    ...afterCursor(`${alias}.key`, statement),
    ...others.map((c) => condition(c, `${alias}.key`, statement)),
  ];
  const where = (hash: string): string => [`${alias}.hash = ${hash}`, ...conditions].join(' AND ');
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

function fromValues(criterion: ValueCriterion, others: readonly Criterion[], statement: Statement): string {
  const alias = statement.alias();
  const conditions = [
    rowCondition(criterion, alias, statement),
    ...afterCursor(`${alias}.key`, statement),
    ...others.map((c) => condition(c, `${alias}.key`, statement)),
  ];
  return (
    `SELECT DISTINCT ${alias}.key FROM ${tables[criterion.kind]} ${alias} WHERE ${conditions.join(' AND ')}` +
    tail(`${alias}.key`, statement)
  );
}

/** Searches by columns of the resource table, and those without any positive criterion. */
function fromResource(criteria: readonly Criterion[], statement: Statement): string {
  const conditions = [
    `r.type = ${statement.shared('type')} AND NOT r.deleted`,
    ...afterCursor('r.key', statement),
    ...criteria.map((criterion) =>
      criterion.kind === 'id' || criterion.kind === 'lastUpdated'
        ? resourceCondition(criterion, 'r', statement)
        : condition(criterion, 'r.key', statement, 'r'),
    ),
  ];
  return `SELECT r.key FROM resource r WHERE ${conditions.join(' AND ')}${tail('r.key', statement)}`;
}
