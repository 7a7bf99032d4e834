import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitValue, unescapeValue } from '../../server/search/splitValue.ts';

describe('splitValue', () => {
  it.each([
    ['a,b', ',', ['a', 'b']],
    ['a\\,b,c', ',', ['a\\,b', 'c']],
    ['a\\\\,b', ',', ['a\\\\', 'b']],
    ['', ',', ['']],
    ['a|b|c', '|', ['a', 'b', 'c']],
  ] as const)('%j at %j', (text, separator, parts) => {
    expect(splitValue(text, separator)).toEqual(parts);
  });

  it('stops at a number of parts', () => {
    expect(splitValue('a|b|c', '|', 2)).toEqual(['a', 'b|c']);
  });

  it('gives back any values that were escaped and joined', () => {
    const escaped = (text: string) => text.replace(/[\\,$|]/g, '\\$&');
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (values) => {
        const joined = values.map(escaped).join(',');
        expect(splitValue(joined, ',').map(unescapeValue)).toEqual(values);
      }),
    );
  });
});
