// The score of a patient at a moment, from all readings known, and the moments that a changed reading has a part in.
import type { PatientFacts } from '../vitalSign.ts';
import { newestSet } from './newestSet.ts';
import { news2 } from './news2.ts';
import { pews } from './pews.ts';
import type { Reading } from './reading.ts';
import type { Incomplete, Score } from './score.ts';
import { type ScoreDue, scoreFor } from './scoreFor.ts';

/** How far back the readings of one score may lie: an hour. */
export const DEFAULT_WINDOW_MS = 3_600_000;

/**
 * The score at a moment (milliseconds since the epoch), what is missing for it, or why there is none. Birthdays begin at
 * midnight UTC.
 */
export function scoreAt(
  readings: Iterable<Reading>,
  facts: PatientFacts,
  at: number,
  windowMs: number = DEFAULT_WINDOW_MS,
): Score | Incomplete | Extract<ScoreDue, { score: 'none' }> {
  const due = scoreFor(facts, new Date(at).toISOString());
  if (due.score === 'none') return due;
  const set = newestSet(readings, at, windowMs);
  return due.score === 'news2' ? news2(set, due) : pews(set, due);
}

/**
 * The moments to score again after a reading at `changed` came, changed or went, in order: its own, even where no reading
 * is left there (a score of that moment is to be withdrawn), and those of later readings whose window reaches it.
 */
export function momentsToScore(
  readings: Iterable<Reading>,
  changed: number,
  windowMs: number = DEFAULT_WINDOW_MS,
): number[] {
  const moments = new Set([changed]);
  for (const { time } of readings) if (time > changed && time - windowMs <= changed) moments.add(time);
  return [...moments].sort((a, b) => a - b);
}
