// String parameters (search.html#string): case, accents and white space folded; `:exact` on the text as written.

import { refuse } from '../../errors.ts';
import { hash64, hashPath } from '../hash64.ts';
import { unescapeValue } from '../splitValue.ts';

/** Longest indexed text in UTF-16 units: at most 1,536 bytes, well below the 2,700 that a btree entry may have. */
export const longestString = 512;

/** Longest text that can be searched for, so that a cut row can never be taken for the whole text. */
const longestSearch = 500;
/** The same for `:contains`, which looks into the pieces of longer texts as well. */
const longestSubstring = 200;

/** `exact` compares the text as written, all others folded text; `equals`, `differs` and the comparisons are for `_filter`. */
export interface StringTest {
  match: 'starts' | 'exact' | 'contains' | 'equals' | 'differs' | 'gt' | 'ge' | 'lt' | 'le';
  text: string;
}

const comparisons = { equals: '=', differs: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

const plainText = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/;

/** Letters with strokes and ligatures, which have no decomposition in Unicode. */
const undecomposed: Record<string, string> = {
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ł: 'l',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ß: 'ss', // left by the capital ẞ
  ς: 'σ',
};

/** Compatibility forms decomposed, marks (accents) removed, case folded, white space collapsed. */
export function foldText(text: string): string {
  if (plainText.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toUpperCase() // first, so that ß becomes ss
    .toLowerCase()
    .replace(/[øđðħłŧæœþßς]/g, (letter) => undecomposed[letter]!)
    .replace(/\s+/gu, ' ')
    .trim();
}

/** The string row of the first {@link longestString} characters of a value; undefined when nothing is left of it. */
export function stringRowOf(value: unknown): { value: string; exact: string } | undefined {
  if (typeof value !== 'string') return undefined;
  const exact = cut(value);
  const folded = cut(foldText(value));
  return folded === '' && exact === '' ? undefined : { value: folded, exact };
}

/**
 * What `:contains` needs of a text that goes on after `first`, the value of its row: further pieces of it, folded, which
 * overlap so much that every text that can be searched for is whole in one of them. Their path is {@link restPath}.
 */
export function restOf(text: string, first: string): string[] {
  if (first.length < longestString - 1) return [];
  const folded = foldText(text);
  const pieces: string[] = [];
  for (let at = 0; at + longestString < folded.length; ) {
    at += longestString - longestSubstring - 1;
    pieces.push(cut(folded.slice(isLowSurrogate(folded, at) ? at - 1 : at)));
  }
  return pieces;
}

function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

/** The `path` column of further pieces of long texts. */
export function restPath(id: string): bigint {
  return hash64(id, 'rest', '');
}

/** The `path` column of the rows that a test concerns, by the ids of its index paths. */
export function stringPaths(match: StringTest['match'], ids: readonly string[]): bigint[] {
  const paths = ids.map(hashPath);
  return match === 'contains' ? [...paths, ...ids.map(restPath)] : paths;
}

/** At most `longestString` units, never half a surrogate pair. */
function cut(text: string): string {
  if (text.length <= longestString) return text;
  const last = text.charCodeAt(longestString - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? longestString - 1 : longestString);
}

/** @throws FhirError 400 when the text is empty or longer than what is indexed */
export function parseString(parameter: string, match: StringTest['match'], value: string): StringTest {
  const written = unescapeValue(value);
  const text = match === 'exact' ? written : foldText(written);
  if (text === '') throw refuse(400, 'value', `Search parameter '${parameter}' has an empty value.`);
  const longest = match === 'contains' ? longestSubstring : longestSearch;
  if (text.length > longest) {
    throw refuse(400, 'too-long', `Search parameter '${parameter}' takes at most ${longest} characters.`);
  }
  return { match, text };
}

/** The SQL condition of a test on a row of `search_string`. */
export function stringCondition(test: StringTest, row: string, bind: (value: unknown) => string): string {
  switch (test.match) {
    case 'exact':
      // The folded value leads the index.
      return `${row}.value = ${bind(cut(foldText(test.text)))} AND ${row}.exact = ${bind(test.text)}`;
    case 'contains':
      return `${row}.value LIKE ${bind(`%${test.text.replace(/[\\%_]/g, '\\$&')}%`)}`;
    case 'starts': {
      const end = endOfPrefix(test.text);
      const from = `${row}.value >= ${bind(test.text)}`;
      return end === undefined ? from : `${from} AND ${row}.value < ${bind(end)}`;
    }
    default:
      return `${row}.value ${comparisons[test.match]} ${bind(test.text)}`;
  }
}

/** The smallest text, in code point order, that is after every text with this prefix. */
function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    if (last < 0x10ffff) {
      const next = last === 0xd7ff ? 0xe000 : last + 1;
      return points.join('') + String.fromCodePoint(next);
    }
  }
  return undefined;
}
