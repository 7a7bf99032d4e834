// Date parameters (search.html#date): every date is the range of instants that its precision leaves open; a search
// compares ranges. Times without zone are taken as UTC.

import { refuse } from '../../errors.ts';

/** A range of instants in milliseconds since the epoch, both ends inclusive; open ends are ±Infinity. */
export interface DateRange {
  low: number;
  high: number;
}

export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** A comparison with the range that the search value stands for (for `ap` already widened). */
export interface DateTest extends DateRange {
  prefix: Prefix;
}

const prefixed = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=.)/;

const dateTime =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;

const minute = 60_000;

/** The prefix of an ordered search value, `eq` when there is none, and what follows it. */
export function splitPrefix(text: string): { prefix: Prefix; rest: string } {
  const prefix = prefixed.exec(text)?.[1];
  return prefix === undefined
    ? { prefix: 'eq', rest: text }
    : { prefix: prefix as Prefix, rest: text.slice(2) };
}

/** The years that dates and Postgres' spelling of them have; time zones reach a few hours beyond them. */
const firstInstant = Date.parse('0001-01-01T00:00:00.000Z');
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z');

function bounded(ms: number): number {
  if (ms < firstInstant) return Number.NEGATIVE_INFINITY;
  return ms > lastInstant ? Number.POSITIVE_INFINITY : ms;
}

/** The instants that a date, dateTime or instant may mean; undefined when it is none. */
export function dateRange(text: string): DateRange | undefined {
  const range = unboundedRange(text);
  return range && { low: bounded(range.low), high: bounded(range.high) };
}

function unboundedRange(text: string): DateRange | undefined {
  const match = dateTime.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minutes, second, fraction, zone] = match;
  const y = Number(year);
  if (y === 0) return undefined;
  if (month === undefined) return span(utc(y, 0, 1), utc(y + 1, 0, 1));
  const m = Number(month) - 1;
  if (m < 0 || m > 11) return undefined;
  if (day === undefined) return span(utc(y, m, 1), utc(y, m + 1, 1));
  const d = Number(day);
  const start = utc(y, m, d);
  if (d < 1 || new Date(start).getUTCDate() !== d) return undefined;
  if (hour === undefined) return span(start, start + 1440 * minute);
  const [h, min] = [Number(hour), Number(minutes)];
  if (h > 23 || min > 59) return undefined;
  const offset = offsetOf(zone);
  if (offset === undefined) return undefined;
  const time = start + (h * 60 + min - offset) * minute;
  if (second === undefined) return span(time, time + minute);
  const s = Number(second);
  if (s > 60) return undefined; // 60 is a leap second
  if (fraction === undefined) return span(time + s * 1000, time + (s + 1) * 1000);
  const digits = Math.min(fraction.length, 3);
  const size = 10 ** (3 - digits);
  const low = time + s * 1000 + Number(fraction.slice(0, digits)) * size;
  return { low, high: low + size - 1 };
}

/** Minutes east of UTC; undefined when out of range. */
function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4));
  return minutes > 14 * 60 || Number(zone.slice(4)) > 59 ? undefined : zone[0] === '-' ? -minutes : minutes;
}

/** Date.UTC takes years below 100 for 19xx. */
function utc(year: number, month: number, day: number): number {
  if (year >= 100) return Date.UTC(year, month, day);
  const date = new Date(0);
  return date.setUTCFullYear(year, month, day);
}

function span(low: number, end: number): DateRange {
  return { low, high: end - 1 };
}

/**
 * Parses `[prefix]date`. `now` (milliseconds) is what `ap` measures from: a tenth of the distance to the date.
 * @throws FhirError 400 when it is no date
 */
export function parseDate(parameter: string, text: string, now: number): DateTest {
  const { prefix, rest } = splitPrefix(text);
  const range = dateRange(rest);
  if (!range) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': '${text}' is no date. Expected is an optional prefix (eq ne gt lt ge le sa eb ap) ` +
        'and YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.sss]][Z|±hh:mm].',
    );
  }
  if (prefix !== 'ap') return { prefix, ...range };
  const distance = Math.max(0, range.low - now, now - range.high);
  const margin = Math.round(distance / 10);
  return { prefix, low: range.low - margin, high: range.high + margin };
}

/** The SQL condition of a test on a row of `search_date`. */
export function dateCondition(test: DateTest, row: string, bind: (value: unknown) => string): string {
  const [low, high] = [`${row}.low`, `${row}.high`];
  const from = (): string => `${bind(timestamp(test.low))}::timestamptz`;
  const to = (): string => `${bind(timestamp(test.high))}::timestamptz`;
  switch (test.prefix) {
    case 'eq':
      // The third comparison follows from the other two, but bounds the index scan.
      return `${low} >= ${from()} AND ${low} <= ${to()} AND ${high} <= ${to()}`;
    case 'ne':
      return `(${low} < ${from()} OR ${high} > ${to()})`;
    case 'gt':
      return `${high} > ${to()}`;
    case 'lt':
      return `${low} < ${from()}`;
    // In these, too, one comparison follows from the others, and bounds the index scan.
    case 'ge':
      return `${high} >= ${from()} AND (${low} >= ${from()} OR ${high} > ${to()})`;
    case 'le':
      return `${low} <= ${to()} AND (${low} < ${from()} OR ${high} <= ${to()})`;
    case 'sa':
      return `${low} > ${to()} AND ${high} > ${to()}`;
    case 'eb':
      return `${high} < ${from()} AND ${low} < ${from()}`;
    case 'ap':
      return `${low} <= ${to()} AND ${high} >= ${from()}`;
  }
}

/** The SQL condition of a test on an instant (`_lastUpdated`), which may be finer than a millisecond. */
export function instantCondition(test: DateTest, column: string, bind: (value: unknown) => string): string {
  const from = (): string => `${bind(timestamp(test.low))}::timestamptz`;
  const after = (): string => `${bind(timestamp(test.high + 1))}::timestamptz`;
  switch (test.prefix) {
    case 'eq':
    case 'ap':
      return `${column} >= ${from()} AND ${column} < ${after()}`;
    case 'ne':
      return `(${column} < ${from()} OR ${column} >= ${after()})`;
    case 'gt':
    case 'sa':
      return `${column} >= ${after()}`;
    case 'lt':
    case 'eb':
      return `${column} < ${from()}`;
    case 'ge':
      return `${column} >= ${from()}`;
    case 'le':
      return `${column} < ${after()}`;
  }
}

/** Milliseconds as text that Postgres takes for a timestamptz. */
export function timestamp(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'infinity';
  if (ms === Number.NEGATIVE_INFINITY) return '-infinity';
  const iso = new Date(ms).toISOString();
  // Years outside of 0001–9999 only arise from widened bounds; ISO writes them with a sign, Postgres without.
  if (iso[0] === '-' || iso.startsWith('0000')) return '-infinity';
  return iso[0] === '+' ? 'infinity' : iso;
}
