// Dates, times and their partial precision (http://hl7.org/fhirpath/N1/#datetime-equality, #comparison,
// #datetime-arithmetic).

/** A date, dateTime or time as far as it is given. */
export interface Moment {
  /** year, month, day, hour, minute, second, millisecond; of a time, hour and what follows */
  readonly parts: readonly number[];
  readonly kind: 'Date' | 'DateTime' | 'Time';
  /** minutes east of UTC; undefined where no zone is given */
  readonly zone: number | undefined;
  /** the zone as written */
  readonly zoneText: string;
}

const dateAndTime =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:(T)(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?(Z|[+-]\d\d:\d\d)?)?$/;
const timeOnly = /^T?(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?$/;

/** The moment a text spells (a dateTime may lack anything from its end on); undefined for other texts. */
export function parseMoment(text: string): Moment | undefined {
  const match = dateAndTime.exec(text);
  if (match) {
    const [, year, month, day, t, hour, minute, second, fraction, zoneText = ''] = match;
    if ((hour !== undefined && day === undefined) || (zoneText !== '' && hour === undefined))
      return undefined;
    const parts = numbers([year, month, day, hour, minute, second, milliseconds(fraction)]);
    const zone = zoneText === '' ? undefined : zoneMinutes(zoneText);
    return isDate(parts) && isClock(parts.slice(3))
      ? { parts, kind: t ? 'DateTime' : 'Date', zone, zoneText }
      : undefined;
  }
  const clock = timeOnly.exec(text);
  if (!clock) return undefined;
  const parts = numbers([clock[1], clock[2], clock[3], milliseconds(clock[4])]);
  return isClock(parts) ? { parts, kind: 'Time', zone: undefined, zoneText: '' } : undefined;
}

/** Three digits; further ones are cut off. */
function milliseconds(fraction: string | undefined): string | undefined {
  return fraction?.slice(0, 3).padEnd(3, '0');
}

function numbers(fields: readonly (string | undefined)[]): number[] {
  return fields.filter((field) => field !== undefined).map(Number);
}

function isDate([year, month = 1, day = 1]: readonly number[]): boolean {
  return year! > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year!, month);
}

function isClock([hour = 0, minute = 0, second = 0]: readonly number[]): boolean {
  return hour < 24 && minute < 60 && second <= 60;
}

/** Days of a month, counted from 1. */
export function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** Whether two texts of the same length and zone can be ordered as texts. */
function areAlike(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  if (a.length <= 10) return true;
  if (a.endsWith('Z')) return b.endsWith('Z');
  const sign = a.charCodeAt(a.length - 6);
  if (sign === 43 || sign === 45) return a.slice(-6) === b.slice(-6);
  return b.charCodeAt(b.length - 6) !== 43 && b.charCodeAt(b.length - 6) !== 45 && !b.endsWith('Z');
}

/**
 * Negative, zero or positive as the moment `a` is before, at or after `b`; undefined where their precision does not tell,
 * `null` where one is no moment or they are of different kinds (a time and a date).
 */
export function compareMoments(a: string, b: string): number | undefined | null {
  if (areAlike(a, b) && a.charCodeAt(4) === b.charCodeAt(4)) return a < b ? -1 : Number(a > b);
  const left = parseMoment(a);
  const right = parseMoment(b);
  if (!left || !right || (left.kind === 'Time') !== (right.kind === 'Time')) return null;
  if (left.kind === 'Time') return compareParts(left.parts, right.parts, 2);
  const leftTimed = left.parts.length > 3;
  const rightTimed = right.parts.length > 3;
  if (!leftTimed || !rightTimed || (left.zone === undefined && right.zone === undefined)) {
    return compareParts(left.parts, right.parts, 5);
  }
  if (left.zone !== undefined && right.zone !== undefined) {
    return compareParts(shifted(left.parts, left.zone), shifted(right.parts, right.zone), 5);
  }
  return compareUnzoned(left, right);
}

/** A text that moments share which are certainly equal; undefined for what is no moment. */
export function keyOfMoment(text: string): string | undefined {
  const moment = parseMoment(text);
  if (!moment) return undefined;
  const { kind, zone } = moment;
  const time = kind === 'Time';
  const zoned = zone !== undefined && moment.parts.length > 3;
  const parts = zoned ? shifted(moment.parts, zone) : [...moment.parts];
  // Seconds and milliseconds are one precision.
  if (parts.length === (time ? 3 : 6)) parts.push(0);
  return `${time ? 'T' : ''}${parts.join()}${zoned ? 'Z' : ''}`;
}

/** Parts from the year on; seconds and milliseconds are one precision. `seconds` is the index of the seconds. */
function compareParts(a: readonly number[], b: readonly number[], seconds: number): number | undefined {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  if (a.length === b.length) return 0;
  if (shared <= seconds) return undefined;
  return (a[seconds + 1] ?? 0) - (b[seconds + 1] ?? 0);
}

/** Parts moved to UTC, no more of them than there were. */
function shifted(parts: readonly number[], zone: number): number[] {
  const time = momentTime(parts) - zone * 60_000;
  const utc = new Date(time);
  return [
    utc.getUTCFullYear(),
    utc.getUTCMonth() + 1,
    utc.getUTCDate(),
    utc.getUTCHours(),
    utc.getUTCMinutes(),
    ...parts.slice(5),
  ].slice(0, Math.max(parts.length, 4));
}

/** Milliseconds since 1970 of parts that are taken for UTC; what is missing is the first of its kind. */
export function momentTime(parts: readonly number[]): number {
  const [year, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0] = parts;
  const date = new Date(0);
  date.setUTCFullYear(year!, month - 1, day);
  date.setUTCHours(hour, minute, second, millisecond);
  return date.getTime();
}

const hour = 3_600_000;

/** One of them has no zone, which may be any from UTC-12 to UTC+14: known when it makes no difference. */
function compareUnzoned(left: Moment, right: Moment): number | undefined {
  const [a, b] = [left, right].map(({ parts, zone }) => {
    const from = momentTime(parts) - (zone ?? 0) * 60_000;
    const length = parts.length > 5 ? 0 : parts.length > 4 ? 60_000 : hour;
    return zone === undefined ? [from - 14 * hour, from + length + 12 * hour] : [from, from + length];
  }) as [[number, number], [number, number]];
  if (a[1] < b[0]) return -1;
  return a[0] > b[1] ? 1 : undefined;
}

/** Precision from the least to the finest, as `Moment.parts` of dates counts them. */
const calendar = ['year', 'month', 'day', 'hour', 'minute', 'second', 'millisecond'] as const;
export type CalendarUnit = (typeof calendar)[number] | 'week';

/** Calendar words and the UCUM codes that stand for a fixed time; not `a` and `mo`, whose length is an average. */
const codes: Record<string, CalendarUnit> = {
  d: 'day',
  wk: 'week',
  h: 'hour',
  min: 'minute',
  s: 'second',
  ms: 'millisecond',
};
const units: Record<string, CalendarUnit> = { ...codes };
for (const unit of [...calendar, 'week'] as const) {
  units[unit] = unit;
  units[`${unit}s`] = unit;
}

/** The calendar unit a code or word means. */
export function calendarUnit(text: string): CalendarUnit | undefined {
  return Object.hasOwn(units, text) ? units[text] : undefined;
}

/** Whether a text is one of the words for calendar units, and no code. */
export function isCalendarWord(text: string): boolean {
  return Object.hasOwn(units, text) && !Object.hasOwn(codes, text);
}

const perUnit = { hour, minute: 60_000, second: 1000, millisecond: 1, day: 24 * hour, week: 7 * 24 * hour };

/**
 * The text of a moment, `amount` units later. An amount in units finer than the precision is cut down to whole units of it;
 * the last day of a month stays in the month (N1, date/time arithmetic). Undefined beyond the years 1 to 9999.
 */
export function addTime(text: string, amount: number, unit: CalendarUnit): string | undefined {
  const moment = parseMoment(text);
  if (!moment) return undefined;
  const time = moment.kind === 'Time';
  const known = moment.parts.length;
  const finest = calendar[(time ? 3 : 0) + known - 1]!;
  const whole = Math.trunc(amount);
  if (time) {
    if (unit === 'year' || unit === 'month' || unit === 'week' || unit === 'day') return undefined;
    const added = inUnitsOf(whole, unit, finest) * perUnit[finest as 'hour'];
    const parts = [2000, 1, 1, ...moment.parts];
    return writeTime(partsOf(new Date(momentTime(parts) + added)).slice(3, 3 + known));
  }
  const parts = [...moment.parts];
  if (unit === 'year' || unit === 'month' || finest === 'year' || finest === 'month') {
    const months = monthsOf(whole, unit, finest);
    const total = parts[0]! * 12 + ((parts[1] ?? 1) - 1) + months;
    const [year, month] = [Math.floor(total / 12), (total % 12) + 1];
    if (year < 1 || year > 9999) return undefined;
    parts[0] = year;
    if (known > 1) parts[1] = month;
    if (known > 2) parts[2] = Math.min(parts[2]!, daysIn(year, month));
    return writeDate(parts, moment);
  }
  const added = inUnitsOf(whole, unit, finest) * perUnit[finest as 'day'];
  const date = new Date(momentTime(parts) + added);
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return undefined;
  return writeDate(partsOf(date).slice(0, known), moment);
}

/** Whole units of `finest` in an amount of a possibly finer unit. */
function inUnitsOf(amount: number, unit: Exclude<CalendarUnit, 'year' | 'month'>, finest: string): number {
  return Math.trunc((amount * perUnit[unit]) / perUnit[finest as 'day']);
}

/** Months to add to a date that knows its month or less, at 30 days a month and 365 days a year. */
function monthsOf(amount: number, unit: CalendarUnit, finest: string): number {
  if (unit === 'year') return amount * 12;
  if (unit === 'month') return finest === 'year' ? Math.trunc(amount / 12) * 12 : amount;
  const days = Math.trunc((amount * perUnit[unit]) / perUnit.day);
  return finest === 'year' ? Math.trunc(days / 365) * 12 : Math.trunc(days / 30);
}

function partsOf(date: Date): number[] {
  return [
    date.getUTCFullYear(),
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    date.getUTCMilliseconds(),
  ];
}

const two = (number: number) => String(number).padStart(2, '0');

/** Hour, minute, second and millisecond, as far as given, as text. */
export function writeTime([hours, minutes, seconds, millis]: readonly number[]): string {
  let text = two(hours!);
  if (minutes !== undefined) text += `:${two(minutes)}`;
  if (seconds !== undefined) text += `:${two(seconds)}`;
  if (millis !== undefined) text += `.${String(millis).padStart(3, '0')}`;
  return text;
}

/** Parts of a date or dateTime as text. */
export function writeDate(
  parts: readonly number[],
  { kind, zoneText }: Pick<Moment, 'kind' | 'zoneText'>,
): string {
  const [year, month, day, ...clock] = parts;
  let text = String(year).padStart(4, '0');
  if (month !== undefined) text += `-${two(month)}`;
  if (day !== undefined) text += `-${two(day)}`;
  if (clock.length > 0) return `${text}T${writeTime(clock)}${zoneText}`;
  return kind === 'DateTime' ? `${text}T` : text;
}
