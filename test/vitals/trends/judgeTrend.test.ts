// Trend rules: both sides of every threshold and window of those that are shipped, each kind, and any order of readings.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { judgeTrend } from '../../../server/vitals/trends/judgeTrend.ts';
import { lookBack, type TrendReading, type TrendRule } from '../../../server/vitals/trends/trendRule.ts';
import { policy } from '../alerts/support.ts';

const DAY = 86_400_000;
const shipped = (name: string): TrendRule => policy.trends.find((rule) => rule.name === name)!;
const loss = shipped('weight-loss-month');
const gain = shipped('weight-gain-days');
const rising = shipped('heart-rate-rising');

/** Readings as `[day, value]`. */
const series = (...values: [day: number, value: number][]): TrendReading[] =>
  values.map(([day, value]) => ({ time: Math.round(day * DAY), value }));
/** Five readings of 70/min in the 30 days before day 40. */
const calm: [number, number][] = [10, 15, 20, 25, 30].map((day) => [day, 70]);

describe('judgeTrend', () => {
  it.each<[string, TrendRule, [number, number][], number | undefined]>([
    [
      '5 % lost',
      loss,
      [
        [0, 70],
        [30, 66.5],
      ],
      -5,
    ],
    [
      'a little less than 5 % lost',
      loss,
      [
        [0, 70],
        [30, 66.51],
      ],
      undefined,
    ],
    [
      '5 % gained',
      loss,
      [
        [0, 70],
        [30, 73.5],
      ],
      undefined,
    ],
    [
      '5 % lost within more than 30 days',
      loss,
      [
        [0, 70],
        [30.001, 66.5],
      ],
      undefined,
    ],
    [
      '5 % lost since the heaviest',
      loss,
      [
        [0, 68],
        [10, 72],
        [29, 68],
      ],
      -5.555555556,
    ],
    [
      'lost and regained',
      loss,
      [
        [0, 72],
        [10, 66],
        [20, 72],
      ],
      undefined,
    ],
    ['one weight', loss, [[0, 70]], undefined],
    ['no weight', loss, [], undefined],
    [
      'a weight of nothing before',
      loss,
      [
        [0, 0],
        [1, -1],
      ],
      undefined,
    ],
    [
      '2 kg gained',
      gain,
      [
        [0, 80],
        [3, 82],
      ],
      2,
    ],
    [
      '2 kg gained in steps that binary cannot hold',
      gain,
      [
        [0, 80.1],
        [3, 82.1],
      ],
      2,
    ],
    [
      'less than 2 kg gained',
      gain,
      [
        [0, 80],
        [3, 81.99],
      ],
      undefined,
    ],
    [
      '2 kg gained within more than 3 days',
      gain,
      [
        [0, 80],
        [3.001, 82],
      ],
      undefined,
    ],
    [
      '2 kg gained since the lightest',
      gain,
      [
        [0, 82],
        [1, 80.5],
        [2, 82.6],
      ],
      2.1,
    ],
    [
      '2 kg lost',
      gain,
      [
        [0, 82],
        [2, 80],
      ],
      undefined,
    ],
    ['a rate that stays 15/min higher', rising, [...calm, [39, 85], [39.5, 86], [40, 90]], 15],
    ['a rate that stays 14/min higher', rising, [...calm, [39, 84], [39.5, 90], [40, 90]], undefined],
    ['a rate that was calm in between', rising, [...calm, [39, 90], [39.5, 72], [40, 90]], undefined],
    ['a rate that was calm before', rising, [...calm, [38.5, 72], [39, 88], [39.5, 87], [40, 90]], 17],
    ['two high rates', rising, [...calm, [39.5, 90], [40, 90]], undefined],
    ['high rates that are not within 2 days', rising, [...calm, [37.9, 90], [39, 90], [40, 90]], undefined],
    ['a rate without a baseline', rising, [...calm.slice(1), [39, 90], [39.5, 90], [40, 90]], undefined],
    [
      'a baseline of too long ago',
      rising,
      [[7.9, 70], ...calm.slice(1), [39, 90], [39.5, 90], [40, 90]],
      undefined,
    ],
    ['a baseline that just reaches', rising, [[8, 70], ...calm.slice(1), [39, 90], [39.5, 90], [40, 90]], 20],
    ['one wild reading in the baseline', rising, [...calm, [31, 300], [39, 85], [39.5, 85], [40, 85]], 15],
  ])('%s', (_name, rule, readings, change) => {
    expect(judgeTrend(rule, series(...readings))?.change).toBe(change);
  });

  it('gives the numbers that say why', () => {
    expect(judgeTrend(loss, series([0, 68], [10, 72], [29, 68]))).toEqual({
      ...{ rule: 'weight-loss-month', kind: 'change-percent', threshold: -5, unit: 'kg' },
      ...{
        change: -5.555555556,
        value: 68,
        from: 10 * DAY,
        to: 29 * DAY,
        readings: 3,
        baseline: 72,
        baselineReadings: 1,
      },
    });
    expect(judgeTrend(rising, series(...calm, [39, 85], [39.5, 86], [40, 90]))).toMatchObject({
      ...{ from: 10 * DAY, to: 40 * DAY, readings: 3, baseline: 70, baselineReadings: 5, value: 90 },
    });
  });

  const line: TrendRule = {
    ...gain,
    name: 'line',
    kind: 'slope',
    threshold: -0.5,
    windowHours: 240,
    minimumReadings: 3,
  };
  it.each<[string, [number, number][], number | undefined]>([
    [
      'a fall of half a kilogram a day',
      [
        [0, 80],
        [2, 79],
        [4, 78],
      ],
      -0.5,
    ],
    [
      'a slower fall',
      [
        [0, 80],
        [2, 79.1],
        [4, 78.1],
      ],
      undefined,
    ],
    [
      'a rise',
      [
        [0, 78],
        [2, 79],
        [4, 80],
      ],
      undefined,
    ],
    [
      'scattered readings around a fall',
      [
        [0, 80],
        [1, 78],
        [2, 79],
        [3, 77],
      ],
      -0.8,
    ],
    [
      'readings of one time',
      [
        [0, 80],
        [0, 79],
        [0, 70],
      ],
      undefined,
    ],
    [
      'two readings',
      [
        [0, 80],
        [4, 70],
      ],
      undefined,
    ],
  ])('slope: %s', (_name, readings, change) => {
    expect(judgeTrend(line, series(...readings))?.change).toBe(change);
  });

  it.each<[NonNullable<TrendRule['baseline']>, number]>([
    [{ kind: 'first' }, 4],
    [{ kind: 'extreme' }, 5],
    [{ kind: 'median', hours: 72 }, 8],
    [{ kind: 'mean', hours: 72 }, 7],
  ])('compares with a baseline %j', (baseline, change) => {
    const rule: TrendRule = { ...gain, baseline, windowHours: 48 };
    const readings = series([-3, 76], [-2, 79], [-1, 76], [0, 80], [1, 79], [2, 84]);
    expect(judgeTrend(rule, readings)?.change).toBe(change);
  });

  it('takes the reading that goes further where two are of one time', () => {
    expect(judgeTrend(gain, series([0, 80], [1, 82], [1, 80]))?.change).toBe(2);
    expect(judgeTrend(loss, series([0, 70], [1, 70], [1, 66.5]))?.change).toBe(-5);
  });

  it('asks for as many readings of a baseline as the rule does', () => {
    const readings = series([0, 80], [1, 83]);
    expect(
      judgeTrend({ ...gain, baseline: { kind: 'first', minimumReadings: 2 } }, readings),
    ).toBeUndefined();
    expect(judgeTrend({ ...gain, baseline: { kind: 'first', minimumReadings: 1 } }, readings)?.change).toBe(
      3,
    );
    expect(judgeTrend({ ...gain, baseline: undefined }, readings)?.change).toBe(3);
  });

  const anyReadings = fc.array(
    fc.record({ time: fc.integer({ min: 0, max: 60 * 24 }), value: fc.integer({ min: 50, max: 120 }) }),
    { maxLength: 30 },
  );
  const anyRule = fc.constantFrom(loss, gain, rising, line);
  const scaled = (readings: TrendReading[]) =>
    readings.map(({ time, value }) => ({ time: time * 3_600_000, value }));

  it('does not depend on the order of readings, nor on those it does not look back to', () => {
    fc.assert(
      fc.property(
        anyRule,
        anyReadings.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        (rule, [all, shuffled]) => {
          const found = judgeTrend(rule, scaled(all));
          expect(judgeTrend(rule, scaled(shuffled))).toEqual(found);
          const latest = Math.max(...scaled(all).map(({ time }) => time));
          const near = scaled(all).filter(({ time }) => time >= latest - lookBack(rule));
          expect(judgeTrend(rule, near)).toEqual(found);
        },
      ),
    );
  });

  it('finds a rise where the mirrored rule finds a fall', () => {
    fc.assert(
      fc.property(fc.constantFrom(gain, rising, line), anyReadings, (rule, all) => {
        const mirrored = { ...rule, threshold: -rule.threshold };
        const found = judgeTrend(rule, scaled(all));
        const mirror = judgeTrend(
          mirrored,
          scaled(all).map(({ time, value }) => ({ time, value: 200 - value })),
        );
        expect(mirror?.change).toBe(found && -found.change);
      }),
    );
  });
});
