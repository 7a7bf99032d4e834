// The life of a person as a plan: which illnesses, when, which visits they and prevention bring,
// and whether the person dies of them. Only times are decided here; what happens at a visit is
// recordVisit.ts's business.
import { arrangeVisits } from './arrangeVisits.ts';
import { DAY, MINUTE, REFERENCE_TIME, readDate, weekday, YEAR } from './calendar.ts';
import { families } from './families/families.ts';
import type { Family, Onset, Range, Stage, VisitPlan } from './family.ts';
import type { Person } from './person.ts';
import { ageAt } from './person.ts';
import type { Random } from './random.ts';
import type { EncounterKey, EncounterType } from './tables/encounterTypes.ts';
import { encounterTypes } from './tables/encounterTypes.ts';
import { mortality } from './tables/people.ts';
import { childVisitMonths, visitIntervals } from './tables/wellness.ts';

/** One person's illness. */
export interface Episode {
  readonly family: Family;
  readonly onset: number;
  /** Absent: for life. */
  readonly end?: number;
  readonly stage?: Stage;
  /** Id of its Condition, known before it is recorded. */
  readonly conditionId: string;
}

export interface Visit {
  start: number;
  /** End of the visit or, if `open`, of what is known of it. */
  end: number;
  readonly type: EncounterType;
  /** Absent for prevention and death certification. */
  readonly plan?: VisitPlan;
  readonly episode?: Episode;
  readonly purpose: 'wellness' | 'illness' | 'death';
  /** Still going on at the reference time. */
  open?: true;
}

export interface Life {
  /** By onset. */
  readonly episodes: readonly Episode[];
  /** By start, never overlapping. */
  readonly visits: readonly Visit[];
  readonly died?: number;
  /** The illness that caused death, if one did. */
  readonly cause?: Episode;
}

/**
 * Deaths longer ago than this are not part of the population: only people seen in the last years
 * are.
 */
const LONGEST_DEAD = 10 * YEAR;

/**
 * Plans a person's illnesses and visits; only the last so many years before the reference time or
 * death are written in full.
 */
export function planVisits(person: Person, random: Random, years: number): Life {
  const death: Death = { time: Number.POSITIVE_INFINITY };
  const age = ageAt(person.born, REFERENCE_TIME);
  const dead = mortality.findLast(([from]) => age >= from)!;
  if (random.chance(dead[1])) meet(death, REFERENCE_TIME - random.between(0.01, 1) * LONGEST_DEAD, person);

  const episodes: Episode[] = [];
  const fallIll = (family: Family, onset: number): void => {
    const stage = family.stages && random.weighted(family.stages.map((row) => [row, row.weight] as const));
    const end = family.lasts && onset + random.int(...family.lasts) * DAY;
    const episode: Episode = {
      family,
      onset,
      conditionId: random.uuid(),
      ...(end ? { end } : {}),
      ...(stage ? { stage } : {}),
    };
    episodes.push(episode);
    if (family.fatal && random.chance(family.fatal.chance))
      meet(death, onset + random.between(...family.fatal.after) * DAY, person, episode);
    if (stage && random.chance(stage.fatal))
      meet(death, onset + random.between(0.4, 5) * YEAR, person, episode);
  };

  for (const family of families) {
    for (const row of family.onset) {
      if (row.chance === undefined || !isExposed(row, person)) continue;
      const onset = startOfDay(drawOnset(row, person, random));
      const prior = row.after && episodes.find((episode) => episode.family.key === row.after);
      if (
        !random.chance(row.chance) ||
        onset >= REFERENCE_TIME ||
        episodes.some((episode) => episode.family === family)
      )
        continue;
      if (row.after && !(prior && prior.onset < onset)) continue;
      fallIll(family, onset);
    }
  }

  const firstEnd = Math.min(death.time, REFERENCE_TIME);
  const from = Math.max(person.born, firstEnd - years * YEAR);
  for (const family of families) {
    for (const row of family.onset) {
      if (row.perYear === undefined || !isExposed(row, person)) continue;
      const first = Math.max(from, person.born + row.ages[0] * YEAR, row.since ? readDate(row.since) : from);
      const last = Math.min(firstEnd, person.born + (row.ages[1] + 1) * YEAR);
      for (let year = first; year < last; year += YEAR) {
        const length = Math.min(YEAR, last - year);
        if (!random.chance((row.perYear * length) / YEAR)) continue;
        const onset = startOfDay(year + random.unit() * length);
        const overlaps = episodes.some(
          (other) => other.family === family && onset < (other.end ?? other.onset) + 60 * DAY,
        );
        if (!overlaps && onset > person.born) fallIll(family, onset);
      }
    }
  }

  const end = Math.min(death.time, REFERENCE_TIME);
  const lived = episodes.filter((episode) => episode.onset < end).sort((a, b) => a.onset - b.onset);
  const visits = lived.flatMap((episode) => illnessVisits(episode, random, from, end));
  visits.push(...wellnessVisits(person, random, from, end));
  const kept = arrangeVisits(visits, end);
  if (death.time < REFERENCE_TIME) {
    const type: EncounterType = encounterTypes.deathCertification;
    for (const visit of kept) visit.end = Math.min(visit.end, end);
    kept.push({ start: end, end: end + 15 * MINUTE, type, purpose: 'death' });
    return { episodes: lived, visits: kept, died: end, ...(death.cause ? { cause: death.cause } : {}) };
  }
  return { episodes: lived, visits: kept };
}

interface Death {
  time: number;
  cause?: Episode;
}

/**
 * The earliest of the possible deaths counts; one before birth or long before the population's time
 * does not.
 */
function meet(death: Death, time: number, person: Person, cause?: Episode): void {
  const moment = Math.floor(time);
  if (moment >= death.time || moment < person.born + DAY || moment < REFERENCE_TIME - LONGEST_DEAD) return;
  death.time = moment;
  if (cause) death.cause = cause;
  else delete death.cause;
}

/**
 * A time at the ages of the row or, where it says so, in the population's last years: one outside
 * the ages is nobody's.
 */
function drawOnset(row: Onset, person: Person, random: Random): number {
  const [from, to] = [person.born + row.ages[0] * YEAR, person.born + (row.ages[1] + 1) * YEAR];
  if (row.withinYears === undefined) return random.between(from, to);
  const time = REFERENCE_TIME - random.unit() * row.withinYears * YEAR;
  return time >= from && time < to ? time : Number.POSITIVE_INFINITY;
}

function isExposed(row: Onset, person: Person): boolean {
  return (!row.sex || row.sex === person.sex) && (!row.smokers || person.smoking !== 'never');
}

function illnessVisits(episode: Episode, random: Random, from: number, end: number): Visit[] {
  const visits: Visit[] = [];
  const until = Math.min(episode.end ?? end, end);
  episode.family.course.forEach((plan, place) => {
    if (plan.chance !== undefined && !random.chance(plan.chance)) return;
    const type = encounterTypes[plan.encounter];
    const limit = plan.times ? random.int(...plan.times) : plan.every ? Number.POSITIVE_INFINITY : 1;
    let day = episode.onset + random.int(...plan.at) * DAY;
    for (let count = 0; count < limit && day < (plan.every && !plan.times ? until : end); count++) {
      // The first visit is kept however long ago it was if the illness is still there: its
      // condition belongs to it.
      const stillThere = place === 0 && count === 0 && (episode.end ?? end) > from;
      if (day >= from || stillThere) {
        const visit = schedule(day, plan.encounter, random, plan.minutes ?? type.minutes, { plan, episode });
        visits.push(visit);
        // A visit put off over a weekend puts off those after it.
        day = Math.max(day, startOfDay(visit.start));
      }
      if (plan.every) day += random.int(...plan.every) * DAY;
    }
  });
  return visits;
}

function wellnessVisits(person: Person, random: Random, from: number, end: number): Visit[] {
  const visits: Visit[] = [];
  const add = (time: number, key: EncounterKey): void => {
    if (time >= from && time < end)
      visits.push(schedule(startOfDay(time), key, random, encounterTypes[key].minutes, {}));
  };
  for (const months of childVisitMonths)
    add(person.born + DAY + (months / 12) * YEAR + random.int(0, 9) * DAY, 'wellChild');
  let time = person.born + 3 * YEAR + random.int(0, 60) * DAY;
  while (time < end) {
    const age = ageAt(person.born, time);
    add(time, age < 18 ? 'wellChild' : 'generalExam');
    const interval = visitIntervals.findLast(([fromAge]) => age >= fromAge)!;
    time += interval[1] * YEAR + random.int(-12, 25) * DAY;
  }
  return visits;
}

/**
 * Puts a visit on a day: planned ones in opening hours of a working day, the others at any time.
 */
function schedule(
  day: number,
  key: EncounterKey,
  random: Random,
  minutes: Range,
  rest: Pick<Visit, 'plan' | 'episode'>,
): Visit {
  const type = encounterTypes[key];
  let start = startOfDay(day);
  const urgent = type.class === 'EMER' || key === 'emergencyAdmission' || key === 'delivery';
  if (urgent) start += random.int(0, 24 * 60 - 1) * MINUTE;
  else {
    const dayOfWeek = weekday(start);
    if (dayOfWeek === 0 || dayOfWeek === 6) start += (dayOfWeek === 6 ? 2 : 1) * DAY;
    const latest = minutes[1] > 180 ? 10 * 60 : 16 * 60;
    start += random.int(8 * 60, latest) * MINUTE;
  }
  start += random.int(0, 59);
  return {
    start,
    end: start + random.int(...minutes) * MINUTE,
    type,
    purpose: rest.plan ? 'illness' : 'wellness',
    ...rest,
  };
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY) * DAY;
}
