// Phonetic string parameters (`phonetic` on names): words that sound alike, by Double Metaphone. A resource matches when
// it has, for each word searched, one that sounds like it.

import { doubleMetaphone } from 'double-metaphone';
import type { IndexPath, ParameterPath } from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { hash64 } from '../hash64.ts';
import { unescapeValue } from '../splitValue.ts';
import { foldText } from './string.ts';

const form = 'sound';
const mostWords = 20;

/** How the words of a text may sound; none for what has no Latin letters. */
function soundsOf(word: string): string[] {
  return [...new Set(doubleMetaphone(word))].filter((sound) => sound !== '');
}

const wordsOf = (text: string): string[] => foldText(text).match(/[\p{L}\p{N}]+/gu) ?? [];

/** Emits the rows of one value: a hash for each way that each of its words may sound. */
export function phoneticEmitter({ id }: IndexPath): (value: unknown, tokens: bigint[]) => void {
  return (value, tokens) => {
    if (typeof value !== 'string') return;
    for (const word of wordsOf(value.slice(0, 512))) {
      for (const sound of soundsOf(word)) tokens.push(hash64(id, form, sound));
    }
  };
}

/**
 * For each word of a search value the hashes of words that sound like it; all words have to be found.
 * @throws FhirError 400 when nothing in it sounds
 */
export function matchPhonetic(parameter: string, paths: readonly ParameterPath[], text: string): bigint[][] {
  const words = wordsOf(unescapeValue(text)).map((word) => ({ word, sounds: soundsOf(word) }));
  const silent = words.find(({ sounds }) => sounds.length === 0);
  if (words.length === 0 || silent || words.length > mostWords) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}' takes up to ${mostWords} words of Latin letters, not '${silent?.word ?? text}'.`,
    );
  }
  return words.map(({ sounds }) =>
    paths.flatMap(({ path }) => sounds.map((sound) => hash64(path.id, form, sound))),
  );
}
