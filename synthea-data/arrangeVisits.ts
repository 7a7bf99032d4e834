// Makes a person's visits follow each other in time: nobody is in two places at once.
import { DAY, HOUR, REFERENCE_TIME } from './calendar.ts';
import type { Visit } from './planVisits.ts';

/**
 * Sorts visits and makes them follow each other. Where one would begin before the last is over,
 * prevention is left out, a planned visit is put off by some days, and an emergency waits for the
 * hour after.
 */
export function arrangeVisits(visits: Visit[], end: number): Visit[] {
  const waiting = visits.sort((a, b) => b.start - a.start);
  const kept: Visit[] = [];
  let busyUntil = Number.NEGATIVE_INFINITY;
  for (let visit = waiting.pop(); visit; visit = waiting.pop()) {
    if (visit.start >= end) continue;
    if (visit.start < busyUntil) {
      if (visit.purpose === 'wellness') continue;
      const planned = visit.type.class === 'AMB' || visit.type.class === 'VR';
      const delay = planned
        ? 7 * DAY * Math.ceil((busyUntil - visit.start) / (7 * DAY))
        : busyUntil + HOUR - visit.start;
      visit.start += delay;
      visit.end += delay;
      const place = waiting.findLastIndex((other) => other.start > visit.start);
      waiting.splice(place + 1, 0, visit);
      continue;
    }
    if (visit.end > REFERENCE_TIME) {
      visit.end = REFERENCE_TIME;
      visit.open = true;
    }
    busyUntil = visit.end;
    kept.push(visit);
  }
  return kept;
}
