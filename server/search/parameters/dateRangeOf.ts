// The range of instants of an element (search.html#date): dates and instants by their precision, Periods from start to
// end, of Timings only the outer limits (datatypes.html#Timing).

import { type DateRange, dateRange } from './date.ts';
import { numberOf } from './number.ts';

/**
 * The row of a value that says no time, such as a Timing without any date: it is there, so that `:missing` finds it, and no
 * comparison holds for it.
 */
export const noTime: DateRange = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };

/** The range of one element value (date, dateTime, instant, Period, Timing); undefined when it says no time. */
export function dateRangeOf(value: unknown, dataType: string): DateRange | undefined {
  if (typeof value === 'string') return dateRange(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (dataType === 'Period') return periodRange(value);
  if (dataType === 'Timing') return timingRange(value);
  return undefined;
}

function periodRange({ start, end }: { start?: unknown; end?: unknown }): DateRange | undefined {
  const first = typeof start === 'string' ? dateRange(start) : undefined;
  const last = typeof end === 'string' ? dateRange(end) : undefined;
  if (!first && !last) return undefined;
  const low = first?.low ?? Number.NEGATIVE_INFINITY;
  return { low, high: Math.max(low, last?.high ?? Number.POSITIVE_INFINITY) };
}

type Repeat = { [name: string]: unknown };

/** Elements of which any makes a schedule repeat. */
const repeating = ['period', 'dayOfWeek', 'timeOfDay', 'when'];

/**
 * From the first event or the start of the bounds to the last event or the end of the bounds. A schedule that repeats
 * from its first event has the end that its bounds or its count give it, and none without them. A schedule without any
 * date says no time.
 */
function timingRange({ event, repeat }: { event?: unknown; repeat?: unknown }): DateRange | undefined {
  const events = (Array.isArray(event) ? event : [])
    .map((item) => dateRangeOf(item, 'dateTime'))
    .filter((range) => range !== undefined);
  const rule = (typeof repeat === 'object' && repeat !== null ? repeat : {}) as Repeat;
  const bounds = dateRangeOf(rule.boundsPeriod, 'Period');
  const limits = bounds ? [...events, bounds] : events;
  if (limits.length === 0) return undefined;
  const low = Math.min(...limits.map((range) => range.low));
  const high = Math.max(...limits.map((range) => range.high));
  if (bounds) return { low, high };
  const repeats = repeating.some((name) => rule[name] !== undefined);
  return { low, high: Math.max(high, boundsEnd(rule, low) ?? (repeats ? countEnd(rule, low) : high)) };
}

/** Where a length of time from the start ends; undefined when there is none. */
function boundsEnd({ boundsDuration, boundsRange }: Repeat, start: number): number | undefined {
  const duration = boundsDuration as { comparator?: unknown } | undefined;
  if (duration?.comparator === '>' || duration?.comparator === '>=') return Number.POSITIVE_INFINITY;
  const { low, high } = (boundsRange ?? {}) as { low?: unknown; high?: unknown };
  if (!duration && !high && low) return Number.POSITIVE_INFINITY;
  const { value, code } = (duration ?? high ?? {}) as { value?: unknown; code?: unknown };
  const amount = numberOf(value);
  return amount === undefined ? undefined : later(start, amount, code);
}

/** Where a number of repetitions ends at the latest; never when it is not told. */
function countEnd(rule: Repeat, start: number): number {
  const count = numberOf(rule.countMax ?? rule.count);
  const period = numberOf(rule.periodMax ?? rule.period);
  if (count === undefined || period === undefined) return Number.POSITIVE_INFINITY;
  const frequency = numberOf(rule.frequency) ?? 1;
  return later(start, (count / frequency) * period, rule.periodUnit) ?? Number.POSITIVE_INFINITY;
}

/** UCUM units of time in milliseconds; months and years are the calendar's. */
const lengths: Record<string, number> = {
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  wk: 604_800_000,
};

/** An instant a length of time after another; undefined for an unknown unit. */
function later(start: number, amount: number, unit: unknown): number | undefined {
  if (!Number.isFinite(start)) return undefined;
  const months = unit === 'mo' ? amount : unit === 'a' ? amount * 12 : undefined;
  if (months !== undefined) {
    const date = new Date(start);
    date.setUTCMonth(date.getUTCMonth() + Math.ceil(months));
    return inCalendar(date.getTime());
  }
  const length = typeof unit === 'string' && Object.hasOwn(lengths, unit) ? lengths[unit]! : undefined;
  return length === undefined ? undefined : inCalendar(start + amount * length);
}

/** Beyond the last date that can be written there is no end. */
function inCalendar(ms: number): number {
  return ms <= Date.UTC(9999, 11, 31, 23, 59, 59, 999) ? ms : Number.POSITIVE_INFINITY;
}
