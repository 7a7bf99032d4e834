// From the text of a `_filter` to its expression tree (search_filter.html). `and` and `or` bind alike, from left to
// right, as the specification says: `a and b or c and d` is `((a and b) or c) and d`.

import { refuse } from '../../errors.ts';
import { type FilterOperator, type FilterToken, filterProblem, tokenizeFilter } from './tokenizeFilter.ts';

export type FilterExpression =
  | { kind: 'and' | 'or'; operands: FilterExpression[] }
  | { kind: 'not'; operand: FilterExpression }
  | FilterTest;

/** `path operator value`; `at` is where it stands in the text, counted from 0. */
export interface FilterTest {
  kind: 'test';
  path: FilterStep[];
  operator: FilterOperator;
  value: string;
  at: number;
}

/** One name of a path; with a filter, only of what the filter leaves: `subject[gender eq male].name`. */
export interface FilterStep {
  name: string;
  filter?: FilterExpression;
}

const maxDepth = 20;
const maxTests = 100;

/**
 * Parses a filter.
 * @throws FhirError 400 with the position of what is wrong, or of code too-costly
 */
export function parseFilter(text: string): FilterExpression {
  const tokens = tokenizeFilter(text);
  let next = 0;
  let tests = 0;
  let depth = 0;

  const peek = (): FilterToken => tokens[next]!;
  const take = (kind: FilterToken['kind'], expected: string): FilterToken => {
    const token = peek();
    if (token.kind !== kind) throw unexpected(token, expected);
    next++;
    return token;
  };
  const unexpected = (token: FilterToken, expected: string): Error =>
    filterProblem(text, token.at, token.kind === 'wrong' ? token.text : `expected is ${expected}`);

  const whole = expression();
  take('end', "'and', 'or' or the end of the filter");
  return whole;

  function expression(): FilterExpression {
    let left = operand();
    // What stands in parentheses stays a group of its own.
    let open: 'and' | 'or' | undefined;
    for (;;) {
      const { kind } = peek();
      if (kind !== 'and' && kind !== 'or') return left;
      next++;
      const right = operand();
      if (open === kind && left.kind === kind) left.operands.push(right);
      else left = { kind, operands: [left, right] };
      open = kind;
    }
  }

  function operand(): FilterExpression {
    const token = peek();
    if (token.kind === 'not') {
      next++;
      return { kind: 'not', operand: within('(', ')') };
    }
    return token.kind === '(' ? within('(', ')') : test();
  }

  /** A filter between parentheses or brackets. */
  function within(opening: '(' | '[', closing: ')' | ']'): FilterExpression {
    const { at } = take(opening, `'${opening}'`);
    if (++depth > maxDepth) {
      throw refuse(
        400,
        'too-costly',
        `A _filter may be nested at most ${maxDepth} deep; character ${at + 1} goes deeper.`,
      );
    }
    const inner = expression();
    take(closing, `'${closing}', 'and' or 'or'`);
    depth--;
    return inner;
  }

  function test(): FilterTest {
    const { at } = peek();
    if (++tests > maxTests) {
      throw refuse(400, 'too-costly', `A _filter may have at most ${maxTests} comparisons.`);
    }
    const path = [step()];
    while (peek().kind === '.') {
      next++;
      path.push(step());
    }
    const last = path.at(-1)!;
    if (last.filter) {
      throw filterProblem(
        text,
        peek().at,
        `a name must follow '${last.name}[…]', as in '${last.name}[…].name'`,
      );
    }
    const { text: operator } = take('operator', 'an operator such as eq');
    const { text: value } = take('value', 'a value');
    return { kind: 'test', path, operator: operator as FilterOperator, value, at };
  }

  function step(): FilterStep {
    const { text: name } = take('name', 'the name of a search parameter');
    return peek().kind === '[' ? { name, filter: within('[', ']') } : { name };
  }
}
