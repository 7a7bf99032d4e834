// All vital signs in force, laid out for judging: found by code and patient, the most specific range first.

import type { Coding, JsonObject, Observation } from './observation.ts';
import { toldBy } from './scores/readingCodes.ts';
import { type AgeRange, type Code, type Interval, sameCode, type VitalSign } from './vitalSign.ts';

/** An interval with what has to be told of where it comes from. */
export interface Candidate {
  readonly interval: Interval;
  readonly unit: string;
  readonly source: 'patient' | 'observation' | 'population';
  readonly definition?: string;
  readonly version?: string;
  /** itself and those as specific as it, where another definition has some: none silences the critical limits of another */
  readonly equals?: readonly Candidate[];
}

/** The ranges of one source for one code, by category, each list in the order they are asked in. */
export interface Rules {
  readonly signs: readonly VitalSign[];
  readonly reference: readonly Candidate[];
  readonly critical: readonly Candidate[];
  readonly absolute: readonly Candidate[];
  /** the ages that any of them asks for, and whether any asks for a gender */
  readonly ages: readonly AgeRange[];
  readonly byGender: boolean;
}

/** What holds for one code: a patient's own rules come before those of everybody. */
export interface RulesFor {
  readonly patient?: Rules;
  readonly population?: Rules;
}

export interface Ruleset {
  readonly vitalSigns: readonly VitalSign[];
  /** what the ranges ask to be known of a patient, besides age and gender */
  readonly asks: { readonly contexts: readonly Code[]; readonly gestationalAge: boolean };
  /** whether an Observation or one of its components is a vital sign; asked of every Observation, so a look-up per code */
  concerns(observation: JsonObject): boolean;
  /** the one code (`system|code`) that readings with a code are kept under, whatever codes and order the definitions have */
  nameOf(coding: Coding): string | undefined;
  /** the rules for the first of these codes that has any; undefined for what is no vital sign (of this patient) */
  rulesFor(codings: readonly Coding[] | undefined, patient: string | undefined): RulesFor | undefined;
}

interface Entry {
  readonly system: string;
  population?: Rules;
  readonly patients: Map<string, Rules>;
}

/**
 * Puts vital signs together. Several definitions of one code are one list of ranges; among equally specific ones the
 * definition that comes first in `vitalSigns` wins, but for its critical and absolute limits (compareWithRanges.ts).
 */
export function createRuleset(vitalSigns: readonly VitalSign[]): Ruleset {
  const byCode = new Map<string, Entry[]>();
  for (const { code, system, signs } of groupByCode(vitalSigns)) {
    const entry: Entry = { system, patients: new Map() };
    const population = signs.filter(({ patient }) => patient === undefined);
    if (population.length > 0) entry.population = rulesOf(population, 'population');
    for (const patient of new Set(signs.map((sign) => sign.patient))) {
      if (patient === undefined) continue;
      const own = signs.filter((sign) => sign.patient === patient);
      entry.patients.set(patient, rulesOf(own, 'patient'));
    }
    const entries = byCode.get(code);
    if (entries) entries.push(entry);
    else byCode.set(code, [entry]);
  }
  const find = ({ system, code }: Coding): Entry | undefined => {
    const entries = code === undefined ? undefined : byCode.get(code);
    return entries?.find((entry) => entry.system === system);
  };
  const knows = (codings: readonly Coding[] | undefined): boolean => {
    if (codings === undefined) return false;
    for (const coding of codings) if (find(coding)) return true;
    return false;
  };
  const names = namesOf(vitalSigns);
  return {
    vitalSigns,
    asks: askedBy(vitalSigns),
    nameOf: ({ system, code }) => names.get(`${system}|${code}`),
    concerns(observation) {
      const { code, component } = observation as Observation;
      if (knows(code?.coding)) return true;
      if (component === undefined) return false;
      for (const part of component) if (knows(part.code?.coding)) return true;
      return false;
    },
    rulesFor(codings, patient) {
      if (codings === undefined) return undefined;
      for (const coding of codings) {
        const entry = find(coding);
        const own = patient === undefined ? undefined : entry?.patients.get(patient);
        if (own || entry?.population) {
          return { ...(own && { patient: own }), ...(entry?.population && { population: entry.population }) };
        }
      }
      return undefined;
    },
  };
}

function askedBy(vitalSigns: readonly VitalSign[]): Ruleset['asks'] {
  const contexts: Code[] = [];
  const intervals = vitalSigns.flatMap((sign) => sign.intervals);
  for (const code of intervals.flatMap((interval) => groupsOf(interval).flat())) {
    if (!contexts.some((known) => sameCode(known, code))) contexts.push(code);
  }
  return { contexts, gestationalAge: intervals.some(({ gestationalAge }) => gestationalAge !== undefined) };
}

/** For each code the best one of all that definitions connect it with: one that scores read, of LOINC, the first in order. */
function namesOf(vitalSigns: readonly VitalSign[]): Map<string, string> {
  const group = new Map<string, Set<string>>();
  for (const { codes } of vitalSigns) {
    const all = new Set<string>();
    for (const { system, code } of codes) {
      for (const each of group.get(`${system}|${code}`) ?? [`${system}|${code}`]) all.add(each);
    }
    for (const each of all) group.set(each, all);
  }
  const rank = (code: string) => (toldBy.has(code) ? 0 : 2) + (code.startsWith('http://loinc.org|') ? 0 : 1);
  const names = new Map<string, string>();
  for (const [code, all] of group) {
    const [best] = [...all].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    names.set(code, best!);
  }
  return names;
}

function groupByCode(vitalSigns: readonly VitalSign[]): (Code & { signs: VitalSign[] })[] {
  const groups = new Map<string, Code & { signs: VitalSign[] }>();
  for (const sign of vitalSigns) {
    for (const { system, code } of sign.codes) {
      const key = `${system}|${code}`;
      const group = groups.get(key);
      if (!group) groups.set(key, { system, code, signs: [sign] });
      else if (!group.signs.includes(sign)) group.signs.push(sign);
    }
  }
  return [...groups.values()];
}

function rulesOf(signs: readonly VitalSign[], source: Candidate['source']): Rules {
  const candidates: Candidate[] = [];
  for (const { definition, version, unit, intervals } of signs) {
    if (unit === undefined) continue;
    for (const interval of intervals) candidates.push({ interval, unit, source, definition, version });
  }
  const rules = byCategory(candidates);
  if (signs.length === 1) return { signs, ...rules };
  return { signs, ...rules, critical: withEquals(rules.critical), absolute: withEquals(rules.absolute) };
}

/** Sorted candidates, each with the others that are as specific. */
function withEquals(sorted: readonly Candidate[]): Candidate[] {
  const result: Candidate[] = [];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && compareSpecificity(sorted[from]!.interval, sorted[to]!.interval) === 0) to++;
    const equals = sorted.slice(from, to);
    const areOfOne = equals.every(({ definition }) => definition === equals[0]!.definition);
    for (const candidate of equals) result.push(areOfOne ? candidate : { ...candidate, equals });
    from = to;
  }
  return result;
}

/** Candidates by category, in the order they are asked in. */
export function byCategory(candidates: readonly Candidate[]): Omit<Rules, 'signs'> {
  const sorted = [...candidates].sort((a, b) => compareSpecificity(a.interval, b.interval));
  const of = (category: Interval['category']) => sorted.filter((each) => each.interval.category === category);
  return {
    reference: of('reference'),
    critical: of('critical'),
    absolute: of('absolute'),
    ages: sorted.map(({ interval }) => interval.age).filter((age) => age !== undefined),
    byGender: sorted.some(({ interval }) => interval.gender !== undefined),
  };
}

/**
 * The more specific of two intervals comes first: the one with more contexts, then the one with a gestational age, then the
 * one with a gender, then the narrower range of ages; else their order stays.
 */
export function compareSpecificity(a: Interval, b: Interval): number {
  return (
    groupsOf(b).length - groupsOf(a).length ||
    Number(b.gestationalAge !== undefined) - Number(a.gestationalAge !== undefined) ||
    Number(b.gender !== undefined) - Number(a.gender !== undefined) ||
    Math.sign(daysIn(a) - daysIn(b)) ||
    0
  );
}

/** What an interval asks to be known of the patient: one code of each group. */
export function groupsOf({ contextGroups, contexts }: Interval): readonly (readonly Code[])[] {
  return contextGroups ?? contexts.map((code) => [code]);
}

const daysPer = { a: 365.25, mo: 30.4375, wk: 7, d: 1, h: 1 / 24 };
/** Beyond any age, and finite, so that two open ends can be compared. */
const forever = 100_000;

/** About how many days of a life an interval covers. */
function daysIn({ age }: Interval): number {
  if (age === undefined) return 2 * forever;
  const { from, to } = daysOf(age);
  return to - from;
}

/** About when ages begin, and when the first one beyond them does, in days of a life. */
export function daysOf({ low, high }: AgeRange): { from: number; to: number } {
  return {
    from: low ? low.value * daysPer[low.unit] : 0,
    to: high ? (high.value + 1) * daysPer[high.unit] : forever,
  };
}
