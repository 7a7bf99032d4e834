// Order of values that an ElementDefinition may limit (elementdefinition.html: minValue, maxValue): numbers, dates and
// times, quantities of one unit.
import { isJsonNumber, numberOf } from '../json/jsonNumber.ts';

/** -1, 0 or 1; undefined where two values have no order: other types, other units, a date that says too little. */
export function compareOrdered(a: unknown, b: unknown): -1 | 0 | 1 | undefined {
  if (isJsonNumber(a) && isJsonNumber(b)) return order(numberOf(a), numberOf(b));
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return undefined;
  const [left, right] = [a, b] as Record<string, unknown>[];
  if (left.code !== right.code || left.system !== right.system) return undefined;
  return left.value === undefined || right.value === undefined
    ? undefined
    : compareOrdered(left.value, right.value);
}

const order = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);

/** Instants are compared as such; of two dates of different precision only what both say. */
function compareText(a: string, b: string): -1 | 0 | 1 | undefined {
  if (/^\d{4}-\d\d-\d\dT/.test(a) && /^\d{4}-\d\d-\d\dT/.test(b)) return order(Date.parse(a), Date.parse(b));
  const length = Math.min(a.length, b.length);
  const [left, right] = [a.slice(0, length), b.slice(0, length)];
  if (left !== right) return left < right ? -1 : 1;
  return a.length === b.length ? 0 : undefined;
}
