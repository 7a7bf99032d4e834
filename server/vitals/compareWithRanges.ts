// One value against the ranges of all sources that hold for a person: absolute limits, then critical ones, then the
// reference range, and each limit from the first source that sets it.
import { type Age, isInAge } from './age.ts';
import { type Amount, convertAmount, type Span, spanIn } from './amount.ts';
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

/**
 * All that hold and are as specific as the first that does, of other definitions, the first among them: which definition was
 * stored under which id must not decide whether there is an alarm.
 */
function holdingAll(candidates: readonly Candidate[], person: Person, amount: Amount): readonly Candidate[] {
  const first = holding(candidates, person);
  if (!first) return [];
  if (!first.equals) return [first];
  const others = first.equals.filter(
    ({ interval, definition, unit }) =>
      definition !== first.definition && holds(interval, person) && spanIn(amount, unit) !== undefined,
  );
  return [first, ...others];
}

/** The one with the narrowest limit on a side, the first of several; undefined where none has any. */
function narrowest(candidates: readonly Candidate[], side: 'low' | 'high'): Candidate | undefined {
  let found: Candidate | undefined;
  for (const candidate of candidates) {
    const limit = candidate.interval[side];
    if (limit === undefined) continue;
    const known = found && convertAmount(found.interval[side]!, found.unit, candidate.unit)!;
    if (known === undefined || (side === 'low' ? limit > known : limit < known)) found = candidate;
  }
  return found;
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
    if (!limits.absolute?.length) limits.absolute = holdingAll(source.absolute, person, amount);
    const critical = holdingAll(source.critical, person, amount);
    limits.criticalLow ??= narrowest(critical, 'low');
    limits.criticalHigh ??= narrowest(critical, 'high');
    const reference = holding(source.reference, person);
    limits.normal ??= reference;
    if (reference?.interval.low !== undefined) limits.low ??= reference;
    if (reference?.interval.high !== undefined) limits.high ??= reference;
  }
  const [absolute] = limits.absolute ?? [];
  // What is told as impossible raises no alarm: definitions that compete must agree on it.
  if (absolute && limits.absolute!.every((each) => isImpossible(amount, each))) {
    return { level: 'impossible', by: absolute };
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

function isImpossible(amount: Amount, { interval, unit }: Candidate): boolean {
  const { low = -Infinity, high = Infinity } = interval;
  const span = spanIn(amount, unit)!;
  return span.high < low || span.low > high;
}

/** The limits in force for one value of one person. */
interface Limits {
  /** several where definitions compete */
  absolute?: readonly Candidate[];
  criticalLow?: Candidate | undefined;
  criticalHigh?: Candidate | undefined;
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
