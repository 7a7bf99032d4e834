// Names and addresses of one person from two records: the newer ones are shown, those they stand in for are kept as old.
import { plainWordsOf } from './likeness.ts';

export interface HumanName {
  use?: string;
  text?: string;
  family?: string;
  given?: string[];
}
export interface ContactPoint {
  system?: string;
  value?: string;
  use?: string;
}

/** Uses that stand beside the name that somebody goes by. */
export const BESIDE = new Set(['old', 'maiden', 'nickname', 'anonymous', 'temp']);

const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}@.+_-]+/gu, ' ')
    .trim();

/** A name as words, whatever the case and accents. */
export const wordsOf = ({ given = [], family = '', text = '' }: HumanName): string =>
  plainWordsOf([...given, family].join(' ') || text).join(' ');

/**
 * The names of both records, the newer first. One that says no more than an older one, whatever the case and accents, adds
 * nothing.
 */
export function mergedNames(older: readonly HumanName[], newer: readonly HumanName[]): HumanName[] {
  const shown = older.filter(({ use }) => !BESIDE.has(use ?? ''));
  const known = new Set(older.map(wordsOf));
  const says = (one: HumanName): boolean =>
    !known.has(wordsOf(one)) && !shown.some((name) => isPart(wordsOf(one), wordsOf(name)));
  const fresh = newer.filter(says);
  const replaces = fresh.some(({ use }) => !BESIDE.has(use ?? ''));
  const kept = older.map((name) => (replaces && shown.includes(name) ? { ...name, use: 'old' } : name));
  return replaces ? [...fresh, ...kept] : [...kept, ...fresh];
}

/** Whether each word of a name is in another: `Trevino` in `Jorge Alberto Trevino`. */
export const isPart = (words: string, of: string): boolean => {
  const all = new Set(of.split(' '));
  return words.split(' ').every((word) => all.has(word));
};

/**
 * The addresses of both records, the newer first. An older one of the same system and use is kept as old; so is one where either
 * does not say what it is used for.
 */
export function mergedTelecom(
  older: readonly ContactPoint[],
  newer: readonly ContactPoint[],
): ContactPoint[] {
  const key = ({ system, value = '' }: ContactPoint): string =>
    `${system} ${system === 'email' ? plain(value) : value.replaceAll(/[^\d+]/g, '') || plain(value)}`;
  const current = newer.filter(({ use }) => use !== 'old');
  const isSame = (one: ContactPoint) => (other: ContactPoint) => key(one) === key(other);
  // What the older record uses too stands in for nothing else that it uses.
  const unknown = current.filter((one) => !older.some((other) => other.use !== 'old' && isSame(one)(other)));
  const isStoodInFor = (one: ContactPoint): boolean =>
    !current.some(isSame(one)) &&
    unknown.some(
      ({ system, use }) =>
        system === one.system && (use === one.use || use === undefined || one.use === undefined),
    );
  const stays = (one: ContactPoint): ContactPoint => (isStoodInFor(one) ? { ...one, use: 'old' } : one);
  const again = (one: ContactPoint): boolean => one.use === 'old' && current.some(isSame(one));
  const kept = older.filter((one) => !again(one)).map(stays);
  const fresh = newer.filter((one) => !kept.some(isSame(one)));
  // What both know, and is used, comes before what only the older record knows.
  const [both, rest] = [
    kept.filter((one) => current.some(isSame(one))),
    kept.filter((one) => !current.some(isSame(one))),
  ];
  return [
    ...fresh.filter(({ use }) => use !== 'old'),
    ...both,
    ...rest,
    ...fresh.filter(({ use }) => use === 'old'),
  ];
}
