import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashPath } from '../../../server/search/hash64.ts';
import type { NumberTest } from '../../../server/search/parameters/number.ts';
import {
  convertedMark,
  parseQuantity,
  quantitiesOf,
  quantityGroups,
} from '../../../server/search/parameters/quantity.ts';

const ucum = 'http://unitsofmeasure.org';
const quantity = (value: unknown, code: string, more: object = {}) => ({
  value,
  unit: code,
  system: ucum,
  code,
  ...more,
});

interface Row {
  path: bigint;
  low: number;
  high: number;
  unit: bigint;
  unitCode: bigint;
}

const rowsOf = (value: unknown, dataType = 'Quantity'): Row[] =>
  quantitiesOf(value, dataType).map((row) => ({ path: hashPath('p'), ...row }));

/** What the SQL condition of a test says. */
function passes(test: NumberTest, { low, high, unit, unitCode }: Row): boolean {
  if (test.unit !== undefined && test.unit !== unit) return false;
  if (test.unitCode !== undefined && test.unitCode !== unitCode) return false;
  if (test.notUnitCode === unitCode) return false;
  switch (test.prefix) {
    case 'eq':
      return low >= test.low && high < test.high;
    case 'ne':
      return low < test.low || high >= test.high;
    case 'gt':
      return high > test.value;
    case 'lt':
      return low < test.value;
    case 'ge':
      return high >= test.value;
    case 'le':
      return low <= test.value;
    case 'sa':
      return low > test.value;
    case 'eb':
      return high < test.value;
    case 'ap':
      return low <= test.high && high >= test.low;
  }
}

/** Whether a search finds a quantity. */
function finds(text: string, value: unknown, dataType = 'Quantity'): boolean {
  const groups = quantityGroups(['p'], parseQuantity('q', text));
  return rowsOf(value, dataType).some((row) =>
    groups.some(({ paths, tests }) => paths.includes(row.path) && tests.some((test) => passes(test, row))),
  );
}

describe('quantitiesOf', () => {
  it('has one row where unit and code agree, two where they differ', () => {
    expect(quantitiesOf(quantity(1, 'mg/dL'), 'Quantity')).toHaveLength(1);
    const rows = quantitiesOf({ value: 120, unit: 'mmHg', system: ucum, code: 'mm[Hg]' }, 'Quantity');
    expect(rows).toHaveLength(2);
    expect(new Set(rows.map((row) => row.unit)).size).toBe(1);
    expect(rows.map((row) => row.unitCode)).toEqual([
      parseQuantity('q', '1||mm[Hg]').unitCode,
      parseQuantity('q', '1||mmHg').unitCode,
    ]);
    expect(rows[0]!.unit).toBe(parseQuantity('q', `1|${ucum}|mm[Hg]`).unit);
  });

  it('has one more, converted, where the unit is not the preferred one', () => {
    expect(quantitiesOf(quantity(JSON.rawJSON('99.50'), '[degF]'), 'Quantity')).toMatchObject([
      { low: 99.5, high: 99.5 },
      { low: 37.5, high: 37.5, unitCode: convertedMark },
    ]);
    for (const given of [
      quantity(7, '[pH]'),
      quantity(7, '{score}'),
      quantity(7, 'mmHg'),
      { value: 7, unit: 'g' },
      { value: 7, code: 'g' },
      { value: 7, system: 'http://other', code: 'g' },
      { value: 7, currency: 'EUR' },
    ]) {
      expect(quantitiesOf(given, 'Quantity').filter((row) => row.unitCode === convertedMark)).toEqual([]);
    }
  });

  it('takes Money for a quantity of its currency', () => {
    const [row] = quantitiesOf({ value: JSON.rawJSON('12.50'), currency: 'EUR' }, 'Money');
    expect(row).toMatchObject({ low: 12.5, unit: parseQuantity('q', '1|urn:iso:std:iso:4217|EUR').unit });
  });

  it.each([
    ['<', Number.NEGATIVE_INFINITY, (high: number) => high < 5 && high > 4.999],
    ['<=', Number.NEGATIVE_INFINITY, (high: number) => high === 5],
  ])('%s 5 is open below', (comparator, low, isHigh) => {
    const [row] = quantitiesOf({ value: 5, comparator }, 'Quantity');
    expect(row!.low).toBe(low);
    expect(isHigh(row!.high)).toBe(true);
  });

  it('> 0 and > -1 are open above, without their limit', () => {
    for (const value of [0, -1, 1]) {
      const [row] = quantitiesOf({ value, comparator: '>' }, 'Quantity');
      expect(row!.low).toBeGreaterThan(value);
      expect(row!.low).toBeCloseTo(value, 12);
      expect(row!.high).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('spans Ranges and skips what has no value', () => {
    const range = { low: { value: 1, unit: 'a' }, high: { value: 2, unit: 'a' } };
    expect(quantitiesOf(range, 'Range')).toMatchObject([{ low: 1, high: 2 }]);
    expect(quantitiesOf({ unit: 'mg' }, 'Quantity')).toEqual([]);
    expect(quantitiesOf({}, 'Range')).toEqual([]);
    expect(quantitiesOf(null, 'Quantity')).toEqual([]);
    expect(quantitiesOf(quantity(1e307, 'km'), 'Quantity')).toHaveLength(1);
  });
});

describe('parseQuantity', () => {
  it.each(['5|http://unitsofmeasure.org', '5|s|', '5|a|b|c', '|s|c', 'x||mg'])(
    'refuses %j by name',
    (text) => {
      expect(() => parseQuantity('value-quantity', text)).toThrow("'value-quantity'");
    },
  );

  it('asks for converted rows only where the unit can be converted', () => {
    expect(quantityGroups(['a', 'b'], parseQuantity('q', '5||mg'))).toMatchObject([
      { paths: [hashPath('a'), hashPath('b')], tests: [{}, {}, {}] },
    ]);
    for (const text of ['5', '5||{score}', '5||widgets', '5|http://other|mg', '1e308||km']) {
      expect(quantityGroups(['a'], parseQuantity('q', text))[0]!.tests).toHaveLength(1);
    }
  });
});

describe('a search finds', () => {
  const fever = quantity(JSON.rawJSON('99.6'), '[degF]');
  it.each<[string, unknown, boolean]>([
    ['gt37.5||Cel', fever, true],
    [`gt37.5|${ucum}|Cel`, fever, true],
    ['gt37.6||Cel', fever, false],
    ['37.6||Cel', fever, true],
    ['37.5||Cel', fever, false],
    ['gt99||[degF]', fever, true],
    ['gt99||[degF]', quantity(37.5, 'Cel'), true],
    ['gt100||[degF]', quantity(37.5, 'Cel'), false],
    ['gt310||K', fever, true],
    ['gt310||K', quantity(37.5, 'Cel'), true],
    ['99.6', fever, true],
    ['37.6', fever, false], // a number without a unit is the one given
    ['gt37.5|http://other|Cel', fever, false],
    ['1||g', quantity(1000, 'mg'), true],
    [`1|${ucum}|g`, quantity(1000, 'mg'), true],
    ['1000||mg', quantity(1, 'g'), true],
    ['1000||mg', quantity(0.001, 'kg'), true],
    ['1||kg', quantity(1000, 'g'), true],
    ['1000||mg', quantity(2, 'g'), false],
    ['1||g', { value: 1, unit: 'g' }, true], // as text, without a code
    ['1000||mg', { value: 1, unit: 'g' }, false],
    [`1|${ucum}|g`, { value: 1, system: 'http://other', code: 'g' }, false],
    ['ne1||g', quantity(1000, 'mg'), false],
    ['ne1||g', quantity(2000, 'mg'), true],
    ['sa1||g', quantity(1000, 'mg'), false],
    ['eb1||g', quantity(999, 'mg'), true],
    ['ap1||g', quantity(1080, 'mg'), true],
    ['ap10||g', quantity(12000, 'mg'), false],
    ['lt5||ng/mL', quantity(5, 'ng/mL', { comparator: '<' }), true],
    ['lt5||ug/L', quantity(5, 'ng/mL', { comparator: '<' }), true],
    ['ge5||ug/L', quantity(5, 'ng/mL', { comparator: '<' }), false], // stays exclusive
    ['ge5||ug/L', quantity(5, 'ng/mL', { comparator: '<=' }), true],
    ['gt1000||ug/L', quantity(5, 'ng/mL', { comparator: '>' }), true],
    ['5||mmol/L', quantity(5, 'mg/dL'), false], // needs a molar mass
    ['4.5||m[IU]/L', quantity(4.5, 'u[IU]/mL'), true],
    ['7.4||[pH]', quantity(JSON.rawJSON('7.4'), '[pH]'), true],
    ['10||{score}', quantity(10, '{score}'), true],
    ['10||{score}', quantity(1000, '%'), false],
    ['12||mo', quantity(1, 'a'), true],
    ['gt1|urn:iso:std:iso:4217|EUR', { value: 2, currency: 'EUR' }, true],
    ['gt1||USD', { value: 2, currency: 'EUR' }, false],
  ])('%s in %j: %s', (text, value, found) => {
    expect(finds(text, value)).toBe(found);
  });

  it('Ranges and Ages in another unit', () => {
    const range = { low: quantity(1, 'g'), high: quantity(2, 'g') };
    expect(finds('gt1500||mg', range, 'Range')).toBe(true);
    expect(finds('sa1500||mg', range, 'Range')).toBe(false);
    expect(finds('gt2500||mg', { low: quantity(1, 'g') }, 'Range')).toBe(true);
    expect(finds('gt2500||mg', { low: { value: 1 }, high: quantity(3, 'g') }, 'Range')).toBe(true);
    expect(finds('gt364||d', quantity(1, 'a'), 'Age')).toBe(true);
    expect(finds('120||min', quantity(2, 'h'), 'Duration')).toBe(true);
  });

  it('equal amounts whatever unit they are written in', () => {
    const units: [string, number][] = [
      ['kg', 3],
      ['g', 0],
      ['mg', -3],
      ['ug', -6],
    ];
    const unit = fc.constantFrom(...units);
    fc.assert(
      fc.property(unit, unit, fc.integer({ min: 1, max: 1e6 }), ([one, power], [other, target], digits) => {
        const stored = quantity(digits, one);
        const asked = `${digits}e${power - target}`;
        for (const prefix of ['', 'ge', 'le', 'ap'])
          expect(finds(`${prefix}${asked}||${other}`, stored)).toBe(true);
        for (const prefix of ['ne', 'gt', 'lt', 'sa', 'eb'])
          expect(finds(`${prefix}${asked}||${other}`, stored)).toBe(false);
      }),
    );
  });
});
