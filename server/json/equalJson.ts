// Deep equality of parsed JSON trees as JSON Patch `test` defines it (RFC 6902 section 4.6): objects regardless of the
// order of their members, numbers by value (1.50 equals 1.5, and twenty digits are all compared).
import { isJsonNumber, type JsonNumber, sourceOf } from './jsonNumber.ts';

/** Whether two parsed JSON trees mean the same; numbers may be plain or raw atoms on either side. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isJsonNumber(a)) return isJsonNumber(b) && equalNumbers(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || isJsonNumber(b))
    return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) &&
        equalJson((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

function equalNumbers(a: JsonNumber, b: JsonNumber): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a === b;
  return canonical(sourceOf(a)) === canonical(sourceOf(b));
}

/** One spelling per value: significant digits and the power of ten of the last one. */
function canonical(source: string): string {
  const [mantissa, exponent = '0'] = source.toLowerCase().split('e');
  const negative = mantissa.startsWith('-');
  const [whole, fraction = ''] = (negative ? mantissa.slice(1) : mantissa).split('.');
  const digits = trimStart(whole + fraction);
  if (digits === '') return '0';
  const significant = trimEnd(digits);
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${negative ? '-' : ''}${significant}e${power}`;
}

function trimStart(digits: string): string {
  let start = 0;
  while (digits.charCodeAt(start) === 48) start++;
  return digits.slice(start);
}

function trimEnd(digits: string): string {
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}
