// Judges one trend rule at the latest of a patient's readings. The answer depends on the set of readings, not on the order
// they are given in.
import {
  HOUR,
  lookBack,
  sliceOf,
  type TrendFinding,
  type TrendReading,
  type TrendRule,
} from './trendRule.ts';

/**
 * What a rule finds at the latest reading; undefined where it does not hold or the readings are too few.
 * @param readings of one patient and vital sign, in the rule's unit; those older than `lookBack` are not looked at
 */
export function judgeTrend(rule: TrendRule, readings: readonly TrendReading[]): TrendFinding | undefined {
  // of readings at one time the one that goes further counts as the later
  const direction = Math.sign(rule.threshold);
  const sorted = readings.toSorted((a, b) => a.time - b.time || direction * (a.value - b.value));
  const latest = sorted.at(-1);
  if (!latest) return undefined;
  const start = latest.time - rule.windowHours * HOUR;
  const window = sorted.filter(({ time }) => time >= start);
  if (window.length < rule.minimumReadings) return undefined;
  return rule.kind === 'slope' ? judgeSlope(rule, window) : judgeChange(rule, window, earlier(rule, sorted));
}

/** Readings before the window that the baseline is made of: the last of each slice of time. */
function earlier(rule: TrendRule, sorted: readonly TrendReading[]): TrendReading[] {
  const end = sorted.at(-1)!.time;
  const from = end - lookBack(rule);
  const start = end - rule.windowHours * HOUR;
  const slice = sliceOf(rule);
  const latest = new Map<number, TrendReading>();
  for (const reading of sorted) {
    if (reading.time >= from && reading.time < start) latest.set(Math.floor(reading.time / slice), reading);
  }
  return [...latest.values()];
}

function judgeSlope(rule: TrendRule, window: readonly TrendReading[]): TrendFinding | undefined {
  const slope = slopePerDay(window);
  if (slope === undefined || !reaches(slope, rule.threshold)) return undefined;
  return { ...common(rule, window), change: rounded(slope), readings: window.length };
}

function judgeChange(
  rule: TrendRule,
  window: readonly TrendReading[],
  before: readonly TrendReading[],
): TrendFinding | undefined {
  const base = baselineOf(rule, window, before);
  if (base === undefined) return undefined;
  const percent = rule.kind === 'change-percent';
  if (percent && base.value <= 0) return undefined;
  const compared = rule.kind === 'sustained' ? window.slice(-rule.minimumReadings) : window.slice(-1);
  const changes = compared.map(({ value }) => (value - base.value) * (percent ? 100 / base.value : 1));
  if (!changes.every((change) => reaches(change, rule.threshold))) return undefined;
  const least = rule.threshold < 0 ? Math.max(...changes) : Math.min(...changes);
  return {
    ...common(rule, window),
    from: base.from,
    change: rounded(least),
    readings: rule.kind === 'sustained' ? compared.length : window.length,
    baseline: rounded(base.value),
    baselineReadings: base.readings,
  };
}

function common(rule: TrendRule, window: readonly TrendReading[]) {
  const latest = window.at(-1)!;
  return {
    rule: rule.name,
    kind: rule.kind,
    threshold: rule.threshold,
    unit: rule.unit,
    value: latest.value,
    from: window[0]!.time,
    to: latest.time,
  };
}

interface MadeBaseline {
  value: number;
  from: number;
  readings: number;
}

function baselineOf(
  { baseline, threshold }: TrendRule,
  window: readonly TrendReading[],
  before: readonly TrendReading[],
): MadeBaseline | undefined {
  const kind = baseline?.kind ?? 'first';
  if (kind === 'first' || kind === 'extreme') {
    const candidates = window.slice(0, -1);
    if (candidates.length < (baseline?.minimumReadings ?? 1)) return undefined;
    const chosen =
      kind === 'first'
        ? candidates[0]!
        : candidates.reduce((a, b) => ((threshold < 0 ? b.value > a.value : b.value < a.value) ? b : a));
    return { value: chosen.value, from: chosen.time, readings: 1 };
  }
  if (before.length < (baseline?.minimumReadings ?? 1)) return undefined;
  const values = before.map(({ value }) => value);
  const value = kind === 'median' ? medianOf(values) : sum(values) / values.length;
  return { value, from: before[0]!.time, readings: before.length };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Least squares; undefined where all readings are of one time. */
function slopePerDay(window: readonly TrendReading[]): number | undefined {
  const days = window.map(({ time }) => (time - window[0]!.time) / (24 * HOUR));
  const meanDay = sum(days) / days.length;
  const meanValue = sum(window.map(({ value }) => value)) / days.length;
  const spread = sum(days.map((day) => (day - meanDay) ** 2));
  if (spread === 0) return undefined;
  return sum(window.map(({ value }, at) => (days[at]! - meanDay) * (value - meanValue))) / spread;
}

/** Differences of decimals are not exact in binary: 66.5 kg is 5 % less than 70 kg. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;

const reaches = (change: number, threshold: number): boolean =>
  threshold < 0 ? rounded(change) <= threshold : rounded(change) >= threshold;
