// Numbers with all their digits (http://hl7.org/fhirpath/N1/#decimal): sums and products are exact, quotients carry twenty
// decimals. Plain numbers are used as long as they are whole and safe.
import { type JsonNumber, numberOf, sourceOf } from '../json/jsonNumber.ts';

/** `digits × 10^-scale`, where `scale` is the number of decimals as written. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Digits that a number may have when it is written out; what would have more is no number here. */
const mostDigits = 2000;
const quotientScale = 20;

/** The digits of a JSON number; undefined where it is too long to reckon with. */
export function decimalOf(number: JsonNumber): Decimal | undefined {
  const [mantissa, exponent = '0'] = sourceOf(number).toLowerCase().split('e') as [string, string?];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const power = Number(exponent) - fraction.length;
  if (whole.length + fraction.length > mostDigits || Math.abs(power) > mostDigits) return undefined;
  const digits = BigInt(whole + fraction);
  return power > 0 ? { digits: digits * 10n ** BigInt(power), scale: 0 } : { digits, scale: -power };
}

/** The decimal written out. */
export function formatDecimal({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return (negative ? '-' : '') + (scale === 0 ? whole : `${whole}.${text.slice(text.length - scale)}`);
}

/** A decimal as JSON keeps it; undefined where it has too many digits. */
export function numberFrom(decimal: Decimal): JsonNumber | undefined {
  const text = formatDecimal(decimal);
  if (text.length > mostDigits) return undefined;
  return String(Number(text)) === text ? Number(text) : JSON.rawJSON(text);
}

export function scaleTo({ digits, scale }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareNumbers(a: JsonNumber, b: JsonNumber): number {
  // Two doubles that were written as such are equal only if their texts are.
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : Number(a > b);
  if (numberOf(a) !== numberOf(b)) return numberOf(a) < numberOf(b) ? -1 : 1;
  const left = decimalOf(a);
  const right = decimalOf(b);
  if (!left || !right) return 0;
  const scale = Math.max(left.scale, right.scale);
  const [x, y] = [scaleTo(left, scale), scaleTo(right, scale)];
  return x < y ? -1 : Number(x > y);
}

export function addDecimals(a: Decimal, b: Decimal, sign: 1n | -1n = 1n): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: scaleTo(a, scale) + sign * scaleTo(b, scale), scale };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** The quotient, rounded to twenty decimals and without zeros at its end; undefined for a division by zero. */
export function divideDecimals(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.digits === 0n) return undefined;
  const scale = quotientScale + a.scale;
  const dividend = scaleTo(a, scale + b.scale + 1);
  const quotient = { digits: dividend / b.digits, scale: scale + 1 };
  return withoutZeros(roundDecimal(quotient, quotientScale));
}

/** Whole part of the quotient, and what is left over with the sign of the dividend; undefined for a division by zero. */
export function divideWhole(a: Decimal, b: Decimal): { quotient: bigint; rest: Decimal } | undefined {
  if (b.digits === 0n) return undefined;
  const scale = Math.max(a.scale, b.scale);
  const [x, y] = [scaleTo(a, scale), scaleTo(b, scale)];
  return { quotient: x / y, rest: { digits: x % y, scale } };
}

/** Rounded half away from zero to `scale` decimals; as it is when it has no more of them. */
export function roundDecimal(decimal: Decimal, scale: number): Decimal {
  if (decimal.scale <= scale) return decimal;
  const unit = 10n ** BigInt(decimal.scale - scale);
  const half = decimal.digits < 0n ? -unit / 2n : unit / 2n;
  return { digits: (decimal.digits + half) / unit, scale };
}

/** Without decimals, rounded `down`, `up` or towards zero. */
export function wholeDecimal(decimal: Decimal, direction: 'down' | 'up' | 'zero'): bigint {
  const unit = 10n ** BigInt(decimal.scale);
  const whole = decimal.digits / unit;
  const rest = decimal.digits % unit;
  if (direction === 'down' && rest < 0n) return whole - 1n;
  if (direction === 'up' && rest > 0n) return whole + 1n;
  return whole;
}

export function withoutZeros({ digits, scale }: Decimal): Decimal {
  let [rest, left] = [digits, scale];
  while (left > 0 && rest % 10n === 0n) {
    rest /= 10n;
    left -= 1;
  }
  return { digits: rest, scale: left };
}

/** One text for each value: for sets of numbers. */
export function numberKey(number: JsonNumber): string {
  if (typeof number === 'number') return String(number);
  const decimal = decimalOf(number);
  return decimal ? formatDecimal(withoutZeros(decimal)) : number.rawJSON;
}
