// Words of a text, the same for any language: case and accents folded, split at whatever is no letter or digit. Scripts
// written without spaces become pairs of neighbouring characters.

import { foldText } from './parameters/string.ts';

/** Longest word in UTF-16 units; the rest of a longer one is left out, in what is stored and in what is searched for. */
export const longestWord = 100;

const ascii = /^[\x20-\x7e]*$/;
const asciiRuns = /[a-z0-9]+/g;
const runs = /[\p{L}\p{N}]+/gu;
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}ー]+/u;
const unspacedParts = new RegExp(`(${unspaced.source})`, 'u');

/**
 * The words of a text in their order. A run of a script without spaces becomes its pairs of neighbours and its last
 * character, so that every character begins a word; `searched` text has the pairs alone.
 */
export function splitWords(text: string, { searched = false } = {}): string[] {
  const folded = foldText(text);
  if (ascii.test(folded)) return (folded.match(asciiRuns) ?? []).map(cut);
  return (folded.match(runs) ?? []).flatMap((run) => {
    if (!unspaced.test(run)) return [cut(run)];
    const parts = run.split(unspacedParts).filter((part) => part !== '');
    return parts.flatMap((part) => (unspaced.test(part) ? pairs(part, searched) : [cut(part)]));
  });
}

function pairs(text: string, searched: boolean): string[] {
  const characters = [...text];
  const words = characters.slice(1).map((character, i) => characters[i]! + character);
  return searched && words.length > 0 ? words : [...words, characters.at(-1)!];
}

/** Whether a word is one character of a script without spaces, which is searched for as the beginning of words. */
export function isLoneCharacter(word: string): boolean {
  return [...word].length === 1 && unspaced.test(word);
}

function cut(word: string): string {
  if (word.length <= longestWord) return word;
  const last = word.charCodeAt(longestWord - 1);
  return word.slice(0, last >= 0xd800 && last <= 0xdbff ? longestWord - 1 : longestWord);
}
