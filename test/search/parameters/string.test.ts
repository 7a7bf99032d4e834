import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  foldText,
  longestString,
  parseString,
  restOf,
  stringCondition,
  stringRowOf,
} from '../../../server/search/parameters/string.ts';

describe('foldText', () => {
  it.each([
    ['Müller', 'muller'],
    ['José  Luis\n', 'jose luis'],
    ['STRASSE', foldText('Straße')],
    ['Øystein Łukasz', 'oystein lukasz'],
    ['ΟΔΥΣΣΕΥΣ', foldText('οδυσσευς')],
    ['ﬁn', 'fin'],
    ['İstanbul', 'istanbul'],
    ['e\u0301', foldText('é')],
    ['  ', ''],
  ])('%j', (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  it('is the same for ASCII whichever way it takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(foldText(text)).toBe(text.toLowerCase().replace(/\s+/g, ' ').trim());
      }),
    );
  });

  it('leaves every character as it is when folded again', () => {
    const changed: string[] = [];
    for (let point = 0; point < 0x20000; point++) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const folded = foldText(String.fromCodePoint(point));
      if (foldText(folded) !== folded) changed.push(`U+${point.toString(16)}`);
    }
    expect(changed).toEqual([]);
  });
});

describe('stringRowOf', () => {
  it('stays within the bound and cuts no character in half', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 400, maxLength: 1200 }), (text) => {
        const row = stringRowOf(text)!;
        for (const cut of [row.value, row.exact]) {
          expect(cut.length).toBeLessThanOrEqual(longestString);
          expect(cut.isWellFormed()).toBe(true);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(longestString * 3);
        }
        expect(text.startsWith(row.exact)).toBe(true);
      }),
    );
  });

  it('has no row for what is not text', () => {
    expect(stringRowOf('')).toBeUndefined();
    expect(stringRowOf(5)).toBeUndefined();
  });
});

describe('restOf', () => {
  it('has every text that can be searched for in one piece', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 300, maxLength: 3000 }),
        fc.nat(3000),
        fc.integer({ min: 1, max: 200 }),
        (text, at, length) => {
          const folded = foldText(text);
          const wanted = folded.slice(at, at + length);
          const first = stringRowOf(text)?.value ?? '';
          const pieces = [first, ...restOf(text, first)];
          if (wanted.isWellFormed()) expect(pieces.some((piece) => piece.includes(wanted))).toBe(true);
          for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(longestString);
        },
      ),
    );
  });

  it('is empty for what one row holds', () => {
    const piecesOf = (text: string) => restOf(text, stringRowOf(text)!.value);
    expect(piecesOf('x'.repeat(longestString))).toEqual([]);
    expect(piecesOf('x'.repeat(longestString + 1))).toHaveLength(1);
    expect(piecesOf('\ufdfa'.repeat(100))).not.toEqual([]); // folding makes 18 characters of one
  });
});

describe('parseString', () => {
  it('folds unless exact, and resolves escapes', () => {
    expect(parseString('name', 'starts', 'É\\,x')).toEqual({ match: 'starts', text: 'e,x' });
    expect(parseString('name', 'exact', 'É ')).toEqual({ match: 'exact', text: 'É ' });
  });

  it('refuses what is empty or longer than what is indexed', () => {
    expect(() => parseString('name', 'starts', '\u0301')).toThrow('empty');
    expect(() => parseString('name', 'contains', 'x'.repeat(201))).toThrow('at most 200');
    expect(() => parseString('name', 'starts', 'x'.repeat(501))).toThrow('at most 500');
  });
});

describe('stringCondition', () => {
  it('starts-with is a range of the index, up to the next code point', () => {
    const bounds = (text: string) => {
      const values: unknown[] = [];
      stringCondition({ match: 'starts', text }, 't', (value) => `$${values.push(value)}`);
      return values;
    };
    expect(bounds('ab')).toEqual(['ab', 'ac']);
    expect(bounds('a\ud7ff')).toEqual(['a\ud7ff', 'a\ue000']);
    expect(bounds('a\u{10ffff}')).toEqual(['a\u{10ffff}', 'b']);
    expect(bounds('\u{10ffff}')).toEqual(['\u{10ffff}']);
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }),
        fc.string({ unit: 'binary' }),
        (prefix, rest) => {
          const [from, to] = bounds(prefix).map((bound) => Buffer.from(bound as string));
          const text = Buffer.from(prefix + rest);
          expect(Buffer.compare(from!, text)).toBeLessThanOrEqual(0);
          if (to) expect(Buffer.compare(text, to)).toBeLessThan(0);
        },
      ),
    );
  });
});
