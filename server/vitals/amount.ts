// Amounts of a Quantity in the unit of a range (datatypes.html#Quantity): units by UCUM, comparators as what they leave open.
import { type JsonNumber, numberOf } from '../json/jsonNumber.ts';
import { conversionOf, convert, ucum } from '../units/unit.ts';
import type { Quantity } from './observation.ts';

/**
 * Spellings of units that are taken for UCUM where a quantity has no code: print symbols of UCUM and what monitors and charts
 * print, letter for letter. Any text that is a UCUM code itself is taken for it too.
 */
export const unitSpellings: ReadonlyMap<string, string> = new Map([
  ['°C', 'Cel'],
  ['℃', 'Cel'],
  ['° C', 'Cel'],
  ['degC', 'Cel'],
  ['°F', '[degF]'],
  ['℉', '[degF]'],
  ['° F', '[degF]'],
  ['degF', '[degF]'],
  ['mmHg', 'mm[Hg]'],
  ['mm Hg', 'mm[Hg]'],
  ['bpm', '/min'],
  ['beats/min', '/min'],
  ['beats/minute', '/min'],
  ['breaths/min', '/min'],
  ['breaths/minute', '/min'],
  ['per minute', '/min'],
  ['lb', '[lb_av]'],
  ['lbs', '[lb_av]'],
  ['oz', '[oz_av]'],
  ['in', '[in_i]'],
  ['ft', '[ft_i]'],
  ['kg/m²', 'kg/m2'],
  ['kg/m^2', 'kg/m2'],
  ['percent', '%'],
  ['l/min', 'L/min'],
]);

/** Counts and scores: nothing but 1 or an annotation. */
const unitless = /^(?:1|\{[^{}]*\})$/;

/** Whether amounts in this unit are mere numbers, such as a pain score. */
export function isUnitless(unit: string): boolean {
  return unitless.test(unit);
}

/** The UCUM code of a quantity's unit: `1` where it has none at all; undefined where it cannot be told. */
export function unitOf({ system, code, unit }: Quantity): string | undefined {
  if (code !== undefined) return system === ucum ? code : undefined;
  if (system !== undefined && system !== ucum) return undefined;
  if (unit === undefined) return '1';
  const text = unit.trim();
  return unitSpellings.get(text) ?? (isUnitless(text) || conversionOf(text) ? text : undefined);
}

/**
 * An amount in another unit, rounded to 10 significant digits (temperatures: 7 decimals) so that what is equal comes out
 * equal; undefined where one is not converted into the other. A mere number is one whatever it counts, but two different
 * annotations count different things.
 */
export function convertAmount(value: number, from: string, to: string): number | undefined {
  if (from === to) return value;
  if ((from === '1' && isUnitless(to)) || (to === '1' && isUnitless(from))) return value;
  const given = conversionOf(from);
  const wanted = conversionOf(to);
  if (!given || !wanted || given.preferred !== wanted.preferred) return undefined;
  if (given.factor === wanted.factor && given.offset === wanted.offset) return value;
  const amount = convert(value, given);
  if (amount === undefined || !Number.isFinite(amount)) return amount;
  if (wanted.factor === 1 && wanted.offset === 0) return amount;
  const converted = (amount - wanted.offset) / wanted.factor;
  return Number(wanted.preferred === 'Cel' ? converted.toFixed(7) : converted.toPrecision(10)) + 0;
}

/** What a value may be, both ends inclusive. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** The values a number with a comparator stands for; beside an excluded end by less than any range's digits. */
export function spanOf(value: number, comparator: string | undefined): Span {
  const step = Math.max(Math.abs(value), 1) * 1e-12;
  switch (comparator) {
    case '<':
      return { low: -Infinity, high: value - step };
    case '<=':
      return { low: -Infinity, high: value };
    case '>':
      return { low: value + step, high: Infinity };
    case '>=':
      return { low: value, high: Infinity };
    default:
      return { low: value, high: value };
  }
}

/** The value of a Quantity that has one, as what it may be in the units that are asked for. */
export interface Amount {
  /** its own unit, where that is UCUM */
  readonly unit: string | undefined;
  /** the unit as the quantity has it, to speak of it */
  readonly unitText: string;
  readonly comparator: string | undefined;
  readonly value: number;
}

/** Reads a Quantity with a value. */
export function amountOf(quantity: Quantity, value: JsonNumber): Amount {
  return {
    unit: unitOf(quantity),
    unitText: quantity.code ?? quantity.unit ?? 'no unit',
    comparator: quantity.comparator,
    value: numberOf(value),
  };
}

/** What an amount may be in a unit; undefined where it is not converted into it. */
export function spanIn({ unit, value, comparator }: Amount, wanted: string): Span | undefined {
  const converted = unit === undefined ? undefined : convertAmount(value, unit, wanted);
  return converted === undefined ? undefined : spanOf(converted, comparator);
}
