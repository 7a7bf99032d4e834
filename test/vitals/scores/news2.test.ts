// NEWS2 against its published table: every cell at both its ends, on both scales, bands, parts of a set.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { news2, news2Parameters } from '../../../server/vitals/scores/news2.ts';
import type { Parameter } from '../../../server/vitals/scores/reading.ts';
import { isComplete, type Score } from '../../../server/vitals/scores/score.ts';
import { reading, setOf, type Values, wellAdult } from './readingSupport.ts';

function scoreOf(values: Values, scale: 1 | 2 = 1): Score {
  const score = news2(setOf({ ...wellAdult, ...values }), { scale });
  if (!isComplete(score)) throw new Error(`missing ${score.missing}`);
  return score;
}

function subscoreOf(parameter: Parameter, values: Values, scale: 1 | 2 = 1) {
  return scoreOf(values, scale).subscores.find((subscore) => subscore.parameter === parameter)!;
}

/** Cells as printed: from, to, score. */
type Cells = [from: number, to: number, score: number][];

/** Both ends of each cell, and so both sides of each boundary. */
function ends(cells: Cells): [value: number, score: number][] {
  return cells.flatMap(([from, to, score]): [number, number][] => [
    [from, score],
    [to, score],
  ]);
}

describe('NEWS2 cells', () => {
  it.each(
    ends([
      [0, 8, 3],
      [9, 11, 1],
      [12, 20, 0],
      [21, 24, 2],
      [25, 90, 3],
    ]),
  )('respiration %d: %d', (value, score) => {
    expect(subscoreOf('respiration', { respiration: value })).toMatchObject({
      score,
      code: { system: 'http://snomed.info/sct', code: '1104301000000104' },
    });
  });

  it.each(
    ends([
      [0, 91, 3],
      [92, 93, 2],
      [94, 95, 1],
      [96, 100, 0],
    ]),
  )('SpO2 scale 1 %d: %d', (value, score) => {
    for (const oxygen of ['air', 'oxygen']) {
      expect(subscoreOf('spo2', { spo2: value, oxygen })).toMatchObject({
        score,
        code: { code: '1104311000000102' },
      });
    }
  });

  const scale2: Cells = [
    [0, 83, 3],
    [84, 85, 2],
    [86, 87, 1],
    [88, 92, 0],
  ];

  it.each(ends([...scale2, [93, 94, 0], [95, 96, 0], [97, 100, 0]]))(
    'SpO2 scale 2 on air %d: %d',
    (value, score) => {
      expect(subscoreOf('spo2', { spo2: value }, 2)).toMatchObject({
        score,
        code: { code: '1104321000000108' },
      });
    },
  );

  it.each(ends([...scale2, [93, 94, 1], [95, 96, 2], [97, 100, 3]]))(
    'SpO2 scale 2 on oxygen %d: %d',
    (value, score) => {
      expect(subscoreOf('spo2', { spo2: value, oxygen: 'oxygen' }, 2)).toMatchObject({
        score,
        code: { code: '1104321000000108' },
      });
    },
  );

  it.each([
    ['air', 0],
    ['oxygen', 2],
  ])('%s: %d', (value, score) => {
    expect(subscoreOf('oxygen', { oxygen: value })).toMatchObject({
      score,
      code: { code: '1104331000000105' },
    });
  });

  it.each(
    ends([
      [0, 90, 3],
      [91, 100, 2],
      [101, 110, 1],
      [111, 219, 0],
      [220, 300, 3],
    ]),
  )('systolic %d: %d', (value, score) => {
    expect(subscoreOf('systolic', { systolic: value })).toMatchObject({
      score,
      code: { code: '1104341000000101' },
    });
  });

  it.each(
    ends([
      [0, 40, 3],
      [41, 50, 1],
      [51, 90, 0],
      [91, 110, 1],
      [111, 130, 2],
      [131, 300, 3],
    ]),
  )('pulse %d: %d', (value, score) => {
    expect(subscoreOf('pulse', { pulse: value })).toMatchObject({
      score,
      code: { code: '1104351000000103' },
    });
  });

  it.each([
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ])('consciousness %s: %d', (value, score) => {
    expect(subscoreOf('consciousness', { consciousness: value })).toMatchObject({
      score,
      code: { code: '1104361000000100' },
    });
  });

  it.each(
    ends([
      [30, 35, 3],
      [35.1, 36, 1],
      [36.1, 38, 0],
      [38.1, 39, 1],
      [39.1, 43, 2],
    ]),
  )('temperature %d: %d', (value, score) => {
    expect(subscoreOf('temperature', { temperature: value })).toMatchObject({
      score,
      code: { code: '1104371000000107' },
    });
  });

  it.each<[Parameter, number, number]>([
    ['respiration', 8.49, 3],
    ['respiration', 8.5, 1],
    ['respiration', 24.4, 2],
    ['respiration', 24.5, 3],
    ['spo2', 91.4, 3],
    ['spo2', 91.5, 2],
    ['systolic', 90.4, 3],
    ['systolic', 219.5, 3],
    ['pulse', 130.4999, 2],
    ['pulse', 130.5, 3],
    ['temperature', 35.04, 3],
    ['temperature', 35.05, 1],
    ['temperature', 36.05, 0],
    ['temperature', 38.04, 0],
    ['temperature', 38.05, 1],
    ['temperature', 39.05, 2],
  ])('%s %d is rounded half up as the chart has it: %d', (parameter, value, score) => {
    expect(subscoreOf(parameter, { [parameter]: value })).toMatchObject({ value, score });
  });
});

describe('NEWS2 bands', () => {
  it.each<[string, Values, number, string]>([
    ['nothing', {}, 0, 'low'],
    ['four ones', { respiration: 11, spo2: 95, pulse: 50, temperature: 36 }, 4, 'low'],
    ['two twos', { respiration: 21, oxygen: 'oxygen' }, 4, 'low'],
    ['a single three', { consciousness: 'V' }, 3, 'low-medium'],
    ['a three and a one', { respiration: 25, pulse: 91 }, 4, 'low-medium'],
    ['five without a three', { respiration: 21, oxygen: 'oxygen', pulse: 91 }, 5, 'medium'],
    ['five with a three', { respiration: 25, oxygen: 'oxygen' }, 5, 'medium'],
    ['six', { respiration: 25, consciousness: 'P' }, 6, 'medium'],
    ['seven', { respiration: 25, consciousness: 'P', pulse: 91 }, 7, 'high'],
    [
      'everything',
      {
        respiration: 25,
        spo2: 80,
        oxygen: 'oxygen',
        systolic: 80,
        pulse: 140,
        consciousness: 'U',
        temperature: 34,
      },
      20,
      'high',
    ],
  ])('%s', (_, values, total, band) => {
    expect(scoreOf(values)).toMatchObject({ total, band });
  });

  it('is the sum of its sub-scores', () => {
    const values = fc.record({
      respiration: fc.integer({ min: 0, max: 60 }),
      spo2: fc.integer({ min: 70, max: 100 }),
      oxygen: fc.constantFrom('air', 'oxygen'),
      systolic: fc.integer({ min: 50, max: 250 }),
      pulse: fc.integer({ min: 20, max: 200 }),
      consciousness: fc.constantFrom('A', 'C', 'V', 'P', 'U'),
      temperature: fc.double({ min: 33, max: 42, noNaN: true }),
    });
    fc.assert(
      fc.property(values, fc.constantFrom(1 as const, 2 as const), (some, scale) => {
        const { total, subscores, band } = scoreOf(some, scale);
        expect(subscores.map(({ parameter }) => parameter)).toEqual([...news2Parameters]);
        expect(subscores.reduce((sum, { score }) => sum + score, 0)).toBe(total);
        expect(total >= 7).toBe(band === 'high');
      }),
    );
  });
});

describe('a part of NEWS2', () => {
  it.each([...news2Parameters])('without %s is no score', (parameter) => {
    const { [parameter]: _, ...rest } = wellAdult;
    const score = news2(setOf(rest), { scale: 1 });
    expect(score.missing).toEqual([parameter]);
    expect(score).not.toHaveProperty('total');
  });

  it('lists all that is missing', () => {
    expect(news2(setOf({ pulse: 140, temperature: 40 }), { scale: 1 }).missing).toEqual([
      'respiration',
      'spo2',
      'oxygen',
      'systolic',
      'consciousness',
    ]);
  });

  it('takes no notice of what it does not need', () => {
    const set = setOf(wellAdult, reading('effort', 'severe'), reading('capillaryRefill', 5));
    expect(news2(set, { scale: 1 })).toMatchObject({ total: 0, missing: [] });
  });
});
