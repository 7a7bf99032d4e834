// Parses a FHIRPath expression into its syntax tree: the whole grammar of http://hl7.org/fhirpath/N1/grammar.html, by
// precedence climbing. Nothing is resolved or evaluated here.
import type { BinaryOperator, FhirPathNode } from './fhirPathNode.ts';
import { FhirPathSyntaxError, type Token, tokenizeFhirPath } from './tokenizeFhirPath.ts';

/** Longest source and deepest nesting accepted: consumers walk the tree recursively and must not run out of stack. */
const longestSource = 8_000;
const deepestNesting = 100;

const precedences: Record<BinaryOperator | 'is' | 'as', number> = {
  implies: 1,
  or: 2,
  xor: 2,
  and: 3,
  in: 4,
  contains: 4,
  '=': 5,
  '~': 5,
  '!=': 5,
  '!~': 5,
  '<=': 6,
  '<': 6,
  '>': 6,
  '>=': 6,
  '|': 7,
  is: 8,
  as: 8,
  '+': 9,
  '-': 9,
  '&': 9,
  '*': 10,
  '/': 10,
  div: 10,
  mod: 10,
};
const polarityPrecedence = 11;

/** Words that cannot begin a term (`as`, `is`, `in` and `contains` can: they are identifiers there). */
const reserved = new Set(['and', 'or', 'xor', 'implies', 'div', 'mod']);
const calendarUnit = /^(?:year|month|week|day|hour|minute|second|millisecond)s?$/;

interface Cursor {
  tokens: Token[];
  next: number;
  depth: number;
}

/** The syntax tree of an expression. Throws FhirPathSyntaxError. */
export function parseFhirPath(source: string): FhirPathNode {
  if (source.length > longestSource) {
    throw new FhirPathSyntaxError(`expression longer than ${longestSource} characters`, longestSource);
  }
  const cursor: Cursor = { tokens: tokenizeFhirPath(source), next: 0, depth: 0 };
  const node = parseExpression(cursor, 0);
  const rest = peek(cursor);
  if (rest.kind !== 'end') {
    throw unexpected(rest);
  }
  return node;
}

/** An expression whose operators all bind at least as tightly as `weakest`. */
function parseExpression(cursor: Cursor, weakest: number): FhirPathNode {
  cursor.depth += 1;
  if (cursor.depth > deepestNesting) {
    throw new FhirPathSyntaxError(`nested deeper than ${deepestNesting} levels`, peek(cursor).position);
  }
  let left = parsePolarity(cursor);
  while (true) {
    const token = peek(cursor);
    const operator = binaryOperator(token);
    if (operator === undefined || precedences[operator] < weakest) {
      cursor.depth -= 1;
      return left;
    }
    const { position } = take(cursor);
    if (operator === 'is' || operator === 'as') {
      left = { kind: 'type', operator, operand: left, type: parseTypeName(cursor), position };
    } else {
      // Every operator is left-associative: what stands on its right binds tighter than itself.
      left = {
        kind: 'binary',
        operator,
        left,
        right: parseExpression(cursor, precedences[operator] + 1),
        position,
      };
    }
  }
}

function binaryOperator(token: Token): keyof typeof precedences | undefined {
  const isOperator =
    (token.kind === 'symbol' || token.kind === 'identifier') && Object.hasOwn(precedences, token.text);
  return isOperator ? (token.text as keyof typeof precedences) : undefined;
}

function parsePolarity(cursor: Cursor): FhirPathNode {
  const token = peek(cursor);
  if (token.kind === 'symbol' && (token.text === '+' || token.text === '-')) {
    take(cursor);
    const operand = parseExpression(cursor, polarityPrecedence);
    return { kind: 'polarity', operator: token.text, operand, position: token.position };
  }
  return parsePostfix(cursor);
}

/** A term and the invocations and indexers that follow it. */
function parsePostfix(cursor: Cursor): FhirPathNode {
  let node = parseTerm(cursor);
  while (true) {
    if (takeSymbol(cursor, '.')) {
      node = parseInvocation(cursor, node);
    } else if (isSymbol(peek(cursor), '[')) {
      const { position } = take(cursor);
      const index = parseExpression(cursor, 0);
      expectSymbol(cursor, ']');
      node = { kind: 'indexer', target: node, index, position };
    } else {
      return node;
    }
  }
}

function parseTerm(cursor: Cursor): FhirPathNode {
  const token = peek(cursor);
  const { position } = token;
  switch (token.kind) {
    case 'string':
    case 'date':
    case 'dateTime':
    case 'time':
      take(cursor);
      return { kind: 'literal', type: token.kind, text: token.text, position };
    case 'number':
      take(cursor);
      return parseNumberOrQuantity(cursor, token);
    case 'delimited':
      return parseInvocation(cursor, undefined);
    case 'identifier':
      if (token.text === 'true' || token.text === 'false') {
        take(cursor);
        return { kind: 'literal', type: 'boolean', text: token.text, position };
      }
      if (reserved.has(token.text)) {
        throw unexpected(token);
      }
      return parseInvocation(cursor, undefined);
    case 'symbol':
      return parseSymbolTerm(cursor, token);
    default:
      throw unexpected(token);
  }
}

/** Terms opened by a symbol: `$this`, `%resource`, `( … )`, `{}`. */
function parseSymbolTerm(cursor: Cursor, token: Token): FhirPathNode {
  const { position } = token;
  if (token.text === '$') {
    return parseInvocation(cursor, undefined);
  }
  take(cursor);
  if (token.text === '%') {
    const name = take(cursor);
    if (name.kind !== 'identifier' && name.kind !== 'delimited' && name.kind !== 'string') {
      throw unexpected(name);
    }
    return { kind: 'constant', name: name.text, position };
  }
  if (token.text === '(') {
    const node = parseExpression(cursor, 0);
    expectSymbol(cursor, ')');
    return node;
  }
  if (token.text === '{') {
    expectSymbol(cursor, '}');
    return { kind: 'empty', position };
  }
  throw unexpected(token);
}

function parseNumberOrQuantity(cursor: Cursor, number: Token): FhirPathNode {
  const { position, text: value } = number;
  const unit = peek(cursor);
  const calendar = unit.kind === 'identifier' && calendarUnit.test(unit.text);
  if (unit.kind !== 'string' && !calendar) {
    return { kind: 'literal', type: 'number', text: value, position };
  }
  take(cursor);
  return { kind: 'quantity', value, unit: unit.text, calendar, position };
}

/** A member, function or variable, at the start of a path or behind a dot (where keywords are names too: `text.div`). */
function parseInvocation(cursor: Cursor, target: FhirPathNode | undefined): FhirPathNode {
  const token = take(cursor);
  const { position } = token;
  const onTarget = target ? { target } : {};
  if (isSymbol(token, '$')) {
    const name = take(cursor);
    if (
      name.kind === 'identifier' &&
      (name.text === 'this' || name.text === 'index' || name.text === 'total')
    ) {
      return { kind: 'variable', name: name.text, position, ...onTarget };
    }
    throw unexpected(name);
  }
  if (token.kind !== 'identifier' && token.kind !== 'delimited') {
    throw unexpected(token);
  }
  if (!takeSymbol(cursor, '(')) {
    return { kind: 'member', name: token.text, position, ...onTarget };
  }
  const args: FhirPathNode[] = [];
  if (!takeSymbol(cursor, ')')) {
    do {
      args.push(parseExpression(cursor, 0));
    } while (takeSymbol(cursor, ','));
    expectSymbol(cursor, ')');
  }
  return { kind: 'call', name: token.text, args, position, ...onTarget };
}

/** A qualified type name behind `is` or `as`. */
function parseTypeName(cursor: Cursor): string {
  const names: string[] = [];
  do {
    const token = take(cursor);
    if (token.kind !== 'identifier' && token.kind !== 'delimited') {
      throw unexpected(token);
    }
    names.push(token.text);
  } while (takeSymbol(cursor, '.'));
  return names.join('.');
}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.next];
}

/** The next token, consumed; the closing `end` token is never moved past. */
function take(cursor: Cursor): Token {
  const token = peek(cursor);
  if (token.kind !== 'end') {
    cursor.next += 1;
  }
  return token;
}

function isSymbol(token: Token, text: string): boolean {
  return token.kind === 'symbol' && token.text === text;
}

function takeSymbol(cursor: Cursor, text: string): boolean {
  const found = isSymbol(peek(cursor), text);
  if (found) {
    cursor.next += 1;
  }
  return found;
}

function expectSymbol(cursor: Cursor, text: string): void {
  const token = peek(cursor);
  if (!takeSymbol(cursor, text)) {
    throw unexpected(token, `, expected ${text}`);
  }
}

function unexpected(token: Token, expectation = ''): FhirPathSyntaxError {
  const what =
    token.kind === 'end' ? 'unexpected end of expression' : `unexpected ${JSON.stringify(token.text)}`;
  return new FhirPathSyntaxError(what + expectation, token.position);
}
