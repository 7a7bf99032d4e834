// Date parameters (search.html#date, #prefix): values are intervals, and a prefix compares two of them.
import type { Period, Timing } from '@medplum/fhirtypes';
import { type Prefix, splitPrefix } from './splitValue.ts';
import type { Value } from './values.ts';

/** Milliseconds since 1970; `high` is the first moment after the interval. Open ends are infinite. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const MICROSECOND = 0.001;
const FORM = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/** The interval a date, dateTime or instant covers by its precision; what has no time zone is UTC. */
export function dateInterval(text: string): Interval {
  const parts = FORM.exec(text);
  if (!parts) throw new Error(`not a date: ${text}`);
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => part && Number(part));
  const at = (y: number, mo = 1, d = 1, h = 0, mi = 0, s = 0): number => {
    const date = new Date(0);
    date.setUTCFullYear(y, mo - 1, d);
    return date.setUTCHours(h, mi, s);
  };
  const from = [year, month, day, hour, minute, second].filter((part) => part !== undefined) as number[];
  const zone = parts[8] && parts[8] !== 'Z' ? parts[8] : '+00:00';
  const offset =
    (zone[0] === '-' ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * 60_000;
  const fraction = parts[7] ? Number(`0.${parts[7]}`) * 1000 : 0;
  const low = at(...(from as [number])) - offset + fraction;
  if (parts[7]) return { low, high: low + 10 ** (3 - parts[7].length) };
  const next = [...from];
  next[next.length - 1]!++;
  return { low, high: at(...(next as [number])) - offset };
}

/** Values of a date parameter as intervals: dates, periods, and the outer limits of timings. */
export function targetIntervals({ type, value }: Value): Interval[] {
  switch (type) {
    case 'date':
    case 'dateTime':
      return [dateInterval(value)];
    case 'instant': {
      const { low } = dateInterval(value);
      return [{ low, high: low + MICROSECOND }];
    }
    case 'Period':
      return [periodInterval(value)];
    case 'Timing':
      return timingInterval(value);
    default:
      return [];
  }
}

function periodInterval({ start, end }: Period): Interval {
  return {
    low: start ? dateInterval(start).low : Number.NEGATIVE_INFINITY,
    high: end ? dateInterval(end).high : Number.POSITIVE_INFINITY,
  };
}

function timingInterval({ event, repeat }: Timing): Interval[] {
  const limits = (event ?? []).map(dateInterval);
  if (repeat?.boundsPeriod) limits.push(periodInterval(repeat.boundsPeriod));
  if (limits.length === 0) return [];
  return [
    { low: Math.min(...limits.map(({ low }) => low)), high: Math.max(...limits.map(({ high }) => high)) },
  ];
}

/** Whether a value of a date parameter matches a search value with or without a prefix. */
export function matchDate(value: Value, search: string, now: number): boolean {
  const { prefix, rest } = splitPrefix(search);
  const wanted = dateInterval(rest);
  return targetIntervals(value).some((target) => compare(prefix, wanted, target, now));
}

function compare(prefix: Prefix, search: Interval, target: Interval, now: number): boolean {
  const contained = search.low <= target.low && target.high <= search.high;
  const reachesAbove = target.high > search.high;
  const reachesBelow = target.low < search.low;
  switch (prefix) {
    case 'eq':
      return contained;
    case 'ne':
      return !contained;
    case 'gt':
      return reachesAbove;
    case 'lt':
      return reachesBelow;
    case 'ge':
      return reachesAbove || contained;
    case 'le':
      return reachesBelow || contained;
    case 'sa':
      return target.low >= search.high;
    case 'eb':
      return target.high <= search.low;
    case 'ap': {
      const gap = Math.max(now - search.high, search.low - now, 0);
      const margin = gap / 10;
      return target.low < search.high + margin && search.low - margin < target.high;
    }
  }
}
