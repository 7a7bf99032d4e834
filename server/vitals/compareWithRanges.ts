// One value against the ranges of all sources that hold for a person: absolute limits, then critical ones, then the
// reference range, and each limit from the first source that sets it.
import { type Age, isInAge } from './age.ts';
import { type Amount, type Span, spanIn } from './amount.ts';
import { shareCode } from './observation.ts';
import { type Candidate, groupsOf, type Rules } from './ruleset.ts';
import type { Code, Interval, PatientFacts } from './vitalSign.ts';

/** Rules of the patient, of the Observation itself, of the population: those there are, in this order. */
export type Sources = readonly Omit<Rules, 'signs'>[];

/** One of the persons that the patient may be, as far as age and gender go. */
export interface Person {
  /** undefined where no range asks for it */
  readonly age: Age | undefined;
  readonly gender: string | undefined;
  /** what is known of the patient at the time of the value */
  readonly contexts: readonly Code[];
  readonly gestationalAge: PatientFacts['gestationalAge'];
}

/** `undecided` is what a comparator leaves open. */
export type Level = 'LL' | 'L' | 'N' | 'H' | 'HH' | 'impossible' | 'no-range' | 'undecided';

/** What a value is, and by which interval. */
export interface Comparison {
  readonly level: Level;
  readonly by?: Candidate;
  /** a comparator leaves open whether the value is even critical */
  readonly atLeast?: boolean;
  /** the first reference interval that holds, and whose limits are the normal ones */
  readonly normal?: Candidate;
  readonly low?: Candidate;
  readonly high?: Candidate;
}

/** The first interval of a list, the most specific one first, that holds for a person. */
function holding(candidates: readonly Candidate[], person: Person): Candidate | undefined {
  for (const candidate of candidates) if (holds(candidate.interval, person)) return candidate;
  return undefined;
}

function holds(interval: Interval, { age, gender, contexts, gestationalAge: gestation }: Person): boolean {
  if (interval.age !== undefined && (age === undefined || !isInAge(interval.age, age))) return false;
  if (interval.gender !== undefined && interval.gender !== gender) return false;
  if (interval.gestationalAge !== undefined) {
    if (!gestation) return false;
    const d = gestation.weeks * 7 + gestation.days;
    if (!isInAge(interval.gestationalAge, { a: 0, mo: 0, wk: gestation.weeks, d, h: d * 24 })) return false;
  }
  return groupsOf(interval).every((group) => shareCode(contexts, group));
}

/**
 * Compares a value with what holds for a person. A limit that a source leaves out is unknown (datatypes.html#Range), so that it
 * comes from the next source. What the patient's own range allows is not critical by that of the population; a range
 * that merely came with the Observation silences no critical limit.
 */
export function compareWithRanges(amount: Amount, sources: Sources, person: Person): Comparison {
  const limits: Limits = {};
  for (const source of sources) {
    limits.absolute ??= holding(source.absolute, person);
    const critical = holding(source.critical, person);
    if (critical?.interval.low !== undefined) limits.criticalLow ??= critical;
    if (critical?.interval.high !== undefined) limits.criticalHigh ??= critical;
    const reference = holding(source.reference, person);
    limits.normal ??= reference;
    if (reference?.interval.low !== undefined) limits.low ??= reference;
    if (reference?.interval.high !== undefined) limits.high ??= reference;
  }
  if (limits.absolute) {
    const { low = -Infinity, high = Infinity } = limits.absolute.interval;
    const span = spanIn(amount, limits.absolute.unit)!;
    if (span.high < low || span.low > high) return { level: 'impossible', by: limits.absolute };
  }
  const found = levelOf(amount, limits);
  const { normal, low, high } = limits;
  return {
    ...found,
    ...(normal && { normal }),
    ...(low && { low }),
    ...(high && { high }),
  };
}

/** The limits in force for one value of one person. */
interface Limits {
  absolute?: Candidate | undefined;
  criticalLow?: Candidate;
  criticalHigh?: Candidate;
  low?: Candidate;
  high?: Candidate;
  /** the first reference interval that holds */
  normal?: Candidate | undefined;
}

function levelOf(amount: Amount, limits: Limits): Comparison {
  const least = outsideAt('low', amount, limits);
  const most = amount.comparator === undefined ? least : outsideAt('high', amount, limits);
  if (least?.level === most?.level) {
    if (least) return least;
    return limits.normal ? { level: 'N', by: limits.normal } : { level: 'no-range' };
  }
  // Both ends on one side: it is no less than the milder of the two.
  const sides = `${least?.level ?? ''}${most?.level ?? ''}`;
  if (!least || !most || !/^(?:L+|H+)$/.test(sides)) return { level: 'undecided' };
  return { ...(least.level.length < most.level.length ? least : most), atLeast: true };
}

/** What one end of a value is, if it is outside any limit. */
function outsideAt(end: keyof Span, amount: Amount, limits: Limits): Comparison | undefined {
  const { criticalLow, criticalHigh, low, high } = limits;
  const isBelow = ({ unit, interval }: Candidate) => spanIn(amount, unit)![end] < interval.low!;
  const isAbove = ({ unit, interval }: Candidate) => spanIn(amount, unit)![end] > interval.high!;
  const belowNormal = low !== undefined && isBelow(low);
  if (criticalLow && isBelow(criticalLow) && (belowNormal || !prevails(low, criticalLow))) {
    return { level: 'LL', by: criticalLow };
  }
  if (belowNormal) return { level: 'L', by: low };
  const aboveNormal = high !== undefined && isAbove(high);
  if (criticalHigh && isAbove(criticalHigh) && (aboveNormal || !prevails(high, criticalHigh))) {
    return { level: 'HH', by: criticalHigh };
  }
  return aboveNormal ? { level: 'H', by: high } : undefined;
}

/** Whether what a patient's own range allows is beyond a critical limit of the population. */
function prevails(reference: Candidate | undefined, critical: Candidate): boolean {
  return reference?.source === 'patient' && critical.source !== 'patient';
}
