import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Age, ageAt, everyAge, isInAge, possibleAges } from '../../server/vitals/age.ts';
import type { AgeBound, AgeRange } from '../../server/vitals/vitalSign.ts';
import { years } from './made.ts';

/** Units in which the youngest and the oldest possible age are told. */
function between(birth: string, when: string, unit: keyof Age): [number, number] | undefined {
  const span = ageAt(birth, when);
  return span && [span.from[unit], span.to[unit]];
}

describe('ages', () => {
  it.each<[string, string, keyof Age, number, number]>([
    // a year is complete on the birthday
    ['2006-05-15', '2024-05-14', 'a', 17, 17],
    ['2006-05-15', '2024-05-15', 'a', 18, 18],
    ['2023-05-15', '2024-05-14', 'mo', 11, 11],
    ['2023-05-15', '2024-05-15', 'mo', 12, 12],
    // 29 February comes back on 1 March, but for leap years
    ['2004-02-29', '2022-02-28', 'a', 17, 17],
    ['2004-02-29', '2022-03-01', 'a', 18, 18],
    ['2004-02-29', '2024-02-28', 'a', 19, 19],
    ['2004-02-29', '2024-02-29', 'a', 20, 20],
    // a month that has no such day
    ['2024-01-31', '2024-02-29', 'mo', 0, 0],
    ['2024-01-31', '2024-03-01', 'mo', 1, 1],
    ['2024-02-28', '2024-03-01', 'd', 2, 2],
    ['2023-02-28', '2023-03-01', 'd', 1, 1],
    ['2024-05-01', '2024-05-14', 'wk', 1, 1],
    ['2024-05-01', '2024-05-15', 'wk', 2, 2],
    // the date as it is written counts, whatever the zone
    ['2006-05-15', '2024-05-14T23:30:00-10:00', 'a', 17, 17],
    ['2006-05-15', '2024-05-15T00:30:00+14:00', 'a', 18, 18],
    // in part
    ['2006', '2024-05-15', 'a', 17, 18],
    ['2006-05', '2024-05-15', 'a', 17, 18],
    ['2006-05', '2024-05-31', 'a', 18, 18],
    ['2006', '2024', 'a', 17, 18],
    ['2006-05-15', '2024', 'a', 17, 18],
    ['1980', '2024-12-31', 'a', 44, 44],
    ['2024', '2024-05-15', 'd', 0, 135],
    // hours: exact with times, else what the days leave open
    ['2024-05-14', '2024-05-15T12:00:00Z', 'h', 12, 36],
    ['2024-05-15', '2024-05-15T12:00:00Z', 'h', 0, 12],
    ['2024-05-14T20:30:00Z', '2024-05-15T12:00:00Z', 'h', 15, 15],
    ['2024-05-14T20:30:00+02:00', '2024-05-14T20:30:00Z', 'h', 2, 2],
    ['2024-05-14', '2024-05-14', 'h', 0, 23],
    ['0050-01-01', '0051-01-01', 'd', 365, 365],
  ])('born %s, at %s in %s: %d to %d', (birth, when, unit, from, to) => {
    expect(between(birth, when, unit)).toEqual([from, to]);
  });

  it.each([
    ['2024-05-16', '2024-05-15'],
    ['2025', '2024'],
    ['2024-02-30', '2024-05-15'],
    ['2024-13', '2025'],
    ['unknown', '2024'],
    ['2024-05-15', 'today'],
  ])('born %s, at %s: none', (birth, when) => {
    expect(ageAt(birth, when)).toBeUndefined();
    expect(possibleAges(birth, when, [years(1)])).toEqual([]);
  });

  it('holds both ends of a range', () => {
    const child: AgeRange = { low: { value: 28, unit: 'd' }, high: { value: 11, unit: 'mo' } };
    const at = (when: string) => isInAge(child, ageAt('2023-01-31', when)!.from);
    expect(['2023-02-27', '2023-02-28', '2024-01-30', '2024-01-31'].map(at)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('looks at newborns hour by hour', () => {
    const ranges: AgeRange[] = [{ high: { value: 23, unit: 'h' } }];
    expect(possibleAges('2024-05-14', '2024-05-15T12:00:00Z', ranges).map(({ h }) => h)).toEqual(
      Array.from({ length: 25 }, (_, i) => 12 + i),
    );
    expect(possibleAges('2024-05', '2024-05-02', ranges).map(({ d, h }) => [d, h])).toContainEqual([0, 0]);
    expect(everyAge(ranges).some(({ h }) => h === 5)).toBe(true);
  });

  const unit = fc.constantFrom<AgeBound['unit'][]>('a', 'mo', 'wk', 'd');
  const bound = fc.record({ value: fc.integer({ min: 0, max: 40 }), unit });
  const range = fc.record({ low: bound, high: bound }, { requiredKeys: [] });
  const day = fc.integer({ min: 0, max: 8000 }).map((days) => new Date(Date.UTC(2003, 0, 1 + days)));
  const text = day.map((date) => date.toISOString().slice(0, 10));
  const cut = fc.constantFrom(4, 7, 10);

  it('leaves out no kind of age that the days of partial dates allow', () => {
    fc.assert(
      fc.property(
        text,
        text,
        cut,
        cut,
        fc.array(range, { maxLength: 4 }),
        (a, b, birthCut, whenCut, ranges) => {
          const [birth, when] = a < b ? [a, b] : [b, a];
          const kind = (age: Age) => ranges.map((each) => isInAge(each, age)).join();
          const kinds = new Set(
            possibleAges(birth.slice(0, birthCut), when.slice(0, whenCut), ranges).map(kind),
          );
          // The true dates are among those that were left open.
          expect(kinds).toContain(kind(ageAt(birth, when)!.from));
        },
      ),
      { numRuns: 500 },
    );
  });
});
