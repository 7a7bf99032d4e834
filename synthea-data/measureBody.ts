// What instruments read on a generated body: values by age, a person's constitution, the shifts of
// active illnesses, the visit's own state, and a walk that drifts and now and then strays. Pure
// arithmetic on the tables; judges nothing.
import { DAY, YEAR } from './calendar.ts';
import type { MeasureKey, Shifts } from './family.ts';
import type { Person } from './person.ts';
import { ageAt } from './person.ts';
import type { Episode } from './planVisits.ts';
import type { Random } from './random.ts';
import type { Analyte, AnalyteKey } from './tables/analytes.ts';
import { analytes } from './tables/analytes.ts';
import { adultWeight, growth, head } from './tables/growth.ts';
import type { VitalKey, VitalSign } from './tables/vitalSigns.ts';
import { constantValues, valuesByAge, vitalSigns } from './tables/vitalSigns.ts';

/** The state a visit adds: its shifts and how much of them is left. */
export interface AcuteState {
  readonly shifts?: Shifts | undefined;
  readonly share: number;
}

export interface Body {
  /** A vital sign in the unit of its table, rounded to its decimals. */
  vital(key: VitalKey, time: number, acute: AcuteState): number;
  /** A laboratory value in the unit of its table, rounded to its decimals. */
  analyte(key: AnalyteKey, time: number, acute: AcuteState): number;
  /** Centimetres, one decimal. */
  height(time: number): number;
  /** Kilograms, one decimal. */
  weight(time: number): number;
  /** Centimetres, one decimal. */
  head(time: number): number;
}

/** Readings stray this often, by up to so many times the usual drift. */
const STRAY_CHANCE = 0.015;
const STRAY_SIZE = 3.5;

interface Walk {
  time: number;
  drift: number;
}

/** Opens a body whose readings must be asked for in the order of time. */
export function openBody(person: Person, episodes: readonly Episode[], random: Random): Body {
  const walks = new Map<string, Walk>();
  const ownLevels = new Map<AnalyteKey, number>();

  /**
   * One step of a mean-reverting walk with the given spread: readings of one day stay close, months
   * forget.
   */
  const step = (key: string, time: number, spread: number): number => {
    const before = walks.get(key);
    const sameDay = before !== undefined && time - before.time < DAY;
    const drift =
      before === undefined
        ? random.bell() * spread
        : before.drift * (sameDay ? 0.92 : 0.4) + random.bell() * spread * (sameDay ? 0.392 : 0.917);
    walks.set(key, { time, drift });
    return random.chance(STRAY_CHANCE) ? drift + random.bell() * spread * STRAY_SIZE : drift;
  };

  const vital = (key: VitalKey, time: number, acute: AcuteState): number => {
    const sign: VitalSign = vitalSigns[key];
    const value =
      usualValue(key, ageAt(person.born, time)) +
      person.constitution[key] +
      illnessShift(key, time, episodes) +
      (acute.shifts?.[key] ?? 0) * acute.share +
      step(key, time, sign.drift) +
      random.bell() * sign.reading;
    return round(Math.min(Math.max(value, sign.limits[0]), sign.limits[1]), sign.decimals);
  };

  const analyte = (key: AnalyteKey, time: number, acute: AcuteState): number => {
    const row: Analyte = analytes[key];
    const [low, high] = referenceRange(row, person, time);
    const span = high - low;
    let own = ownLevels.get(key);
    if (own === undefined) {
      own = random.bell() * 0.1;
      ownLevels.set(key, own);
    }
    const value =
      low +
      span * (0.5 + own + step(key, time, 0.17)) +
      illnessShift(key, time, episodes) +
      (acute.shifts?.[key] ?? 0) * acute.share * random.between(0.75, 1.25);
    return round(Math.max(value, low * 0.2, 0), row.decimals);
  };

  const height = (time: number): number => {
    const months = (ageAt(person.born, time) * 12) | 0;
    return round(interpolate(growth[person.sex], 1, months) * (1 + person.tall * 0.038), 1);
  };
  const weight = (time: number): number => {
    const age = ageAt(person.born, time);
    const median = interpolate(growth[person.sex], 2, age * 12) * interpolate(adultWeight, 1, age);
    const build = 1 + person.tall * 0.05 + person.heavy * (age < 18 ? 0.1 : 0.16);
    return round(Math.max(median * build * (1 + step('weight', time, 0.012)), 1.2), 1);
  };
  return {
    vital,
    analyte,
    height,
    weight,
    head: (time) =>
      round(interpolate(head[person.sex], 1, ageAt(person.born, time) * 12) * (1 + person.tall * 0.02), 1),
  };
}

/**
 * Reference range of an analyte for this person: children are measured against the women's where
 * there are two.
 */
export function referenceRange(analyte: Analyte, person: Person, time: number): readonly [number, number] {
  return analyte.female && (person.sex === 'female' || ageAt(person.born, time) < 12)
    ? analyte.female
    : analyte.range;
}

/** Rounds half up to so many decimals; exact for the sizes measured here, whatever the machine. */
export function round(value: number, decimals: 0 | 1 | 2): number {
  const scale = decimals === 0 ? 1 : decimals === 1 ? 10 : 100;
  return Math.round(value * scale) / scale;
}

function usualValue(key: VitalKey, age: number): number {
  switch (key) {
    case 'heartRate':
      return interpolate(valuesByAge, 1, age);
    case 'respiratoryRate':
      return interpolate(valuesByAge, 2, age);
    case 'systolic':
      return interpolate(valuesByAge, 3, age);
    case 'diastolic':
      return interpolate(valuesByAge, 4, age);
    default:
      return constantValues[key];
  }
}

function illnessShift(key: MeasureKey, time: number, episodes: readonly Episode[]): number {
  let sum = 0;
  for (const episode of episodes) {
    if (episode.onset > time) break;
    const shift = episode.family.shifts?.[key];
    if (shift === undefined || (episode.end !== undefined && episode.end < time)) continue;
    const years = Math.min((time - episode.onset) / (YEAR / 2), 1);
    sum += shift * (1 - (1 - (episode.family.treated ?? 1)) * years);
  }
  return sum;
}

/**
 * Value of a column at `x`, the first column, between the rows around it; constant beyond the ends.
 */
function interpolate(rows: readonly (readonly number[])[], column: number, x: number): number {
  let before = rows[0]!;
  if (x <= before[0]!) return before[column]!;
  for (const row of rows) {
    if (x <= row[0]!) {
      const share = (x - before[0]!) / (row[0]! - before[0]!);
      return before[column]! + (row[column]! - before[column]!) * share;
    }
    before = row;
  }
  return before[column]!;
}
