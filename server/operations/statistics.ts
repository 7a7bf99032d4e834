// The statistics of $stats (http://terminology.hl7.org/CodeSystem/observation-statistics), calculated from the values of
// one code in one unit. Spread is that of a sample (n − 1); percentiles are interpolated between the two nearest values
// (position (n − 1) · p, as percentile_cont of SQL does); skew and kurtosis are the adjusted G1 and G2, the latter in excess
// of a normal distribution; the regression is least squares over time in hours.

/** One value, and when it was measured (milliseconds), where that is known. */
export interface Point {
  readonly value: number;
  readonly time?: number;
}

/** What a result is an amount of: `value` of what was measured, `spread` of differences, `square` of their squares. */
export type Dimension = 'number' | 'value' | 'spread' | 'square' | 'slope';

/** One number of the answer; `value` is absent where it is not defined for so few or equal values. */
export interface Result {
  readonly name: string;
  readonly dimension: Dimension;
  readonly value?: number;
  /** what it would need to be defined */
  readonly needs?: string;
  /** of a regression, which gives two numbers */
  readonly part?: 'gradient' | 'intercept';
}

/** Values with what several statistics need of them. */
interface Sample {
  readonly sorted: readonly number[];
  readonly points: readonly Point[];
  readonly sum: number;
  readonly mean: number;
  /** all values but those left out for their kind */
  readonly total: number;
  /** what the hours of a regression count from */
  readonly origin: number;
}

interface Statistic {
  readonly display: string;
  readonly dimension: Dimension;
  /** values that it needs, when more than none */
  readonly least: number;
  /** whether it is undefined where all values are equal */
  readonly varied?: true;
  of(sample: Sample): number;
}

const value = (display: string, of: Statistic['of']): Statistic => ({
  display,
  dimension: 'value',
  least: 1,
  of,
});
const at = (display: string, part: number): Statistic =>
  value(display, ({ sorted }) => rounded(percentile(sorted, part)));

/** All but regression, in the order of the code system. */
const SIMPLE: Readonly<Record<string, Statistic>> = {
  average: value('Average', ({ mean }) => rounded(mean)),
  maximum: value('Maximum', ({ sorted }) => exact(sorted.at(-1)!)),
  minimum: value('Minimum', ({ sorted }) => exact(sorted[0]!)),
  count: { display: 'Count', dimension: 'number', least: 0, of: ({ sorted }) => sorted.length },
  'total-count': { display: 'Total Count', dimension: 'number', least: 0, of: ({ total }) => total },
  median: at('Median', 0.5),
  'std-dev': {
    display: 'Standard Deviation',
    dimension: 'spread',
    least: 2,
    of: (sample) => rounded(Math.sqrt(variance(sample))),
  },
  sum: value('Sum', ({ sum }) => exact(sum)),
  variance: {
    display: 'Variance',
    dimension: 'square',
    least: 2,
    of: (sample) => rounded(variance(sample)),
  },
  '20-percent': at('20th Percentile', 0.2),
  '80-percent': at('80th Percentile', 0.8),
  '4-lower': at('Lower Quartile', 0.25),
  '4-upper': at('Upper Quartile', 0.75),
  '4-dev': {
    display: 'Quartile Deviation',
    dimension: 'spread',
    least: 1,
    of: ({ sorted }) => rounded((percentile(sorted, 0.75) - percentile(sorted, 0.25)) / 2),
  },
  '5-1': at('1st Quintile', 0.2),
  '5-2': at('2nd Quintile', 0.4),
  '5-3': at('3rd Quintile', 0.6),
  '5-4': at('4th Quintile', 0.8),
  skew: {
    display: 'Skew',
    dimension: 'number',
    least: 3,
    varied: true,
    of: (sample) => rounded(skew(sample)),
  },
  kurtosis: {
    display: 'Kurtosis',
    dimension: 'number',
    least: 4,
    varied: true,
    of: (sample) => rounded(kurtosis(sample)),
  },
};

/** Every statistic by its code, with its display. */
export const STATISTICS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(SIMPLE).map(([code, { display }]): [string, string] => [code, display]),
  ['regression', 'Regression'],
]);

/**
 * The statistics with these codes.
 * @param total what `total-count` is: the values and what was left out
 * @param origin the instant that the hours of a regression count from
 */
export function calculate(
  names: readonly string[],
  points: readonly Point[],
  total: number,
  origin: number,
): Result[] {
  const sorted = points.map((point) => point.value).sort((a, b) => a - b);
  const sum = sumOf(sorted);
  const sample: Sample = { sorted, points, sum, mean: sum / sorted.length, total, origin };
  return names.flatMap((name) => (name === 'regression' ? regression(sample) : [simple(name, sample)]));
}

function simple(name: string, sample: Sample): Result {
  const { dimension, least, varied, of } = SIMPLE[name]!;
  const { length } = sample.sorted;
  if (length < least) {
    return { name, dimension, needs: `at least ${least === 1 ? 'one value' : `${least} values`}` };
  }
  if (varied && isConstant(sample)) return { name, dimension, needs: 'values that differ' };
  return { name, dimension, value: of(sample) };
}

function regression({ points, origin }: Sample): Result[] {
  const name = 'regression';
  const timed = points.filter((point) => point.time !== undefined);
  const xs = timed.map(({ time }) => (time! - origin) / 3_600_000);
  const ys = timed.map((point) => point.value);
  if (xs.every((x) => x === xs[0])) {
    const needs = 'values of at least two different times';
    return [
      { name, part: 'gradient', dimension: 'slope', needs },
      { name, part: 'intercept', dimension: 'value', needs },
    ];
  }
  const [meanX, meanY] = [sumOf(xs) / xs.length, sumOf(ys) / ys.length];
  const xx = sumOf(xs.map((x) => (x - meanX) ** 2));
  const xy = sumOf(xs.map((x, i) => (x - meanX) * (ys[i]! - meanY)));
  const gradient = xy / xx;
  const largest = Math.max(...bounds(ys).map(Math.abs));
  const [first, last] = bounds(xs);
  const isFlat = Math.abs(gradient) * (last - first) < NOISE * largest;
  return [
    { name, part: 'gradient', dimension: 'slope', value: isFlat ? 0 : rounded(gradient) },
    {
      name,
      part: 'intercept',
      dimension: 'value',
      value: rounded(isFlat ? meanY : meanY - gradient * meanX),
    },
  ];
}

/** Below this, relative to the values, a result is what doubles leave of nothing. */
const NOISE = 1e-12;

const isConstant = ({ sorted }: Sample): boolean => sorted[0] === sorted.at(-1);

/** Lowest and highest, without an argument for each value. */
function bounds(values: readonly number[]): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const each of values) {
    if (each < low) low = each;
    if (each > high) high = each;
  }
  return [low, high];
}

/** Compensated (Neumaier), so that the order of thousands of values does not matter. */
function sumOf(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const each of values) {
    const next = sum + each;
    lost += Math.abs(sum) >= Math.abs(each) ? sum - next + each : each - next + sum;
    sum = next;
  }
  return sum + lost;
}

function percentile(sorted: readonly number[], part: number): number {
  const position = (sorted.length - 1) * part;
  const nearest = Math.round(position);
  // 0.6 × 5 is a little more than 3.
  if (Math.abs(position - nearest) < 1e-9) return sorted[nearest]!;
  const low = Math.floor(position);
  return sorted[low]! + (sorted[low + 1]! - sorted[low]!) * (position - low);
}

const moment = ({ sorted, mean }: Sample, power: number): number =>
  sumOf(sorted.map((each) => (each - mean) ** power));

const variance = (sample: Sample): number =>
  isConstant(sample) ? 0 : moment(sample, 2) / (sample.sorted.length - 1);

function skew(sample: Sample): number {
  const n = sample.sorted.length;
  const g1 = moment(sample, 3) / n / (moment(sample, 2) / n) ** 1.5;
  return Math.abs(g1) < NOISE ? 0 : (g1 * Math.sqrt(n * (n - 1))) / (n - 2);
}

function kurtosis(sample: Sample): number {
  const n = sample.sorted.length;
  const g2 = moment(sample, 4) / n / (moment(sample, 2) / n) ** 2 - 3;
  return ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6);
}

/** What was measured, or a sum of it, without what doubles add to it. */
const exact = (result: number): number => Number(result.toPrecision(12));

/** What is calculated has six significant digits: more than any device. */
const rounded = (result: number): number => Number(result.toPrecision(6)) + 0;
