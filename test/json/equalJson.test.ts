import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { equalJson } from '../../server/json/equalJson.ts';
import { isStorableNumber, type JsonNumber, numberOf, sourceOf } from '../../server/json/jsonNumber.ts';
import { parseJson } from '../../server/json/parseJson.ts';

const equal = (a: string, b: string) => equalJson(parseJson(a), parseJson(b));

describe('equalJson', () => {
  it.each([
    ['1.50', '1.5'],
    ['1.0', '1'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['1e2', '100'],
    ['100', '1.00E+2'],
    ['1e-7', '0.00000010'],
    ['12345678901234567890', '12345678901234567890.0'],
    ['1e21', '1000000000000000000000'],
    ['{"a":1.50,"b":[{}]}', '{"b":[{}],"a":1.5}'],
    ['null', 'null'],
    ['[]', '[]'],
  ])('%s equals %s', (a, b) => {
    expect(equal(a, b)).toBe(true);
    expect(equal(b, a)).toBe(true);
  });

  it.each([
    ['1.50', '1.51'],
    ['-1.50', '1.50'],
    ['12345678901234567890', '12345678901234567891'],
    ['1.50', '"1.50"'],
    ['1.50', '{"rawJSON":"1.50"}'],
    ['[]', '{}'],
    ['[1]', '[1,1]'],
    ['{"a":null}', '{}'],
    ['{"a":null}', '{"b":null}'],
    ['{"toString":1}', '{"a":1}'],
    ['null', '{}'],
    ['0', 'false'],
    ['""', '0'],
  ])('%s differs from %s', (a, b) => {
    expect(equal(a, b)).toBe(false);
    expect(equal(b, a)).toBe(false);
  });

  it('finds any JSON tree equal to its own copy', () => {
    fc.assert(
      fc.property(
        fc.json(),
        (json) => json.includes('__proto__') || equal(json, JSON.stringify(parseJson(json))),
      ),
    );
  });
});

describe('numbers', () => {
  it('have a value and a source', () => {
    const [plain, atom] = parseJson('[1.5,1.50]') as JsonNumber[];
    expect([numberOf(plain), numberOf(atom), sourceOf(plain), sourceOf(atom)]).toEqual([
      1.5,
      1.5,
      '1.5',
      '1.50',
    ]);
  });

  it.each([
    ['1e999', true],
    ['1e1000', false],
    ['0e-1000', true],
    ['0e-1001', false],
    [`0.${'1'.repeat(1000)}`, true],
    [`0.${'1'.repeat(1001)}`, false],
    ['1e99999999999999999999', false],
    ['x', false],
  ])('%s can be stored: %s', (source, storable) => {
    expect(isStorableNumber(source)).toBe(storable);
  });
});
