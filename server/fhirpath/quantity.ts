// Quantities of FHIR and of FHIRPath as amounts that can be compared (http://hl7.org/fhirpath/N1/#quantity): in the same unit,
// in units of fixed time, or by the conversion the environment offers.
import { isJsonNumber, type JsonNumber, numberOf } from '../json/jsonNumber.ts';
import {
  compareNumbers,
  type Decimal,
  decimalOf,
  multiplyDecimals,
  numberFrom,
  roundDecimal,
} from './decimal.ts';
import { type Environment, type Item, type JsonObject, valueItem } from './item.ts';
import { calendarUnit, isCalendarWord } from './moment.ts';

/** The value of a System.Quantity: `unit` is a UCUM code or, with `calendar`, one of the words for calendar units. */
export interface Amount {
  readonly value: JsonNumber;
  readonly unit: string;
  readonly calendar: boolean;
  /** system of the code; absent for UCUM and for units that are only a text */
  readonly system?: string;
}

const ucum = 'http://unitsofmeasure.org';

/** The amount in an item that is a Quantity, or a number; undefined for other items, and without a value. */
export function amountOf(item: Item): Amount | undefined {
  const { value } = item;
  if (isJsonNumber(value)) return { value, unit: '1', calendar: false };
  if (item.type === 'System.Quantity') return value as Amount;
  if (typeof value !== 'object' || value === null) return undefined;
  const { value: number, code, system, unit, comparator } = value as JsonObject;
  // `<5` is no amount.
  if (!isJsonNumber(number) || comparator !== undefined) return undefined;
  if (typeof code === 'string') {
    return typeof system === 'string' && system !== ucum
      ? { value: number, unit: code, calendar: false, system }
      : { value: number, unit: code, calendar: false };
  }
  return { value: number, unit: typeof unit === 'string' ? unit : '1', calendar: false };
}

export function quantityItem(value: JsonNumber, unit: string, calendar = false): Item {
  return valueItem({ value, unit, calendar } satisfies Amount, 'System.Quantity');
}

/** Milliseconds in units of a fixed length, and months in those of none. */
const fixedTime: Record<string, number> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
};
const calendarTime: Record<string, number> = { year: 12, month: 1 };

/** Two values in one unit. */
interface InOneUnit {
  readonly values: readonly [JsonNumber, JsonNumber];
  readonly unit: string;
  readonly calendar: boolean;
}

/** Both amounts in one unit (of times, the finer one); undefined when there is none. */
export function inOneUnit(a: Amount, b: Amount, env: Environment): InOneUnit | undefined {
  if (a.system !== b.system) return undefined;
  if (a.unit === b.unit && a.calendar === b.calendar) return { ...a, values: [a.value, b.value] };
  if (a.system !== undefined) return undefined;
  const [left, right] = [timeUnit(a), timeUnit(b)];
  if (left && right) {
    const lengths = [fixedTime, calendarTime].find((table) => left in table && right in table);
    if (!lengths) return undefined;
    const [x, y] = [lengths[left]!, lengths[right]!];
    const finer = x < y ? a : b;
    const shorter = Math.min(x, y);
    const values = [times(a.value, x / shorter), times(b.value, y / shorter)] as const;
    return { values, unit: finer.unit, calendar: finer.calendar };
  }
  const [from, to] = [env.convertUnit?.(a.unit), env.convertUnit?.(b.unit)];
  if (!from || !to || from.preferred !== to.preferred) return undefined;
  return {
    values: [converted(a.value, from), converted(b.value, to)],
    unit: from.preferred,
    calendar: false,
  };
}

/** `d`, `days` and `day` are one unit; `a` and `mo` are averages, and no calendar units. */
function timeUnit({ unit, calendar }: Amount): string | undefined {
  return calendar || !isCalendarWord(unit) ? calendarUnit(unit) : undefined;
}

function times(value: JsonNumber, factor: number): JsonNumber {
  const decimal = decimalOf(value);
  return (
    (decimal && numberFrom(multiplyDecimals(decimal, { digits: BigInt(factor), scale: 0 }))) ??
    numberOf(value) * factor
  );
}

/** Rounded to 12 significant digits, so that equal amounts are equal whatever unit they came from. */
function converted(value: JsonNumber, { factor, offset }: { factor: number; offset: number }): number {
  return Number((numberOf(value) * factor + offset).toPrecision(12));
}

/** Negative, zero or positive; undefined where the units cannot be compared. */
export function compareAmounts(a: Amount, b: Amount, env: Environment): number | undefined {
  const values = inOneUnit(a, b, env)?.values;
  return values && compareNumbers(values[0], values[1]);
}

/** `~`: equal once both are rounded to the decimals of the less precise one. */
export function equivalentAmounts(a: Amount, b: Amount, env: Environment): boolean {
  const values = inOneUnit(a, b, env)?.values;
  if (!values) return averageUnits(a, b) && compareNumbers(a.value, b.value) === 0;
  if (a.unit === b.unit) return equivalentNumbers(values[0], values[1]);
  const [x, y] = [numberOf(values[0]), numberOf(values[1])];
  const [rough, exact, rest] = precision(a.value) <= precision(b.value) ? [x, y, a] : [y, x, b];
  const half = Math.abs(rough / numberOf(rest.value)) / 2 / 10 ** precision(rest.value);
  return x === y || Math.abs(rough - exact) <= half;
}

/** `1 'a' ~ 1 year` although `1 'a' = 1 year` is not known. */
function averageUnits(a: Amount, b: Amount): boolean {
  const averages: Record<string, string> = { a: 'year', mo: 'month' };
  const name = ({ unit, calendar }: Amount) => (calendar ? calendarUnit(unit) : averages[unit]);
  return name(a) !== undefined && name(a) === name(b);
}

function precision(value: JsonNumber): number {
  return decimalOf(value)?.scale ?? 0;
}

/** `~` of numbers: equal once both are rounded to the decimals of the less precise one. */
export function equivalentNumbers(a: JsonNumber, b: JsonNumber): boolean {
  const [left, right] = [decimalOf(a), decimalOf(b)];
  if (!left || !right) return compareNumbers(a, b) === 0;
  const scale = Math.min(left.scale, right.scale);
  const [x, y] = [roundDecimal(left, scale), roundDecimal(right, scale)] as [Decimal, Decimal];
  return x.digits === y.digits;
}
