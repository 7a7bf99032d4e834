// A SQL statement being written: its values, shared placeholders, aliases, and the page it is for.

/** A statement with its bound values. */
export interface SqlQuery {
  text: string;
  values: unknown[];
}

/** One statement being written: its values, and what every part of it needs to know. */
export interface Statement {
  type: string;
  values: unknown[];
  /** `$n` of a new value */
  bind(value: unknown): string;
  /** `$n` of the resource type, the cursor or the limit: bound once, when first needed */
  shared(name: 'type' | 'cursor' | 'limit'): string;
  /** a table alias not used before */
  alias(): string;
  /** absent for counts */
  page?: { cursor?: bigint; limit: number };
}

/** An empty statement on resources of one type. */
export function newStatement(type: string, page?: Statement['page']): Statement {
  const values: unknown[] = [];
  const known = new Map<string, string>();
  let aliases = 0;
  const bind = (value: unknown): string => `$${values.push(value)}`;
  return {
    type,
    values,
    bind,
    shared(name) {
      let place = known.get(name);
      if (!place) {
        place = bind(name === 'type' ? type : name === 'cursor' ? page?.cursor : page?.limit);
        known.set(name, place);
      }
      return place;
    },
    alias: () => `t${++aliases}`,
    ...(page ? { page } : {}),
  };
}

/** The statement with its final text. */
export function finish({ values }: Statement, text: string): SqlQuery {
  return { text, values };
}

/** The condition that a row is on the page's side of the cursor, if there is one. */
export function afterCursor(key: string, statement: Statement): string[] {
  return statement.page?.cursor === undefined ? [] : [`${key} < ${statement.shared('cursor')}`];
}

/** Order and limit of a page; nothing for counts. */
export function tail(key: string, statement: Statement): string {
  return statement.page ? ` ORDER BY ${key} DESC LIMIT ${statement.shared('limit')}` : '';
}
