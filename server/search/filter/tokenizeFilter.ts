// The words of a `_filter` expression (search_filter.html, formal grammar). What a character means depends on where it
// stands: after an operator comes a value, which may hold anything but white space, `)` and `]`.

import { type FhirError, refuse } from '../../errors.ts';

/** Comparisons of `_filter`. */
export const filterOperators = [
  'eq',
  'ne',
  'co',
  'sw',
  'ew',
  'gt',
  'lt',
  'ge',
  'le',
  'ap',
  'sa',
  'eb',
  'pr',
  'po',
  'ss',
  'sb',
  'in',
  'ni',
  're',
] as const;

export type FilterOperator = (typeof filterOperators)[number];

/**
 * `text` is the name, the operator in lower case, the value without quotes and escapes, or what is wrong (nothing
 * follows then); `at` counts from 0.
 */
export interface FilterToken {
  kind: '(' | ')' | '[' | ']' | '.' | 'name' | 'operator' | 'value' | 'and' | 'or' | 'not' | 'wrong' | 'end';
  text: string;
  at: number;
}

const maxLength = 4_000;

const space = /\s*/y;
// Besides plain names: `subject:Patient` in chains and `_has:Observation:patient:code`.
const name = /[A-Za-z_][\w-]*(?::[A-Za-z_][\w-]*)*/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const bare = /[^\s)\]]+/y;

/**
 * Cuts a filter into tokens; the last is `end` or `wrong`.
 * @throws FhirError 400 when it is too long
 */
export function tokenizeFilter(text: string): FilterToken[] {
  if (text.length > maxLength) {
    throw refuse(
      400,
      'too-costly',
      `A _filter may have at most ${maxLength} characters, not ${text.length}.`,
    );
  }
  const tokens: FilterToken[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  const add = (kind: FilterToken['kind'], written: string, meaning = written): void => {
    tokens.push({ kind, text: meaning, at });
    at += written.length;
  };
  while (tokens.at(-1)?.kind !== 'wrong') {
    at += match(space)!.length;
    const last = tokens.at(-1)?.kind;
    const char = text[at];
    if (char === undefined) {
      add('end', '');
      break;
    }
    if (last === 'operator') addValue(char);
    else if (char === '(' || char === ')' || char === '[' || char === ']' || char === '.') add(char, char);
    else addWord(last);
  }
  return tokens;

  /** An operator follows a path, `and` and `or` follow a whole term. */
  function addWord(last: FilterToken['kind'] | undefined): void {
    const word = match(name);
    if (word === undefined) {
      add('wrong', '', `'${text[at]}' is not expected here`);
      return;
    }
    const lower = word.toLowerCase();
    if (last === 'name' || last === ']') {
      const operator = filterOperators.find((candidate) => candidate === lower);
      if (operator) add('operator', word, operator);
      else add('wrong', '', `'${word}' is no operator; operators are ${filterOperators.join(', ')}`);
    } else if ((last === 'value' || last === ')') && (lower === 'and' || lower === 'or')) add(lower, word);
    else if (lower === 'not' && /^\s*\(/.test(text.slice(at + word.length))) add('not', word);
    else add('name', word);
  }

  function addValue(first: string): void {
    if (first !== '"') {
      const value = match(bare);
      if (value === undefined) add('wrong', '', `expected is a value, not '${first}'`);
      else add('value', value);
      return;
    }
    const string = quotedAt(text, at);
    if (string === undefined) {
      add(
        'wrong',
        '',
        'this is no complete JSON string (escapes are \\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX)',
      );
      return;
    }
    const after = text[at + string.length];
    if (after === undefined || /[\s)\]]/.test(after)) add('value', string, JSON.parse(string));
    else add('wrong', '', `a space must follow the string, not '${after}'`);
  }
}

/** The JSON string that begins at `start`, with its quotes; undefined where it is none, or has no end. */
function quotedAt(text: string, start: number): string | undefined {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return text.slice(start, at + 1);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return undefined;
    if (code !== BACKSLASH) continue;
    const escaped = text.slice(at + 1, at + 6);
    if (/^u[0-9A-Fa-f]{4}$/.test(escaped)) at += 5;
    else if (/^["\\/bfnrt]/.test(escaped)) at += 1;
    else return undefined;
  }
  return undefined;
}

/** A refusal that names the place (counted from 1) and quotes what stands there. */
export function filterProblem(text: string, at: number, problem: string): FhirError {
  const rest = text.slice(at, at + 30);
  const place =
    rest === '' ? 'at its end' : `at character ${at + 1} ("${rest}${text.length > at + 30 ? '…' : ''}")`;
  return refuse(400, 'invalid', `Search parameter '_filter', ${place}: ${problem}.`);
}
