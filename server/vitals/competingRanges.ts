// Definitions with ranges for the same vital sign and the same patients (observationdefinition.html): which interval holds, and
// which one of another definition it hides, so that no limit goes without anybody knowing.
import { convertAmount } from './amount.ts';
import { compareSpecificity, daysOf, groupsOf } from './ruleset.ts';
import type { AgeBound, AgeRange, Code, Interval, VitalSign } from './vitalSign.ts';

/** Two intervals of one category, in different definitions, that both hold for somebody. */
export interface Competition {
  /** the one that is asked */
  readonly first: Place;
  /** the one that is not asked where the first one holds */
  readonly hidden: Place;
  /** as specific as each other: the order of the definitions decides, and of critical and absolute limits those that alarm sooner hold */
  readonly equal: boolean;
  /** both are for the very same patients: nobody is judged by the hidden one alone */
  readonly wholly: boolean;
  /** "male patients aged 16 years or more" */
  readonly forWhom: string;
}

export interface Place {
  readonly sign: VitalSign;
  readonly interval: Interval;
}

/** Codes of which two definitions say different things. */
export interface CodeConflict {
  readonly signs: readonly [VitalSign, VitalSign];
  readonly codes: readonly Code[];
}

/** What two definitions have to do with each other; the first of them goes first where both are equally specific. */
export interface Rivalry {
  readonly signs: readonly [VitalSign, VitalSign];
  readonly competitions: readonly Competition[];
  readonly conflict?: CodeConflict;
}

/** Pairs of intervals that are compared for a whole set; a house has a handful of definitions per vital sign. */
const MOST_COMPARISONS = 200_000;

/**
 * All definitions of a set that compete, pair by pair, by their order there. Those of one patient compete among themselves, not
 * with those of everybody, which they are meant to replace.
 * @returns `complete: false` where there were too many to compare them all
 */
export function competingRanges(vitalSigns: readonly VitalSign[]): {
  rivalries: Rivalry[];
  complete: boolean;
} {
  const groups = new Map<string, VitalSign[]>();
  const rivalries: Rivalry[] = [];
  let left = MOST_COMPARISONS;
  for (const sign of vitalSigns) {
    const before = new Set<VitalSign>();
    for (const { system, code } of sign.codes) {
      const key = `${sign.patient ?? ''} ${system}|${code}`;
      const group = groups.get(key);
      if (!group) groups.set(key, [sign]);
      else if (group.at(-1) !== sign) {
        for (const each of group) before.add(each);
        group.push(sign);
      }
    }
    for (const each of before) {
      left -= 1 + each.intervals.length * sign.intervals.length;
      if (left < 0) return { rivalries, complete: false };
      const rivalry = rivalryOf(each, sign);
      if (rivalry) rivalries.push(rivalry);
    }
  }
  return { rivalries, complete: true };
}

/** The rivalries of one definition of a set. */
export function rivalriesOf(sign: VitalSign, vitalSigns: readonly VitalSign[]): Rivalry[] {
  const own = vitalSigns.indexOf(sign);
  const isRival = (other: VitalSign) =>
    other.patient === sign.patient &&
    other.codes.some(({ code, system }) =>
      sign.codes.some((each) => each.code === code && each.system === system),
    );
  const rivals = vitalSigns
    .map((other, at) => ({ other, at }))
    .filter(({ other, at }) => at !== own && isRival(other));
  return rivals
    .map(({ other, at }) => (at < own ? rivalryOf(other, sign) : rivalryOf(sign, other)))
    .filter((rivalry) => rivalry !== undefined);
}

function rivalryOf(a: VitalSign, b: VitalSign): Rivalry | undefined {
  const competitions: Competition[] = [];
  if (a.unit !== undefined && b.unit !== undefined && convertAmount(1, a.unit, b.unit) !== undefined) {
    for (const one of a.intervals) {
      for (const other of b.intervals) {
        const forWhom = one.category === other.category ? sharedPatients(one, other) : undefined;
        if (forWhom === undefined) continue;
        const order = compareSpecificity(one, other);
        const [first, hidden] = [
          { sign: a, interval: one },
          { sign: b, interval: other },
        ];
        const wholly = order === 0 && areForTheSame(one, other);
        if (order > 0) competitions.push({ first: hidden, hidden: first, equal: false, wholly, forWhom });
        else competitions.push({ first, hidden, equal: order === 0, wholly, forWhom });
      }
    }
  }
  const codes = conflictingCodes(a, b);
  if (competitions.length === 0 && codes.length === 0) return undefined;
  const signs = [a, b] as const;
  return { signs, competitions, ...(codes.length > 0 && { conflict: { signs, codes } }) };
}

function conflictingCodes(a: VitalSign, b: VitalSign): Code[] {
  const levels = (sign: VitalSign) => {
    const found = new Map<string, [level: string, code: Code]>();
    for (const level of ['criticalCodes', 'abnormalCodes', 'normalCodes'] as const) {
      for (const code of sign[level] ?? []) {
        const key = `${code.system}|${code.code}`;
        if (!found.has(key)) found.set(key, [level, code]);
      }
    }
    return found;
  };
  const others = levels(b);
  return [...levels(a)].flatMap(([key, [level, code]]) => {
    const other = others.get(key);
    return other && other[0] !== level ? [code] : [];
  });
}

/** For whom both intervals hold, in words; undefined where nobody can be. */
function sharedPatients(a: Interval, b: Interval): string | undefined {
  if (a.gender !== undefined && b.gender !== undefined && a.gender !== b.gender) return undefined;
  const age = sharedAges(a.age, b.age);
  const gestation = sharedAges(a.gestationalAge, b.gestationalAge);
  if (age === null || gestation === null) return undefined;
  const gender = a.gender ?? b.gender;
  const states = new Set([...groupsOf(a), ...groupsOf(b)].map(([code]) => `${code!.system}|${code!.code}`));
  return [
    gender === undefined ? 'patients' : `${gender} patients`,
    ...(age ? [`aged ${inWords(age)}`] : []),
    ...(gestation ? [`born at ${inWords(gestation)}`] : []),
    ...(states.size > 0 ? [`with ${[...states].join(' and ')}`] : []),
  ].join(' ');
}

/** Undefined: any age. Null: none. */
function sharedAges(a: AgeRange | undefined, b: AgeRange | undefined): AgeRange | undefined | null {
  if (!a || !b) return a ?? b;
  const [ofA, ofB] = [daysOf(a), daysOf(b)];
  const low = ofA.from >= ofB.from ? a.low : b.low;
  const high = ofA.to <= ofB.to ? a.high : b.high;
  if (Math.max(ofA.from, ofB.from) >= Math.min(ofA.to, ofB.to)) return null;
  return { ...(low && { low }), ...(high && { high }) };
}

function areForTheSame(a: Interval, b: Interval): boolean {
  const span = (range: AgeRange | undefined) => (range ? Object.values(daysOf(range)).join() : '');
  const states = (interval: Interval) =>
    groupsOf(interval)
      .map((group) => group.map(({ system, code }) => `${system}|${code}`).sort())
      .sort()
      .join(' ');
  return (
    a.gender === b.gender &&
    span(a.age) === span(b.age) &&
    span(a.gestationalAge) === span(b.gestationalAge) &&
    states(a) === states(b)
  );
}

const unitNames = { a: 'year', mo: 'month', wk: 'week', d: 'day', h: 'hour' };
const bound = ({ value, unit }: AgeBound) => `${value} ${unitNames[unit]}${value === 1 ? '' : 's'}`;

function inWords({ low, high }: AgeRange): string {
  if (low && high) return `${bound(low)} to ${bound(high)}`;
  if (low) return `${bound(low)} or more`;
  return high ? `${bound(high)} or less` : 'any age';
}
