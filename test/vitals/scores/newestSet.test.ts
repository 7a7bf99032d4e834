// Which reading of each parameter counts: edges of the window, readings at the same instant, order of arrival.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newestSet } from '../../../server/vitals/scores/newestSet.ts';
import { type Parameter, parameters, type Reading } from '../../../server/vitals/scores/reading.ts';
import { momentsToScore, scoreAt } from '../../../server/vitals/scores/scoreAt.ts';
import { minute, noon, reading, readingsAtNoon, wellAdult } from './readingSupport.ts';

const hour = 60 * minute;
const adult = { reference: 'Patient/1', birthDate: '1970-01-31', contexts: [], nonHuman: false };

describe('newestSet', () => {
  it.each([
    ['at its end', 0, true],
    ['at its beginning', -hour, true],
    ['just before it', -hour - 1, false],
    ['just after it', 1, false],
  ])('a reading %s', (_, offset, within) => {
    const set = newestSet([reading('pulse', 80, { time: noon + offset })], noon, hour);
    expect(set.readings.pulse?.value).toBe(within ? 80 : undefined);
    expect(set.missing).toEqual(parameters.filter((parameter) => !within || parameter !== 'pulse'));
  });

  it('takes the latest of each parameter', () => {
    const readings = [
      reading('pulse', 1, { time: noon - 3 }),
      reading('pulse', 2, { time: noon - 1 }),
      reading('pulse', 3, { time: noon - 2 }),
      reading('spo2', 99, { time: noon - 9 }),
      reading('pulse', 4, { time: noon + 5 }),
    ];
    const set = newestSet(readings, noon, hour);
    expect(set.readings.pulse?.value).toBe(2);
    expect(set.readings.spo2?.value).toBe(99);
  });

  it('takes the greater support of two tellings of oxygen at the same instant', () => {
    const tellings: Partial<Reading>[] = [
      { value: 'air', supply: { flow: 0 } },
      { value: 'oxygen' },
      { value: 'oxygen', supply: { flow: 1 } },
      { value: 'oxygen', supply: { fraction: 40 } },
      { value: 'oxygen', supply: { flow: 10 } },
      { value: 'oxygen', supply: { device: true } },
    ];
    const readings = tellings.map((telling, i) =>
      reading('oxygen', 'air', { ...telling, observation: `Observation/${9 - i}` }),
    );
    for (let i = 1; i < readings.length; i++) {
      const pair = [readings[i]!, readings[i - 1]!];
      expect(newestSet(pair, noon, hour).readings.oxygen).toBe(readings[i]);
      expect(newestSet(pair.reverse(), noon, hour).readings.oxygen).toBe(readings[i]);
    }
  });
});

const someReading: fc.Arbitrary<Reading> = fc
  .record({
    parameter: fc.constantFrom(...parameters),
    number: fc.integer({ min: 1, max: 200 }),
    back: fc.constantFrom(-5, 0, 5, 30, 60, 61),
    id: fc.constantFrom('a', 'b', 'c'),
  })
  .map(({ parameter, number, back, id }) => {
    const coded: Partial<Record<Parameter, string[]>> = {
      oxygen: ['air', 'oxygen'],
      consciousness: ['A', 'C', 'V', 'P', 'U'],
      effort: ['none', 'mild', 'moderate', 'severe'],
    };
    const answers = coded[parameter];
    const value = answers ? answers[number % answers.length]! : number;
    return {
      ...reading(parameter, value, { time: noon - back * minute, observation: `Observation/${id}` }),
      ...(value === 'oxygen' && { supply: { flow: number % 8 } }),
    };
  });

describe('order of arrival', () => {
  it('does not matter', () => {
    const shuffled = fc
      .array(someReading, { maxLength: 30 })
      .chain((readings) =>
        fc.tuple(fc.constant(readings), fc.shuffledSubarray(readings, { minLength: readings.length })),
      );
    fc.assert(
      fc.property(shuffled, ([sent, arrived]) => {
        const all = [...readingsAtNoon(wellAdult), ...sent];
        expect(newestSet([...arrived].reverse(), noon, hour)).toEqual(newestSet(sent, noon, hour));
        expect(scoreAt([...arrived, ...readingsAtNoon(wellAdult)], adult, noon)).toEqual(
          scoreAt(all, adult, noon),
        );
      }),
    );
  });
});

describe('scoreAt', () => {
  const readings = readingsAtNoon(wellAdult);

  it('scores adults by NEWS2, children by PEWS, the unknown not at all', () => {
    expect(scoreAt(readings, adult, noon)).toMatchObject({ ruleset: { kind: 'news2' }, total: 0 });
    expect(scoreAt(readings, { ...adult, birthDate: '2020-01-31' }, noon)).toMatchObject({
      ruleset: { kind: 'pews' },
      missing: ['effort', 'capillaryRefill'],
    });
    const { birthDate: _, ...unknown } = adult;
    expect(scoreAt(readings, unknown, noon)).toMatchObject({ score: 'none', reason: 'age-unknown' });
  });

  it('looks an hour back unless told otherwise', () => {
    expect(scoreAt(readings, adult, noon + hour)).toMatchObject({ total: 0 });
    expect(scoreAt(readings, adult, noon + hour + 1)).toMatchObject({ missing: { length: 7 } });
    expect(scoreAt(readings, adult, noon + hour + 1, 2 * hour)).toMatchObject({ total: 0 });
    expect(scoreAt(readings, adult, noon + 1, 0)).toMatchObject({ missing: { length: 7 } });
  });

  it('is computed again at every moment that a changed reading reaches', () => {
    const times = [-61, -60, -1, 0, 0, 59, 60, 61].map((minutes) =>
      reading('pulse', 70, { time: noon + minutes * minute }),
    );
    expect(momentsToScore(times.reverse(), noon).map((at) => (at - noon) / minute)).toEqual([0, 59, 60]);
    expect(momentsToScore([], noon)).toEqual([noon]);
    expect(momentsToScore(times, noon, minute)).toEqual([noon]);
  });
});
