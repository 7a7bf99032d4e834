import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  numberOf,
  numberRangeOf,
  parseNumber,
  significantRange,
} from '../../../server/search/parameters/number.ts';

describe('significantRange', () => {
  it.each([
    ['100', 99.5, 100.5],
    ['100.00', 99.995, 100.005],
    ['1e2', 50, 150],
    ['5.40e-3', 0.005395, 0.005405],
    ['-5.4', -5.45, -5.35],
    ['0', -0.5, 0.5],
    ['5.4', 5.35, 5.45],
  ])('%s', (text, low, high) => {
    expect(significantRange(text)).toEqual({ value: Number(text), low, high });
  });

  it.each(['', 'x', '1.', '.5', '1e', '0x10', '1e9999', '1,5', 'Infinity', '9'.repeat(41)])(
    '%j is no decimal',
    (text) => {
      expect(significantRange(text)).toBeUndefined();
    },
  );

  it('holds the number itself, and nothing that rounds to another', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 6 }), (digits, places) => {
        const text = (digits / 10 ** places).toFixed(places);
        const { value, low, high } = significantRange(text)!;
        expect(low <= value && value < high).toBe(true);
        expect(high - low).toBeCloseTo(10 ** -places, 9);
      }),
    );
  });
});

describe('numberOf', () => {
  it('reads numbers and raw JSON atoms', () => {
    expect(numberOf(1.5)).toBe(1.5);
    expect(numberOf(JSON.rawJSON('1.50'))).toBe(1.5);
    expect(numberOf(JSON.rawJSON('1e-7'))).toBe(1e-7);
    expect(numberOf('1')).toBeUndefined();
    expect(numberOf({})).toBeUndefined();
  });
});

describe('numberRangeOf', () => {
  it('is a point for numbers and spans Ranges', () => {
    expect(numberRangeOf(3, 'integer')).toEqual({ low: 3, high: 3 });
    expect(numberRangeOf({ low: { value: 1 }, high: { value: 2 } }, 'Range')).toEqual({ low: 1, high: 2 });
    expect(numberRangeOf({ low: { value: 1 } }, 'Range')).toEqual({ low: 1, high: Number.POSITIVE_INFINITY });
    expect(numberRangeOf({}, 'Range')).toBeUndefined();
  });
});

describe('parseNumber', () => {
  it('widens `ap` to a tenth at least', () => {
    expect(parseNumber('x', 'ap100')).toMatchObject({ low: 90, high: 110 });
    expect(parseNumber('x', 'ap1')).toMatchObject({ low: 0.5, high: 1.5 });
  });

  it.each(['', 'gt', 'gt1x', 'five'])('refuses %j by name', (text) => {
    expect(() => parseNumber('probability', text)).toThrow("'probability'");
  });
});
