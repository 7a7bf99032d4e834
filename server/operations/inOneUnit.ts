// Measurements of one code in one unit (UCUM), to calculate with: the unit that most of them have. What cannot be converted
// to it, or is no exact amount, is left out by name.
import { conversionOf, convert, type UnitConversion, ucum } from '../units/unit.ts';
import type { Measurement } from './measurements.ts';
import type { Dimension, Point } from './statistics.ts';

export interface Unit {
  /** UCUM */
  code: string;
  /** as the newest measurement writes it */
  unit: string;
}

export interface UsableMeasurements {
  /** absent where there are none */
  unit?: Unit;
  points: Point[];
  /** those behind the points, in the same order */
  used: Measurement[];
  /** why others were left out, with their number */
  left: Map<string, number>;
}

/** An exact amount with a UCUM unit. */
interface Amount {
  measurement: Measurement;
  value: number;
  code: string;
  unit: string;
  conversion: UnitConversion | undefined;
}

/** @param measurements newest first: where two units are as frequent, the newer one counts */
export function inOneUnit(measurements: readonly Measurement[]): UsableMeasurements {
  const left = new Map<string, number>();
  const leave = (why: string) => left.set(why, (left.get(why) ?? 0) + 1);
  const amounts = measurements.flatMap((measurement) => {
    const amount = amountOf(measurement);
    if (typeof amount === 'object') return [amount];
    leave(amount);
    return [];
  });
  const alike = mostOf(amounts, ({ conversion, code }) => (conversion ? `~${conversion.preferred}` : code));
  const [first] = mostOf(alike, ({ code }) => code);
  if (!first) return { points: [], used: [], left };

  const points: Point[] = [];
  const used: Measurement[] = [];
  for (const amount of amounts) {
    const value = inUnitOf(first, amount);
    if (value === undefined) {
      leave(`in ${amount.code}, which cannot be converted to ${first.code}`);
      continue;
    }
    const { time } = amount.measurement;
    points.push({ value, ...(time === undefined ? {} : { time }) });
    used.push(amount.measurement);
  }
  return { unit: { code: first.code, unit: first.unit }, points, used, left };
}

/** The amount, or why there is none. */
function amountOf(measurement: Measurement): Amount | string {
  const { quantity, problem } = measurement;
  switch (problem) {
    case 'no value':
      return 'without a value';
    case 'no Quantity':
      return 'with a value that is no Quantity';
    case 'modifier extension':
      return 'with a modifier extension, which may change what it means';
  }
  const { value, comparator, system, code, unit } = quantity!;
  if (comparator !== undefined) return 'with a comparator, which is no exact value';
  if (system !== ucum || code === undefined) return 'without a UCUM unit';
  return { measurement, value: value!, code, unit: unit ?? code, conversion: conversionOf(code) };
}

/** The largest of the groups; of two as large the one that begins first. */
function mostOf<T>(all: readonly T[], nameOf: (item: T) => string): T[] {
  const groups = [...Map.groupBy(all, nameOf).values()];
  return groups.reduce<T[]>((most, group) => (group.length > most.length ? group : most), []);
}

function inUnitOf({ code, conversion }: Amount, amount: Amount): number | undefined {
  if (amount.code === code) return amount.value;
  if (!conversion || amount.conversion?.preferred !== conversion.preferred) return undefined;
  const preferred = convert(amount.value, amount.conversion);
  if (preferred === undefined) return undefined;
  const value = Number(((preferred - conversion.offset) / conversion.factor).toPrecision(12));
  return Number.isFinite(value) ? value : undefined;
}

/** The unit of a result, and what turns an amount of the measurements' unit into it. */
export function unitOf(dimension: Dimension, { code, unit }: Unit): Unit & { factor: number } {
  if (dimension === 'number') return { code: '1', unit: '1', factor: 1 };
  if (dimension === 'value') return { code, unit, factor: 1 };
  // A temperature has a zero of its own; a difference of temperatures has not, so it is in kelvin.
  const conversion = conversionOf(code);
  const isTemperature = conversion?.preferred === 'Cel';
  const factor = isTemperature ? conversion!.factor : 1;
  const own = isTemperature ? { code: 'K', unit: 'K' } : { code, unit };
  if (dimension === 'spread') return { ...own, factor };
  const derived = dimension === 'slope' ? `${own.code}/h` : squared(own.code);
  return { code: derived, unit: derived, factor: dimension === 'slope' ? factor : factor ** 2 };
}

/** An exponent belongs to a single unit; UCUM has none for a whole term. */
function squared(code: string): string {
  if (code === '1') return code;
  return /^[A-Za-z%[\]_]+$/.test(code) ? `${code}2` : `(${code}).(${code})`;
}
