// Ages in completed units at the time of a measurement (datatypes.html#Age). Dates are taken as they are written, in the
// calendar of the place; a birthday that its month does not have is the first of the next (29 February: 1 March).
import type { AgeRange } from './vitalSign.ts';

/** One age, in completed units. */
export interface Age {
  readonly a: number;
  readonly mo: number;
  readonly wk: number;
  readonly d: number;
  readonly h: number;
}

/** The youngest and the oldest that somebody may have been. */
export interface AgeSpan {
  readonly from: Age;
  readonly to: Age;
}

/** A day, a minute of it, and the minutes its zone is east of UTC, where it is told. */
interface Point {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** days since 1970 */
  readonly days: number;
  readonly minute: number;
  readonly zone: number | undefined;
}

const written =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(?:(Z)|([+-])(\d\d):(\d\d))?)?)?)?$/;

const lastMinute = 1439;
const dayLength = 86_400_000;

/** The first and the last moment that a date, a dateTime, or the beginning of one, may mean. */
function pointsOf(text: string): [first: Point, last: Point] | undefined {
  const match = written.exec(text);
  if (!match) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2] ?? 1);
  const day = Number(match[3] ?? 1);
  const lastMonth = match[2] === undefined ? 12 : month;
  const lastDay = match[3] === undefined ? daysIn(year, lastMonth) : day;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  const minute = match[4] === undefined ? undefined : Number(match[4]) * 60 + Number(match[5]);
  const zone = match[6] ? 0 : match[7] && Number(`${match[7]}1`) * (Number(match[8]) * 60 + Number(match[9]));
  const east = typeof zone === 'number' ? zone : undefined;
  const first = pointAt(year, month, day, minute ?? 0, east);
  if (minute !== undefined) return [first, first];
  return [first, pointAt(year, lastMonth, lastDay, lastMinute, east)];
}

function pointAt(year: number, month: number, day: number, minute: number, zone: number | undefined): Point {
  // Four centuries later, since the years 0 to 99 are those of the 20th century to Date.
  return { year, month, day, days: Date.UTC(year + 400, month - 1, day) / dayLength - 146_097, minute, zone };
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year + 400, month, 0)).getUTCDate();
}

/** The point `days` days later. */
function later(point: Point, days: number, minute: number): Point {
  const date = new Date((point.days + days) * dayLength);
  return pointAt(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), minute, point.zone);
}

function ageBetween(birth: Point, when: Point): Age {
  const mo = (when.year - birth.year) * 12 + when.month - birth.month - (when.day < birth.day ? 1 : 0);
  const d = when.days - birth.days;
  const shift = birth.zone === undefined || when.zone === undefined ? 0 : when.zone - birth.zone;
  const h = Math.floor((d * 1440 + when.minute - birth.minute - shift) / 60);
  return { a: Math.floor(mo / 12), mo, wk: Math.floor(d / 7), d, h };
}

const newborn: Age = { a: 0, mo: 0, wk: 0, d: 0, h: 0 };

/**
 * How old somebody is at a date or time, in completed units; where either is given in part, between what and what. Hours
 * are exact only where both have a time. Undefined where `when` is before the birth, or either is no date.
 */
export function ageAt(birthDate: string, when: string): AgeSpan | undefined {
  const born = pointsOf(birthDate);
  const moment = pointsOf(when);
  if (!born || !moment) return undefined;
  const to = ageBetween(born[0], moment[1]);
  if (to.d < 0) return undefined;
  const from = ageBetween(born[1], moment[0]);
  return { from: from.d < 0 ? newborn : from.h < 0 ? { ...from, h: 0 } : from, to };
}

/** Ages below this many days are looked at hour by hour, where ranges are in hours. */
export const DAYS_IN_HOURS = 31;

/**
 * The ages that somebody may have had, from the youngest to the oldest: one of each kind that the ranges tell apart. Empty
 * before the birth.
 */
export function possibleAges(birthDate: string, when: string, ranges: readonly AgeRange[]): Age[] {
  const span = ageAt(birthDate, when);
  if (!span) return [];
  const { from, to } = span;
  if (from.d === to.d) return ranges.some(isInHours) ? hourly(from, from.h, to.h) : [from];
  const [earliest, latest] = pointsOf(birthDate)!;
  const first = pointsOf(when)![0];
  // A day older at each step: born earlier and earlier, then measured later and later.
  const births = latest.days - earliest.days;
  const youngest = first.days - latest.days;
  const ageInDays = (d: number): Age => {
    const step = d - youngest;
    return step <= births
      ? ageBetween(later(latest, -step, 0), first)
      : ageBetween(earliest, later(first, step - births, 0));
  };
  if (!ranges.some(isInHours)) return toldApart(from.d, to.d, ageInDays, ranges);
  const ages: Age[] = [];
  for (let d = from.d; d <= to.d; d++) {
    ages.push(...hourly(ageInDays(d), Math.max(0, d * 24 - 23), d * 24 + 23));
  }
  return ages;
}

/** One age of each kind between two places of a sequence that only ages: what both ends of a stretch share, all of it does. */
function toldApart(
  low: number,
  high: number,
  ageOf: (place: number) => Age,
  ranges: readonly AgeRange[],
): Age[] {
  const ages = [ageOf(low)];
  const split = (a: number, ageAtA: Age, b: number, ageAtB: Age): void => {
    if (ranges.every((range) => areAlike(range, ageAtA, ageAtB))) return;
    if (b - a === 1) {
      ages.push(ageAtB);
      return;
    }
    const middle = (a + b) >> 1;
    const ageAtMiddle = ageOf(middle);
    split(a, ageAtA, middle, ageAtMiddle);
    split(middle, ageAtMiddle, b, ageAtB);
  };
  if (high > low) split(low, ages[0]!, high, ageOf(high));
  return ages;
}

/** Whether two ages are on the same side of each end of a range. */
function areAlike({ low, high }: AgeRange, a: Age, b: Age): boolean {
  return (
    (!low || a[low.unit] >= low.value === b[low.unit] >= low.value) &&
    (!high || a[high.unit] <= high.value === b[high.unit] <= high.value)
  );
}

function isInHours({ low, high }: AgeRange): boolean {
  return low?.unit === 'h' || high?.unit === 'h';
}

function hourly(age: Age, from: number, to: number): Age[] {
  if (age.d >= DAYS_IN_HOURS || from === to) return [age];
  return Array.from({ length: to - from + 1 }, (_, i) => ({ ...age, h: from + i }));
}

let known: { readonly daily: readonly Age[]; readonly hourly: readonly Age[] } | undefined;

/**
 * The ages of somebody of whom nothing is known, one of each kind that the ranges tell apart. Looked at are days up to two
 * months, months up to 20 years, years up to 130.
 */
export function everyAge(ranges: readonly AgeRange[]): readonly Age[] {
  known ??= listAges();
  const { daily } = known;
  if (ranges.some(isInHours)) return known.hourly;
  return toldApart(0, daily.length - 1, (place) => daily[place]!, ranges);
}

function listAges(): { daily: Age[]; hourly: Age[] } {
  const birth = pointAt(2001, 1, 1, 0, undefined);
  const daily: Age[] = [];
  for (let d = 0; d < 62; d++) daily.push(ageBetween(birth, later(birth, d, 0)));
  for (let mo = 3; mo < 240; mo++) {
    daily.push(ageBetween(birth, pointAt(2001 + Math.floor(mo / 12), (mo % 12) + 1, 1, 0, undefined)));
  }
  for (let a = 20; a <= 130; a++) daily.push(ageBetween(birth, pointAt(2001 + a, 1, 1, 0, undefined)));
  return { daily, hourly: daily.flatMap((age) => hourly(age, age.h, age.h + 23)) };
}

/** Whether an age lies in a range; both ends belong to it. */
export function isInAge({ low, high }: AgeRange, age: Age): boolean {
  return (
    (low === undefined || age[low.unit] >= low.value) && (high === undefined || age[high.unit] <= high.value)
  );
}
