// Comparing the values that conditions in a patch path meet: numbers by value, dates by their common precision
// (http://hl7.org/fhirpath/N1/#comparison). `undefined` is FHIRPath's empty: the answer is not known.
import { equalJson } from '../json/equalJson.ts';
import { isJsonNumber, type JsonNumber, numberOf, sourceOf } from '../json/jsonNumber.ts';

/** A value beside its type: a FHIR type code, a definition path or the type of a literal. */
export interface TypedValue {
  value: unknown;
  type: string;
}

const momentTypes = new Set(['date', 'dateTime', 'instant', 'time']);

/** `=`: a date literal makes it a comparison in time, everything else is compared as JSON. */
export function equalValues(left: TypedValue, right: TypedValue): boolean | undefined {
  if (left.value === undefined || right.value === undefined) {
    return undefined;
  }
  if (areMoments(left, right)) {
    const order = compareMoments(left.value, right.value);
    return order === undefined ? undefined : order === 0;
  }
  return equalJson(left.value, right.value);
}

/** `~` between primitives: strings whatever their case and spacing. */
export function equivalentValues(left: TypedValue, right: TypedValue): boolean {
  const { value: a } = left;
  const { value: b } = right;
  if (typeof a === 'string' && typeof b === 'string' && !areMoments(left, right)) {
    return foldedText(a) === foldedText(b);
  }
  return equalValues(left, right) ?? a === b;
}

/** Negative, zero or positive as `left` is before, at or after `right`; `null` when the two cannot be ordered at all. */
export function compareValues(left: TypedValue, right: TypedValue): number | undefined | null {
  const { value: a } = left;
  const { value: b } = right;
  if (a === undefined || b === undefined) {
    return undefined;
  }
  if (isJsonNumber(a) && isJsonNumber(b)) {
    return compareNumbers(a, b);
  }
  if (typeof a !== 'string' || typeof b !== 'string') {
    return null;
  }
  if (areMoments(left, right)) {
    return compareMoments(a, b);
  }
  return a < b ? -1 : Number(a > b);
}

/** Whether both are points in time, a string standing for one when the other side is a date, dateTime or time. */
function areMoments(left: TypedValue, right: TypedValue): boolean {
  const isMoment = ({ type }: TypedValue) => momentTypes.has(type);
  return (
    (isMoment(left) || isMoment(right)) && typeof left.value === 'string' && typeof right.value === 'string'
  );
}

function foldedText(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Rounding to doubles keeps the order, so the digits matter only where two numbers round to the same double. */
function compareNumbers(a: JsonNumber, b: JsonNumber): number {
  if (numberOf(a) !== numberOf(b)) {
    return numberOf(a) < numberOf(b) ? -1 : 1;
  }
  const [left, right] = [scaled(a), scaled(b)];
  const power = Math.min(left.power, right.power);
  const [x, y] = [left, right].map((part) => part.digits * 10n ** BigInt(part.power - power));
  return x < y ? -1 : Number(x > y);
}

/** A number as digits × 10^power. */
function scaled(number: JsonNumber): { digits: bigint; power: number } {
  const [mantissa, exponent = '0'] = sourceOf(number).toLowerCase().split('e');
  const [whole, fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), power: Number(exponent) - fraction.length };
}

const dateAndTime =
  /^(?:(\d{4})(?:-(\d\d)(?:-(\d\d))?)?)?T?(?:(\d\d)(?::(\d\d)(?::(\d\d(?:\.\d+)?))?)?)?(Z|[+-]\d\d:\d\d)?$/;

/** Component by component; unknown where the precisions differ before a difference is found, or only one has a zone. */
function compareMoments(left: unknown, right: unknown): number | undefined {
  const a = momentParts(String(left));
  const b = momentParts(String(right));
  if (!a || !b || a.hasDate !== b.hasDate) {
    return undefined;
  }
  const shared = Math.min(a.parts.length, b.parts.length);
  if (shared > 3 && a.zoned !== b.zoned) {
    return undefined;
  }
  for (let index = 0; index < shared; index += 1) {
    if (a.parts[index] !== b.parts[index]) {
      return a.parts[index] - b.parts[index];
    }
  }
  return a.parts.length === b.parts.length ? 0 : undefined;
}

/** Year, month, day, hour, minute, second as far as given, moved to UTC where there is a zone. */
function momentParts(text: string): { parts: number[]; hasDate: boolean; zoned: boolean } | undefined {
  const match = dateAndTime.exec(text);
  if (!match || text === '') {
    return undefined;
  }
  const zone = match[7];
  const fields = match.slice(1, 7);
  const hasDate = fields[0] !== undefined;
  const parts = fields.filter((field) => field !== undefined).map(Number);
  if (!zone || parts.length < 5 || !hasDate) {
    return { parts, hasDate, zoned: false };
  }
  const [year, month, day, hour, minute, ...second] = parts;
  const [zoneHours, zoneMinutes] = zone === 'Z' ? [0, 0] : zone.slice(1).split(':').map(Number);
  const offset = (zoneHours * 60 + zoneMinutes) * (zone.startsWith('-') ? -1 : 1);
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute - offset);
  const moved = [
    utc.getUTCFullYear(),
    utc.getUTCMonth() + 1,
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
  ];
  return { parts: [...moved, ...second], hasDate, zoned: true };
}
