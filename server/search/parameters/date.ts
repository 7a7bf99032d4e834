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

/** From an instant, up to another that is not in it; in milliseconds. */
interface Interval {
  from: number;
  to: number;
}

function intervalsOf({ prefix, low, high }: DateTest): Interval[] {
  const after = high + 1;
  const [first, last] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  switch (prefix) {
    case 'eq':
    case 'ap':
      return [{ from: low, to: after }];
    case 'ne':
      return [
        { from: first, to: low },
        { from: after, to: last },
      ];
    case 'gt':
    case 'sa':
      return [{ from: after, to: last }];
    case 'lt':
    case 'eb':
      return [{ from: first, to: low }];
    case 'ge':
      return [{ from: low, to: last }];
    case 'le':
      return [{ from: first, to: after }];
  }
}

/** The intervals that alternatives leave, in order and apart. */
function union(tests: readonly DateTest[]): Interval[] {
  const merged: Interval[] = [];
  for (const { from, to } of tests.flatMap(intervalsOf).sort((a, b) => a.from - b.from || a.to - b.to)) {
    const last = merged.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}

function intersection(a: readonly Interval[], b: readonly Interval[]): Interval[] {
  const both: Interval[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i]!.from, b[j]!.from);
    const to = Math.min(a[i]!.to, b[j]!.to);
    if (from < to) both.push({ from, to });
    if (a[i]!.to < b[j]!.to) i++;
    else j++;
  }
  return both;
}

/** Alternatives that are written out; of more, the planner would try every combination. */
const mostIntervals = 3;

/**
 * The SQL condition that an instant (`_lastUpdated`, which may be finer than a millisecond) passes one test of each set.
 * All sets come to a few intervals, most often one.
 */
export function instantCondition(
  sets: readonly (readonly DateTest[])[],
  column: string,
  bind: (value: unknown) => string,
): string {
  const intervals = sets.map(union).reduce(intersection);
  const at = (ms: number): string => `${bind(timestamp(ms))}::timestamptz`;
  const within = ({ from, to }: Interval): string => {
    const bounds = [
      ...(from === Number.NEGATIVE_INFINITY ? [] : [`${column} >= ${at(from)}`]),
      ...(to === Number.POSITIVE_INFINITY ? [] : [`${column} < ${at(to)}`]),
    ];
    return bounds.length === 0 ? 'true' : bounds.join(' AND ');
  };
  if (intervals.length === 0) return 'false';
  if (intervals.length <= mostIntervals)
    return `(${intervals.map((one) => `(${within(one)})`).join(' OR ')})`;
  const all = within({ from: intervals[0]!.from, to: intervals.at(-1)!.to });
  const [lows, highs] = [
    bind(intervals.map(({ from }) => timestamp(from))),
    bind(intervals.map(({ to }) => timestamp(to))),
  ];
  return (
    `(${all} AND EXISTS (SELECT 1 FROM unnest(${lows}::timestamptz[], ${highs}::timestamptz[]) AS i(low, high) ` +
    `WHERE ${column} >= i.low AND ${column} < i.high))`
  );
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
