// A SQL statement being written: its values, aliases, and which rows the part being written is about.

import { refuse } from '../errors.ts';

/** A statement with its bound values. */
export interface SqlQuery {
  text: string;
  values: unknown[];
}

/** How much of the matches, newest first, is wanted. */
export interface Page {
  /** only keys below this one */
  cursor?: string;
  limit: number;
}

/** The values and aliases that all parts of one statement share. */
interface Shared {
  values: unknown[];
  aliases: number;
}

/** One statement, as far as it concerns the resources of one type. */
export interface Statement {
  type: string;
  /** `contained` where resources inside others are searched */
  table: 'resource' | 'contained';
  values: unknown[];
  /** absent: all matches, in no order */
  page?: Page;
  /** rows are tried one by one in the order that was asked for: the planner must not turn conditions into joins */
  walking?: boolean;
  /** `$n` of a new value */
  bind(value: unknown): string;
  /** `$n` of the resource type or the cursor: bound once, when first needed */
  shared(name: 'type' | 'cursor'): string;
  /** a table alias not used before */
  alias(): string;
  /** the same statement, about other resources or another part of them */
  with(other: Partial<Pick<Statement, 'type' | 'table' | 'page' | 'walking'>>): Statement;
}

/** An empty statement. */
export function newStatement(type: string, page?: Page): Statement {
  return part({ values: [], aliases: 0 }, { type, table: 'resource', ...(page ? { page } : {}) });
}

type Scope = Pick<Statement, 'type' | 'table' | 'page' | 'walking'>;

function part(all: Shared, scope: Scope): Statement {
  const known = new Map<string, string>();
  const bind = (value: unknown): string => `$${all.values.push(value)}`;
  return {
    ...scope,
    values: all.values,
    bind,
    shared(name) {
      let place = known.get(name);
      if (!place) {
        place = bind(name === 'type' ? scope.type : scope.page?.cursor);
        known.set(name, place);
      }
      return place;
    },
    alias: () => `t${++all.aliases}`,
    with: (other) => part(all, { ...scope, ...other }),
  };
}

/** Postgres takes 65,535 values; what is added to a statement later is little. */
const mostValues = 60_000;

/**
 * The statement with its final text.
 * @throws FhirError 400 when it has more values than Postgres takes
 */
export function finish({ values }: Statement, text: string): SqlQuery {
  if (values.length > mostValues) {
    throw refuse(
      400,
      'too-costly',
      `The search asks for too many values at once (${values.length}): ask for fewer in each request.`,
    );
  }
  return { text, values };
}

/** The condition that a row is on the page's side of the cursor, if there is one. */
export function afterCursor(key: string, statement: Statement): string[] {
  return statement.page?.cursor === undefined ? [] : [`${key} < ${statement.shared('cursor')}`];
}

/** Order and limit of a page; nothing where all matches are wanted. The limit is part of the text: plans depend on it. */
export function tail(key: string, statement: Statement): string {
  return statement.page ? ` ORDER BY ${key} DESC LIMIT ${statement.page.limit}` : '';
}

/** `column = $n` for one value, `column = ANY($n)` for several. */
export function isAny(
  column: string,
  values: readonly unknown[],
  type: string,
  statement: Statement,
): string {
  return values.length === 1
    ? `${column} = ${statement.bind(values[0])}::${type}`
    : `${column} = ANY(${statement.bind(values)}::${type}[])`;
}

/**
 * `path = …` for an index path. Those of parameters are few and written out, so that a prepared plan knows how many rows
 * they have; those of composites depend on what is asked for and are bound.
 */
export function isPath(
  column: string,
  paths: readonly bigint[],
  bound: boolean,
  statement: Statement,
): string {
  if (bound) return isAny(column, paths, 'bigint', statement);
  return paths.length === 1
    ? `${column} = '${paths[0]}'::bigint`
    : `${column} = ANY('{${paths.join(',')}}'::bigint[])`;
}

/** At least one of the conditions. */
export function anyOf(conditions: readonly string[]): string {
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.map((one) => `(${one})`).join(' OR ')})`;
}

/** All of the conditions. */
export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}
