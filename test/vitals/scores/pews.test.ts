// PEWS against its charts: every cell of every age at both its ends, bands, parts of a set.
import { describe, expect, it } from '@jest/globals';
import { pews, pewsParameters } from '../../../server/vitals/scores/pews.ts';
import { type PewsAge, pewsAges } from '../../../server/vitals/scores/pewsTables.ts';
import type { OxygenSupply, Parameter, Reading } from '../../../server/vitals/scores/reading.ts';
import { isComplete, type Score } from '../../../server/vitals/scores/score.ts';
import { reading, setOf, type Values } from './readingSupport.ts';

/** Nothing that scores, at each age. */
const well: Record<PewsAge, Values> = {
  '0-11 months': { respiration: 40, pulse: 130, systolic: 80 },
  '1-4 years': { respiration: 30, pulse: 110, systolic: 90 },
  '5-12 years': { respiration: 22, pulse: 100, systolic: 100 },
  '13-15 years': { respiration: 20, pulse: 80, systolic: 110 },
};
const shared: Values = { effort: 'none', spo2: 98, oxygen: 'air', capillaryRefill: 1 };

function scoreOf(age: PewsAge, values: Values, ...more: Reading[]): Score {
  const score = pews(setOf({ ...shared, ...well[age], ...values }, ...more), { age });
  if (!isComplete(score)) throw new Error(`missing ${score.missing}`);
  return score;
}

function subscoreOf(age: PewsAge, parameter: Parameter, value: number | string): number {
  const { total, subscores } = scoreOf(age, { [parameter]: value });
  expect(subscores.find((subscore) => subscore.parameter === parameter)!.score).toBe(total);
  return total;
}

function oxygenOf(supply: OxygenSupply): number {
  return scoreOf(
    '1-4 years',
    { oxygen: 'oxygen' },
    reading('oxygen', 'oxygen', { supply, observation: 'Observation/z' }),
  ).total;
}

/** Where each cell begins and what it scores; the cell before ends one below. */
type Row = [from: number, score: number][];

const charts: Record<PewsAge, Record<'respiration' | 'pulse' | 'systolic', Row>> = {
  '0-11 months': {
    respiration: [
      [0, 4],
      [10, 2],
      [20, 1],
      [30, 0],
      [50, 1],
      [60, 2],
      [70, 4],
    ],
    pulse: [
      [0, 4],
      [80, 2],
      [90, 1],
      [110, 0],
      [150, 1],
      [170, 2],
      [180, 4],
    ],
    systolic: [
      [0, 4],
      [50, 2],
      [60, 1],
      [70, 0],
      [90, 1],
      [100, 2],
      [110, 4],
    ],
  },
  '1-4 years': {
    respiration: [
      [0, 4],
      [10, 2],
      [20, 0],
      [40, 1],
      [50, 2],
      [60, 4],
    ],
    pulse: [
      [0, 4],
      [60, 2],
      [70, 1],
      [90, 0],
      [140, 1],
      [150, 2],
      [170, 4],
    ],
    systolic: [
      [0, 4],
      [50, 2],
      [60, 1],
      [80, 0],
      [100, 1],
      [120, 2],
      [130, 4],
    ],
  },
  '5-12 years': {
    respiration: [
      [0, 4],
      [10, 2],
      [15, 1],
      [20, 0],
      [25, 1],
      [40, 2],
      [50, 4],
    ],
    pulse: [
      [0, 4],
      [60, 2],
      [70, 1],
      [80, 0],
      [120, 1],
      [140, 2],
      [160, 4],
    ],
    systolic: [
      [0, 4],
      [70, 2],
      [80, 1],
      [90, 0],
      [110, 1],
      [120, 2],
      [130, 4],
    ],
  },
  '13-15 years': {
    respiration: [
      [0, 4],
      [10, 1],
      [15, 0],
      [25, 1],
      [30, 2],
      [40, 4],
    ],
    pulse: [
      [0, 4],
      [50, 2],
      [60, 1],
      [70, 0],
      [100, 1],
      [120, 2],
      [130, 4],
    ],
    systolic: [
      [0, 4],
      [80, 2],
      [90, 1],
      [100, 0],
      [120, 1],
      [130, 2],
      [140, 4],
    ],
  },
};

const cells = pewsAges.flatMap((age) =>
  (['respiration', 'pulse', 'systolic'] as const).flatMap((parameter) =>
    charts[age][parameter].flatMap(([from, score], i, row): [PewsAge, Parameter, number, number][] => [
      [age, parameter, from, score],
      [age, parameter, (row[i + 1]?.[0] ?? 400) - 1, score],
      [age, parameter, (row[i + 1]?.[0] ?? 400) - 0.01, score],
    ]),
  ),
);

describe('PEWS cells', () => {
  it.each(cells)('%s %s %d: %d', (age, parameter, value, score) => {
    expect(subscoreOf(age, parameter, value)).toBe(score);
  });

  const everyAge: [Parameter, number | string, number][] = [
    ['spo2', 0, 4],
    ['spo2', 91, 4],
    ['spo2', 91.5, 1],
    ['spo2', 92, 1],
    ['spo2', 94, 1],
    ['spo2', 94.9, 1],
    ['spo2', 95, 0],
    ['spo2', 100, 0],
    ['capillaryRefill', 0, 0],
    ['capillaryRefill', 2, 0],
    ['capillaryRefill', 2.5, 2],
    ['capillaryRefill', 3, 2],
    ['capillaryRefill', 9, 2],
    ['effort', 'none', 0],
    ['effort', 'mild', 1],
    ['effort', 'moderate', 2],
    ['effort', 'severe', 4],
    ['oxygen', 'air', 0],
  ];
  it.each(pewsAges.flatMap((age) => everyAge.map((cell): [PewsAge, ...typeof cell] => [age, ...cell])))(
    '%s %s %s: %d',
    (age, parameter, value, score) => {
      expect(subscoreOf(age, parameter, value)).toBe(score);
    },
  );

  it.each<[OxygenSupply, number]>([
    [{ flow: 0.01 }, 1],
    [{ flow: 1.99 }, 1],
    [{ flow: 2 }, 2],
    [{ flow: 5.99 }, 2],
    [{ flow: 6 }, 4],
    [{ flow: 15 }, 4],
    [{ fraction: 22 }, 1],
    [{ fraction: 29.9 }, 1],
    [{ fraction: 30 }, 2],
    [{ fraction: 49.9 }, 2],
    [{ fraction: 50 }, 4],
    [{ fraction: 100 }, 4],
    [{ flow: 1, fraction: 40 }, 2],
    [{ flow: 6, fraction: 28 }, 4],
    [{ flow: 0, fraction: 28 }, 1],
    [{ device: true }, 4],
    [{ device: true, fraction: 25 }, 4],
  ])('oxygen %j: %d', (supply, score) => {
    expect(oxygenOf(supply)).toBe(score);
  });
});

describe('PEWS bands', () => {
  it.each<[number, string, Values]>([
    [0, 'none', {}],
    [1, 'low', { spo2: 94 }],
    [4, 'low', { spo2: 91 }],
    [5, 'medium', { spo2: 91, effort: 'mild' }],
    [8, 'medium', { spo2: 91, effort: 'severe' }],
    [9, 'high', { spo2: 91, effort: 'severe', pulse: 140 }],
    [12, 'high', { spo2: 91, effort: 'severe', pulse: 170 }],
    [13, 'emergency', { spo2: 91, effort: 'severe', pulse: 170, respiration: 40 }],
    [18, 'emergency', { spo2: 91, effort: 'severe', pulse: 170, respiration: 60, capillaryRefill: 3 }],
  ])('%d: %s', (total, band, values) => {
    expect(scoreOf('1-4 years', values)).toMatchObject({ total, band });
  });

  it.each([
    ['A', 'none', false],
    ['C', 'none', false],
    ['V', 'high', true],
    ['P', 'emergency', true],
    ['U', 'emergency', true],
  ])('consciousness %s: at least %s, without points', (consciousness, band, raised) => {
    const score = scoreOf('5-12 years', { consciousness });
    expect(score).toMatchObject({ total: 0, band });
    expect(score.raisedBy?.parameter).toBe(raised ? 'consciousness' : undefined);
  });

  it('is not raised by consciousness that asks for no more than the total', () => {
    const score = scoreOf('1-4 years', { spo2: 91, effort: 'severe', pulse: 140, consciousness: 'V' });
    expect(score).toMatchObject({ total: 9, band: 'high' });
    expect(score).not.toHaveProperty('raisedBy');
  });

  it('is not lowered by consciousness', () => {
    const score = scoreOf('1-4 years', {
      ...{ spo2: 91, effort: 'severe', pulse: 170, respiration: 60 },
      consciousness: 'V',
    });
    expect(score.band).toBe('emergency');
    expect(score).not.toHaveProperty('raisedBy');
  });
});

describe('a part of PEWS', () => {
  it.each([...pewsParameters])('without %s is no score', (parameter) => {
    const { [parameter]: _, ...rest } = { ...shared, ...well['1-4 years'] };
    const score = pews(setOf(rest), { age: '1-4 years' });
    expect(score.missing).toEqual([parameter]);
    expect(score).not.toHaveProperty('total');
  });

  it.each<[OxygenSupply | undefined]>([[undefined], [{}], [{ flow: 0 }]])(
    'with oxygen of which no amount is told (%j) is no score',
    (supply) => {
      const oxygen = reading('oxygen', 'oxygen', { ...(supply && { supply }) });
      const { oxygen: _, ...rest } = { ...shared, ...well['1-4 years'] };
      expect(pews(setOf(rest, oxygen), { age: '1-4 years' }).missing).toEqual(['oxygen']);
    },
  );
});
