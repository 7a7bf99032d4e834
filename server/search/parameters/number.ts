// Number parameters (search.html#number), and the decimal arithmetic that quantities share. A stored number is a
// point; a searched one stands for the range that its significant figures leave open (`100` is 99.5 up to 100.5).

import { refuse } from '../../errors.ts';
import { type Prefix, splitPrefix } from './date.ts';

/**
 * A comparison. `value` is the number as written, taken exactly by `gt lt ge le sa eb`; `low` (inclusive) and `high`
 * (exclusive) are the range for `eq ne ap`. Quantities may also ask for a unit.
 */
export interface NumberTest {
  prefix: Prefix;
  value: number;
  low: number;
  high: number;
  /** hash of `system|code` */
  unit?: bigint;
  /** hash of the bare unit, as code or as text */
  unitCode?: bigint;
  /** what a row may not have for a `unitCode` */
  notUnitCode?: bigint;
}

/** The values a stored element may have, both ends inclusive; the same twice for a plain number. */
export interface NumberRange {
  low: number;
  high: number;
}

const decimal = /^([+-]?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,3}))?$/;

/** A JSON number, or an atom made by JSON.rawJSON, as a double; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null || !JSON.isRawJSON(value)) return undefined;
  const number = Number((value as { rawJSON: string }).rawJSON);
  return Number.isFinite(number) ? number : undefined;
}

/** The range of one element value: decimal, integer or Range (whose limits are numbers with units). */
export function numberRangeOf(value: unknown, dataType: string): NumberRange | undefined {
  if (dataType === 'Range') {
    const { low, high } = (value ?? {}) as { low?: { value?: unknown }; high?: { value?: unknown } };
    return toRange(numberOf(low?.value), numberOf(high?.value));
  }
  const number = numberOf(value);
  return number === undefined ? undefined : { low: number, high: number };
}

/** A range from its ends, of which one may be open. */
export function toRange(low: number | undefined, high: number | undefined): NumberRange | undefined {
  if (low === undefined && high === undefined) return undefined;
  return { low: low ?? Number.NEGATIVE_INFINITY, high: high ?? Number.POSITIVE_INFINITY };
}

/** The next double above (1) or below (-1). */
export function nextNumber(number: number, direction: 1 | -1): number {
  if (number === 0) return direction * Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(number > 0 ? direction : -direction));
  return view.getFloat64(0);
}

/** The number and the range that its significant figures leave open, computed in decimal; undefined if no decimal. */
export function significantRange(text: string): { value: number; low: number; high: number } | undefined {
  const match = decimal.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n);
  const scale = Number(exponent) - fraction.length - 1;
  const at = (tenths: bigint): number => Number(`${tenths}e${scale}`);
  const value = at(digits * 10n);
  // Of numbers with more digits than a double holds, the range is no wider than the number.
  const high = Math.max(at(digits * 10n + 5n), nextNumber(value, 1));
  const range = { value, low: Math.min(at(digits * 10n - 5n), value), high };
  return Number.isFinite(range.low) && Number.isFinite(range.high) ? range : undefined;
}

/**
 * Parses `[prefix]number`, without a unit.
 * @throws FhirError 400 when it is no number
 */
export function parseNumber(parameter: string, text: string): NumberTest {
  const { prefix, rest } = splitPrefix(text);
  const range = significantRange(rest);
  if (!range) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': '${text}' is no number. Expected is an optional prefix ` +
        '(eq ne gt lt ge le sa eb ap) and a decimal.',
    );
  }
  if (prefix !== 'ap') return { prefix, ...range };
  const margin = Math.abs(range.value) / 10;
  const low = Math.min(range.low, range.value - margin);
  return { prefix, value: range.value, low, high: Math.max(range.high, range.value + margin) };
}

/** The SQL condition of a test on a row of `search_quantity`. */
export function numberCondition(test: NumberTest, row: string, bind: (value: unknown) => string): string {
  const units = [
    ...(test.unit === undefined ? [] : [`${row}.unit = ${bind(test.unit)}`]),
    ...(test.unitCode === undefined ? [] : [`${row}.unit_code = ${bind(test.unitCode)}`]),
    ...(test.notUnitCode === undefined ? [] : [`${row}.unit_code <> ${bind(test.notUnitCode)}`]),
  ];
  return [comparison(test, row, (number) => `${bind(number)}::float8`), ...units].join(' AND ');
}

function comparison(test: NumberTest, row: string, bind: (value: number) => string): string {
  const [low, high] = [`${row}.low`, `${row}.high`];
  switch (test.prefix) {
    case 'eq':
      // The second comparison follows from the other two, but bounds the index scan.
      return `${low} >= ${bind(test.low)} AND ${low} < ${bind(test.high)} AND ${high} < ${bind(test.high)}`;
    case 'ne':
      return `(${low} < ${bind(test.low)} OR ${high} >= ${bind(test.high)})`;
    // Rows that are no points have an index of their own for these.
    case 'gt':
      return endsBeyond(row, '>', bind(test.value));
    case 'lt':
      return `${low} < ${bind(test.value)}`;
    case 'ge':
      return endsBeyond(row, '>=', bind(test.value));
    case 'le':
      return `${low} <= ${bind(test.value)}`;
    case 'sa':
      return `${low} > ${bind(test.value)}`;
    case 'eb':
      return `${high} < ${bind(test.value)} AND ${low} < ${bind(test.value)}`;
    case 'ap':
      return `${low} <= ${bind(test.high)} AND ${endsBeyond(row, '>=', bind(test.low))}`;
  }
}

/** `high > value`, as points and as ranges. */
function endsBeyond(row: string, operator: '>' | '>=', value: string): string {
  return `(${row}.low ${operator} ${value} OR (${row}.high ${operator} ${value} AND ${row}.high <> ${row}.low))`;
}
