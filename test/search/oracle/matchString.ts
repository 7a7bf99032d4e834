// String parameters (search.html#string): begins-with by default, case and combining characters folded.
import type { Address, HumanName } from '@medplum/fhirtypes';
import type { Value } from './values.ts';

/** A text without case and combining characters. */
export function fold(text: string): string {
  const folded = text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase().toLowerCase();
  return folded.replace(/[øđðħłŧæœþς]/g, (letter) => LETTERS[letter]!);
}

/** Letters with strokes and ligatures count as their base letters (DECISIONS.md). */
const LETTERS: Readonly<Record<string, string>> = {
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ł: 'l',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ς: 'σ',
};

/** The texts of a value: every string element of a HumanName or an Address counts. */
export function textsOf({ type, value }: Value): string[] {
  switch (type) {
    case 'string':
    case 'markdown':
      return [value];
    case 'HumanName': {
      const { text, family, given, prefix, suffix } = value as HumanName;
      return defined([text, family, ...(given ?? []), ...(prefix ?? []), ...(suffix ?? [])]);
    }
    case 'Address': {
      const { text, line, city, district, state, postalCode, country } = value as Address;
      return defined([text, ...(line ?? []), city, district, state, postalCode, country]);
    }
    default:
      return [];
  }
}

const defined = (texts: (string | undefined | null)[]): string[] =>
  texts.filter((text) => typeof text === 'string');

/** Whether a value of a string parameter matches. */
export function matchString(value: Value, search: string, modifier?: string): boolean {
  return textsOf(value).some((text) => matchText(text, search, modifier));
}

/** Whether one text matches. */
export function matchText(text: string, search: string, modifier?: string): boolean {
  if (modifier === 'exact') return text.normalize('NFC') === search.normalize('NFC');
  if (modifier === 'contains') return fold(text).includes(fold(search));
  return fold(text).startsWith(fold(search));
}

const wordsOf = (text: string): string[] => fold(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** Whether a text has all words searched for, the last of them perhaps only begun: `:text` of tokens is a partial search. */
export function matchWords(text: string, search: string): boolean {
  const words = wordsOf(text);
  const wanted = wordsOf(search);
  const last = wanted.pop() ?? '';
  return wanted.every((word) => words.includes(word)) && words.some((word) => word.startsWith(last));
}
