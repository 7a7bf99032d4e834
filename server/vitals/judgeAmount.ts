// One amount against all that may hold for its patient. Where age or gender is not known exactly, every possibility is looked
// at: what they agree on is certain, and what they do not is not said.
import { type Age, everyAge, possibleAges } from './age.ts';
import { type Amount, spanIn } from './amount.ts';
import { type Comparison, compareWithRanges, type Person, type Sources } from './compareWithRanges.ts';
import { contextsAt } from './contexts.ts';
import type { Measurement } from './observation.ts';
import { ownRanges } from './ownRanges.ts';
import type { Candidate, Rules, RulesFor } from './ruleset.ts';
import type { AgeRange, Interval, Judged, PatientFacts, Unjudged } from './vitalSign.ts';

export interface AmountQuestion {
  /** place among the components */
  readonly index: number;
  readonly name: string;
  readonly rules: RulesFor;
  readonly facts: PatientFacts | undefined;
  /** date or time of the measurement */
  readonly when: string | undefined;
  readonly refuse: (reason: Unjudged['reason'], why: string) => Unjudged;
}

/** Judges one amount; the ranges of its own are those of `part`. */
export function judgeAmount(given: Amount, part: Measurement, question: AmountQuestion): Judged | Unjudged {
  const { index, name, rules, facts, when, refuse } = question;
  const signs = [...(rules.patient?.signs ?? []), ...(rules.population?.signs ?? [])];
  const units = signs.map(({ unit }) => unit).filter((unit) => unit !== undefined);
  if (units.length === 0) return refuse('not-a-quantity', 'its values are codes');
  const unit = units.find((each) => spanIn(given, each));
  if (unit === undefined) {
    return refuse('unit', `${given.unitText} is not converted into ${[...new Set(units)].join(' or ')}`);
  }
  // Converted once, since nearly all ranges of a vital sign are in one unit.
  const amount = given.unit === unit ? given : { ...given, unit, value: valueIn(given, unit) };
  const own = ownRanges(part, unit, given.unit ?? unit);
  const sources: Sources = [rules.patient, own.rules, rules.population]
    .filter((source) => source !== undefined)
    .map((source) => convertible(source, amount));
  const people = possiblePeople(sources, facts, when);
  if (people.length === 0) return refuse('age-unknown', `${when} is before the patient was born`);
  const first = compareWithRanges(amount, sources, people[0]!);
  let sameLimits = true;
  let varies = false;
  let atLeast = first.atLeast ?? false;
  for (let i = 1; i < people.length; i++) {
    const other = compareWithRanges(amount, sources, people[i]!);
    if (other.level !== first.level) return refuse(...whatIsUnknown(people[0]!, people[i]!, facts, when));
    varies ||= other.by !== first.by;
    atLeast ||= other.atLeast ?? false;
    sameLimits &&= haveSameLimits(first, other);
  }
  const value = `${given.comparator ?? ''}${given.value} ${given.unitText}`;
  const by = first.by!;
  switch (first.level) {
    case 'impossible':
      return refuse('impossible', `${value} is not possible: ${limitsOf(by)} is (${placeOf(by)})`);
    case 'no-range':
      return refuse('no-range', 'no reference range holds for this patient');
    case 'undecided':
      return refuse('comparator', `${value} may lie inside or outside the range`);
  }
  const notes = [...own.notes];
  if (varies) notes.push('Age or gender is not known exactly; every range that may hold says the same.');
  if (atLeast) notes.push(`${value} may be critical too.`);
  return {
    component: index,
    name,
    interpretation: first.level,
    interval: intervalOf(by.interval),
    source: by.source,
    ...(by.definition !== undefined && { definition: by.definition, version: by.version! }),
    value: valueIn(amount, by.unit),
    unit: by.unit,
    ...(sameLimits && referenceOf(by.unit, first)),
    ...(notes.length > 0 && { notes }),
  };
}

function haveSameLimits(a: Comparison, b: Comparison): boolean {
  return a.low?.interval.low === b.low?.interval.low && a.high?.interval.high === b.high?.interval.high;
}

/** Ranges in units that the amount is not converted into say nothing of it. */
function convertible(source: Omit<Rules, 'signs'>, amount: Amount): Omit<Rules, 'signs'> {
  const fits = ({ unit }: Candidate) => unit === amount.unit || spanIn(amount, unit) !== undefined;
  const all = (list: readonly Candidate[]) => (list.every(fits) ? list : list.filter(fits));
  return {
    ...source,
    reference: all(source.reference),
    critical: all(source.critical),
    absolute: all(source.absolute),
  };
}

const anyone: readonly undefined[] = [undefined];

/** All that the patient may be, as far as the ranges ask; nobody at all before the birth. */
function possiblePeople(
  sources: Sources,
  facts: PatientFacts | undefined,
  when: string | undefined,
): Person[] {
  const ranges = sources.length === 1 ? sources[0]!.ages : sources.flatMap((source) => source.ages);
  const byGender = sources.some((source) => source.byGender);
  const ages: readonly (Age | undefined)[] =
    ranges.length > 0 ? agesOf(facts?.birthDate, when, ranges) : anyone;
  const genders = byGender ? gendersOf(facts?.gender) : anyone;
  const contexts = contextsAt(facts?.contexts ?? [], when);
  const gestationalAge = facts?.gestationalAge;
  const people: Person[] = [];
  for (const age of ages) {
    for (const gender of genders) people.push({ age, gender, contexts, gestationalAge });
  }
  return people;
}

function agesOf(
  birthDate: string | undefined,
  when: string | undefined,
  ranges: readonly AgeRange[],
): readonly Age[] {
  return birthDate === undefined || when === undefined
    ? everyAge(ranges)
    : possibleAges(birthDate, when, ranges);
}

/** `other` says nothing of which of the ranges for men and women holds. */
function gendersOf(gender: string | undefined): string[] {
  if (gender === 'male' || gender === 'female') return [gender];
  return gender === 'other' ? ['other', 'male', 'female'] : ['male', 'female'];
}

function whatIsUnknown(
  { age }: Person,
  other: Person,
  facts: PatientFacts | undefined,
  when: string | undefined,
): [Unjudged['reason'], string] {
  if (age === other.age) {
    return ['gender-unknown', `its range depends on the gender, which is ${facts?.gender ?? 'not known'}`];
  }
  const why =
    facts?.birthDate === undefined
      ? 'the birth date is not known'
      : when === undefined
        ? 'the Observation has no date'
        : `born ${facts.birthDate}, measured ${when}`;
  return ['age-unknown', `its range depends on the age, which cannot be told: ${why}`];
}

function intervalOf({ position, category, low, high, condition }: Interval): Judged['interval'] & object {
  return {
    position,
    category,
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    ...(condition !== undefined && { condition }),
  };
}

function limitsOf({ interval: { low, high }, unit }: Candidate): string {
  if (low === undefined) return `up to ${high} ${unit}`;
  return high === undefined ? `from ${low} ${unit}` : `${low} to ${high} ${unit}`;
}

function placeOf({ definition, version, interval }: Candidate): string {
  return `${definition}/_history/${version}, qualifiedInterval[${interval.position}]`;
}

/** The number of an amount in a unit, without its comparator. */
function valueIn(amount: Amount, unit: string): number {
  return spanIn({ ...amount, comparator: undefined }, unit)!.low;
}

/** The normal limits, as far as they are in the unit of what decided. */
function referenceOf(
  unit: string,
  { normal, low, high }: Pick<Comparison, 'normal' | 'low' | 'high'>,
): Pick<Judged, 'reference'> | undefined {
  const from = low?.unit === unit ? low.interval.low : undefined;
  const to = high?.unit === unit ? high.interval.high : undefined;
  if (!normal || (from === undefined && to === undefined)) return undefined;
  const { definition, version, interval } = normal;
  const reference = {
    ...(from !== undefined && { low: from }),
    ...(to !== undefined && { high: to }),
    ...(definition !== undefined && { definition, version: version! }),
    position: interval.position,
  };
  return { reference };
}
