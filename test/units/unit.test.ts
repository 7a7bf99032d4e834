import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { conversionOf, convert } from '../../server/units/unit.ts';

/** An amount in the preferred unit of its dimension. */
function inPreferred(value: number, code: string): [number | undefined, string | undefined] {
  const conversion = conversionOf(code);
  return [conversion && convert(value, conversion), conversion?.preferred];
}

describe('units', () => {
  it.each<[number, string, number, string]>([
    [98.6, '[degF]', 37, 'Cel'],
    [32, '[degF]', 0, 'Cel'],
    [99.5, '[degF]', 37.5, 'Cel'],
    [-40, '[degF]', -40, 'Cel'],
    [310.15, 'K', 37, 'Cel'],
    [37, 'Cel', 37, 'Cel'],
    [37000, 'mCel', 37, 'Cel'],
    [1, 'g', 0.001, 'kg'],
    [1000, 'mg', 0.001, 'kg'],
    [1, '[lb_av]', 0.45359237, 'kg'],
    [1, '[in_i]', 2.54, 'cm'],
    [1, '[ft_i]', 30.48, 'cm'],
    [10, 'g/dL', 10000, 'mg/dL'],
    [1, 'g/L', 100, 'mg/dL'],
    [2.5, 'ng/mL{FEU}', 0.00025, 'mg/dL'],
    [1, '[psi]', 51.7150754802, 'mm[Hg]'],
    [13.3322, 'kPa', 100, 'mm[Hg]'],
    [5.1, '10*9/L', 5.1, '10*3/uL'],
    [1, 'Hz', 60, '/min'],
    [72, '{beats}/min', 72, '/min'],
    [1, 'h', 3600, 's'],
    [1, 'a', 31557600, 's'],
    [1, 'umol/L', 0.001, 'mmol/L'],
    [1, 'ukat/L', 60, 'U/L'],
    [140, 'meq/L', 140, 'meq/L'],
    [0.5, '1', 50, '%'],
    [5, 'mg/g', 0.5, '%'],
    [1, 'mL', 1e12, 'fL'],
    [90, 'mL/min/{1.73_m2}', 90, 'mL/min'],
    // without a preferred unit: base units
    [1, 'N', 1000, 'm.s-2.g'],
    [1, 'm.s-2.g', 1, 'm.s-2.g'],
    // arbitrary units: multiples of themselves
    [4.5, 'm[IU]/L', 4.5, '[iU].m-3'],
    [4.5, 'u[IU]/mL', 4.5, '[iU].m-3'],
    [4.5, '[IU]/L', 4500, '[iU].m-3'],
    [24, '[IU]/(24.h)', 0.000277777777778, '[iU].s-1'],
    [1, '/[IU]', 1, '[iU]-1'],
    [2, "[arb'U]/mL", 2000000, "[arb'U].m-3"],
  ])('%d %s is %d %s', (value, code, expected, preferred) => {
    expect(inPreferred(value, code)).toEqual([expected, preferred]);
  });

  it.each([
    '[pH]',
    'B',
    'dB',
    'B[SPL]',
    'Np',
    '[diop]',
    "[p'diop]",
    '[degRe]',
    '[hp_X]/[IU]',
    '[IU]2',
    '[IU]/[IU]',
    '[IU].[CFU]',
    '1/(L.[IU])',
    '(/{x}[IU])',
    '[()#]',
    'm()',
    '{x}(m)',
    'Cel/min',
    'Cel2',
    '{score}',
    '{a}/{b}',
    'mmHg',
    'degF',
    'Gauss',
    'beats/minute',
    'x y',
    ' mg',
    'mg\n',
    'é',
    '',
    'toString',
    '__proto__',
    'constructor',
    '(',
    'm'.repeat(101),
  ])('%j is not convertible', (code) => {
    expect(conversionOf(code)).toBeUndefined();
  });

  it('keeps amounts, moles, equivalents and arbitrary units apart', () => {
    const preferred = ['mg/dL', 'mmol/L', 'meq/L', '[IU]/L', '[CFU]/L', '/L', 'U/L', '/[IU]'].map(
      (code) => conversionOf(code)?.preferred,
    );
    expect(new Set(preferred).size).toBe(preferred.length);
    expect(preferred).not.toContain(undefined);
  });

  it('has one preferred unit per dimension', () => {
    for (const code of [
      'kg',
      'cm',
      'mm[Hg]',
      'mg/dL',
      'mmol/L',
      '/min',
      '%',
      'fL',
      's',
      'kg/m2',
      'Cel',
      'mm/h',
    ]) {
      // annotated, so that it is converted rather than recognised
      expect(conversionOf(`${code}{x}`)).toMatchObject({ preferred: code, factor: expect.closeTo(1, 12) });
    }
  });

  it('leaves open ends open and refuses what a double cannot hold', () => {
    const metres = conversionOf('km')!;
    expect(convert(Number.POSITIVE_INFINITY, metres)).toBe(Number.POSITIVE_INFINITY);
    expect(convert(Number.NEGATIVE_INFINITY, metres)).toBe(Number.NEGATIVE_INFINITY);
    expect(convert(1e306, metres)).toBeUndefined();
  });

  it('reads any text as a unit or as none, without a word on the console', () => {
    const written: unknown[] = [];
    const { log } = console;
    console.log = (...texts: unknown[]) => written.push(texts);
    try {
      const part = fc.constantFrom(
        ...[
          'm',
          'g',
          '[IU]',
          'Cel',
          '/',
          '.',
          '(',
          ')',
          '{',
          '}',
          '{x}',
          '1',
          '-2',
          '10*',
          '^',
          '[degF]',
          '[',
          ']',
          ' ',
        ],
      );
      const code = fc.oneof(
        fc.string(),
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
      );
      fc.assert(
        fc.property(code, (text) => {
          const conversion = conversionOf(text);
          if (conversion) expect(conversion.factor).toBeGreaterThan(0);
        }),
        { numRuns: 2000 },
      );
    } finally {
      console.log = log;
    }
    expect(written).toEqual([]);
  });
});

describe('conversion', () => {
  // Decimal multiples: the same amount, written in either unit.
  const pairs: [string, string, number][] = [
    ['g', 'mg', 3],
    ['kg', 'g', 3],
    ['L', 'mL', 3],
    ['g/dL', 'mg/dL', 3],
    ['mmol/L', 'umol/L', 3],
    ['m', 'mm', 3],
    ['g/L', 'mg/L', 3],
    ['ug/mL', 'ng/mL', 3],
    ['m[IU]/mL', 'm[IU]/L', 3],
    ['10*9/L', '10*6/L', 3],
  ];
  it('makes equal amounts equal', () => {
    const amount = fc.tuple(fc.constantFrom(...pairs), fc.integer({ min: -1e6, max: 1e6 }), fc.nat(4));
    fc.assert(
      fc.property(amount, ([[large, small, power], digits, places]) => {
        const one = Number(`${digits}e${-places}`);
        const other = Number(`${digits}e${power - places}`);
        expect(inPreferred(one, large)).toEqual(inPreferred(other, small));
      }),
    );
  });

  it('keeps order and comes back', () => {
    const code = fc.constantFrom(
      '[degF]',
      'K',
      'kPa',
      '[lb_av]',
      '[in_i]',
      'h',
      'Hz',
      'ukat/L',
      '[IU]/mL',
      '[Cal]',
      'eq',
    );
    const value = fc.integer({ min: -1e7, max: 1e7 }).map((digits) => digits / 1000);
    fc.assert(
      fc.property(code, value, value, (unit, one, other) => {
        const conversion = conversionOf(unit)!;
        const [first, second] = [convert(one, conversion)!, convert(other, conversion)!];
        expect(Math.sign(first - second)).toBe(Math.sign(one - other));
        expect((first - conversion.offset) / conversion.factor).toBeCloseTo(one, 6);
      }),
    );
  });

  it('makes the same of °F as the formula', () => {
    const tenths = fc.integer({ min: -5000, max: 5000 });
    fc.assert(
      fc.property(tenths, (digits) => {
        const [celsius] = inPreferred(digits / 10, '[degF]');
        expect(celsius).toBeCloseTo(((digits - 320) * 5) / 90, 8);
      }),
    );
  });
});
