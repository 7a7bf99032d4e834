// The newest reading of each parameter within a window of time.
import { type Parameter, parameters, type Reading } from './reading.ts';

export interface ReadingSet {
  /** end of the window, milliseconds since the epoch */
  readonly at: number;
  readonly readings: Readonly<Partial<Record<Parameter, Reading>>>;
  /** parameters without a reading in the window */
  readonly missing: readonly Parameter[];
}

/**
 * The latest reading of each parameter from `at - windowMs` to `at`, both inclusive. Which of several at the same instant
 * counts does not depend on their order: of oxygen the one that tells of more support, else the one whose reference sorts last.
 */
export function newestSet(readings: Iterable<Reading>, at: number, windowMs: number): ReadingSet {
  const newest: Partial<Record<Parameter, Reading>> = {};
  for (const reading of readings) {
    if (reading.time < at - windowMs || reading.time > at) continue;
    const other = newest[reading.parameter];
    if (!other || isNewer(reading, other)) newest[reading.parameter] = reading;
  }
  return { at, readings: newest, missing: parameters.filter((parameter) => !newest[parameter]) };
}

function isNewer(a: Reading, b: Reading): boolean {
  return (
    (a.time - b.time || support(a) - support(b) || compare(a.observation, b.observation) || ofValues(a, b)) >
    0
  );
}

/** Air, oxygen of which only that is told, oxygen by its amount, devices. */
function support({ value, supply }: Reading): number {
  if (value !== 'oxygen') return 0;
  if (supply?.device) return 1000;
  return 1 + Math.max(supply?.fraction ?? 0, (supply?.flow ?? 0) * 10);
}

function ofValues(a: Reading, b: Reading): number {
  return typeof a.value === 'number' && typeof b.value === 'number'
    ? a.value - b.value
    : compare(String(a.value), String(b.value));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
