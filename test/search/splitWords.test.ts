import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { longestWord, splitWords } from '../../server/search/splitWords.ts';

describe('splitWords', () => {
  it.each([
    ['Knee pain, left (acute)', ['knee', 'pain', 'left', 'acute']],
    ["O'Brien-Müller 3.5mg", ['o', 'brien', 'muller', '3', '5mg']],
    ['ΟΔΥΣΣΕΥΣ', splitWords('οδυσσευς')],
    ['боль в колене', ['боль', 'в', 'колене']],
    ['東京都', ['東京', '京都', '都']],
    ['膝 pain膝', ['膝', 'pain', '膝']],
    ['ปวด', ['ปว', 'วด', 'ด']],
    ['… — !', []],
    ['', []],
  ])('%s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it('searches for pairs of neighbours, and for a character that stands alone', () => {
    expect(splitWords('東京都', { searched: true })).toEqual(['東京', '京都']);
    expect(splitWords('京', { searched: true })).toEqual(['京']);
  });

  it('makes well-formed words of bounded length out of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        for (const word of splitWords(text)) {
          expect(word).toMatch(/^[\p{L}\p{N}]+$/u);
          expect(word.isWellFormed()).toBe(true);
          expect(word.length).toBeLessThanOrEqual(longestWord);
        }
      }),
    );
    expect(splitWords('x'.repeat(10_000))).toEqual(['x'.repeat(longestWord)]);
  });

  it('finds in a text what is searched for in it', () => {
    const words = fc.string({ unit: fc.constantFrom(...'abé東京都ปวด 1-'), maxLength: 20 });
    fc.assert(
      fc.property(words, words, words, (before, wanted, after) => {
        const stored = splitWords(`${before} ${wanted} ${after}`);
        for (const word of splitWords(wanted, { searched: true })) {
          expect(stored.some((one) => one.startsWith(word))).toBe(true);
        }
      }),
    );
  });
});
