// An ObservationDefinition (observationdefinition.html) as a vital sign with its ranges. What cannot be used is told in a
// sentence each, so that nobody believes a range to hold that does not.
import { equalJson } from '../json/equalJson.ts';
import { isJsonNumber, numberOf } from '../json/jsonNumber.ts';
import { conversionOf, ucum } from '../units/unit.ts';
import { DAYS_IN_HOURS } from './age.ts';
import { convertAmount, isUnitless, unitOf } from './amount.ts';
import { type Concept, codesOf, type JsonObject, type Quantity } from './observation.ts';
import { readCodeLists } from './readCodeLists.ts';
import type { AgeBound, AgeRange, Code, Interval, VitalSign } from './vitalSign.ts';

/** The extension that ties ranges to one patient: valueReference to `Patient/[id]`. */
export const rangePatientUrl = 'https://salus.example/fhir/StructureDefinition/range-patient';
/** "Normal range" among the meanings of a range, which restricts it to nobody. */
export const rangeMeanings = 'http://terminology.hl7.org/CodeSystem/referencerange-meaning';

interface Range {
  readonly low?: Quantity;
  readonly high?: Quantity;
}

interface QualifiedInterval {
  readonly modifierExtension?: readonly unknown[];
  readonly category?: string;
  readonly range?: Range;
  readonly context?: Concept;
  readonly appliesTo?: readonly Concept[];
  readonly gender?: string;
  readonly age?: Range;
  readonly gestationalAge?: Range;
  readonly condition?: string;
}

interface ObservationDefinition {
  readonly id?: string;
  readonly extension?: readonly { url?: string; valueReference?: { reference?: string } }[];
  readonly modifierExtension?: readonly unknown[];
  readonly code?: Concept;
  readonly quantitativeDetails?: { readonly unit?: Concept; readonly customaryUnit?: Concept };
  readonly qualifiedInterval?: readonly QualifiedInterval[];
}

/** What became of reading a definition. */
export interface VitalSignReading {
  /** absent where the definition has no ranges that can be used, or must not be used at all */
  readonly vitalSign?: VitalSign;
  /** one sentence for each thing that cannot be used */
  readonly problems: string[];
}

/**
 * Reads an ObservationDefinition that has passed the base specification. A definition without ranges and without sets of
 * codes is no vital sign, which is no problem either.
 * @param version of the resource
 * @param findValueSet gives the value set that a reference or url names, besides contained ones
 */
export function readVitalSign(
  resource: JsonObject,
  version: string,
  findValueSet?: (reference: string) => unknown,
): VitalSignReading {
  const definition = resource as ObservationDefinition;
  const name = `ObservationDefinition/${definition.id}`;
  const problems: string[] = [];
  const unusable = (why: string): VitalSignReading => ({
    problems: [...problems, `${name} is not used: ${why}.`],
  });
  const given = definition.qualifiedInterval ?? [];
  const lists = readCodeLists(resource, name, problems, findValueSet);
  const hasLists = Object.keys(lists).length > 0;
  if (given.length === 0 && !hasLists) return { problems };
  if (definition.modifierExtension?.length) return unusable('it has a modifierExtension');
  const codes = codesOf(definition.code);
  if (codes.length === 0) return unusable('its code has no coding with system and code');
  const patient = patientOf(definition);
  if (patient === null) {
    return unusable('its extension range-patient has no valueReference of the form Patient/[id]');
  }
  const unit = unitOfRanges(definition);
  if (given.length > 0 && unit === undefined) {
    problems.push(`${name}.quantitativeDetails.unit has no UCUM code, so that its ranges are not used.`);
  }
  const intervals: Interval[] = [];
  if (unit !== undefined) {
    for (const [position, interval] of given.entries()) {
      const read = readInterval(interval, position, unit);
      const twin = typeof read === 'string' ? undefined : intervals.find((each) => areForTheSame(each, read));
      if (typeof read !== 'string' && !twin) intervals.push(read);
      const why = twin ? `qualifiedInterval[${twin.position}] is for the same patients` : read;
      if (typeof why === 'string') {
        problems.push(`${name}.qualifiedInterval[${position}] is not used: ${why}.`);
      }
    }
  }
  if (!hasLists && intervals.length === 0) return { problems };
  const text = definition.code?.text ?? displayOf(definition.code) ?? codes[0]!.code;
  return {
    vitalSign: {
      definition: name,
      version,
      name: text,
      codes,
      ...(unit !== undefined && { unit }),
      ...(patient !== undefined && { patient }),
      intervals,
      ...lists,
    },
    problems,
  };
}

/** Two intervals of which only the first could ever be chosen; what their conditions say cannot be compared. */
function areForTheSame(a: Interval, b: Interval): boolean {
  const forWhom = ({ category, gender, age, gestationalAge, contextGroups }: Interval) => ({
    category,
    gender: gender ?? null,
    age: age ?? null,
    gestationalAge: gestationalAge ?? null,
    contextGroups: contextGroups ?? null,
  });
  return equalJson(forWhom(a), forWhom(b));
}

function displayOf(concept: Concept | undefined): string | undefined {
  return concept?.coding?.find(({ display }) => display)?.display;
}

/** Undefined: everybody's. Null: somebody's, but nobody knows whose. */
function patientOf({ extension }: ObservationDefinition): string | undefined | null {
  const ties = extension?.filter(({ url }) => url === rangePatientUrl) ?? [];
  if (ties.length === 0) return undefined;
  const reference = ties[0]!.valueReference?.reference;
  return ties.length === 1 && /^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(reference ?? '') ? reference : null;
}

function unitOfRanges({ quantitativeDetails }: ObservationDefinition): string | undefined {
  for (const concept of [quantitativeDetails?.unit, quantitativeDetails?.customaryUnit]) {
    for (const { system, code } of codesOf(concept)) {
      if (system === ucum && (isUnitless(code) || conversionOf(code))) return code;
    }
  }
  return undefined;
}

const categories: readonly (string | undefined)[] = ['reference', 'critical', 'absolute'];
const genders: readonly (string | undefined)[] = ['male', 'female', 'other', undefined];

/** The interval, or why it cannot be used. */
function readInterval(given: QualifiedInterval, position: number, unit: string): Interval | string {
  const { category = 'reference', gender, condition } = given;
  if (given.modifierExtension?.length) return 'it has a modifierExtension';
  if (!categories.includes(category)) return `its category is ${category}`;
  if (!genders.includes(gender)) return `a patient of gender ${gender} is not known to be one`;
  const low = readBound(given.range?.low, unit);
  const high = readBound(given.range?.high, unit);
  if (typeof low === 'string') return low;
  if (typeof high === 'string') return high;
  if (low === undefined && high === undefined) return 'its range has neither low nor high';
  if (low !== undefined && high !== undefined && low > high)
    return `its low ${low} is above its high ${high}`;
  const age = given.age && readAgeRange(given.age, ageUnits);
  if (typeof age === 'string') return `its age ${age}`;
  const gestationalAge = given.gestationalAge && readAgeRange(given.gestationalAge, ['wk', 'd']);
  if (typeof gestationalAge === 'string') return `its gestationalAge ${gestationalAge}`;
  const groups = readContexts([...(given.context ? [given.context] : []), ...(given.appliesTo ?? [])]);
  if (typeof groups === 'string') return groups;
  return {
    position,
    category: category as Interval['category'],
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    ...(gender !== undefined && { gender }),
    ...(age && { age }),
    ...(gestationalAge && { gestationalAge }),
    contexts: groups.flat(),
    ...(groups.length > 0 && { contextGroups: groups }),
    ...(condition !== undefined && { condition }),
  };
}

/**
 * A bound in a unit, undefined where there is none, or why it cannot be used.
 * @param unsaid the unit of a bound that names none
 */
export function readBound(
  bound: Quantity | undefined,
  unit: string,
  unsaid: string = unit,
): number | string | undefined {
  if (bound === undefined) return undefined;
  const { value, code, unit: text, system } = bound;
  if (!isJsonNumber(value) || !Number.isFinite(numberOf(value))) return 'a bound of its range has no value';
  const own = code === undefined && text === undefined && system === undefined ? unsaid : unitOf(bound);
  const converted = own === undefined ? undefined : convertAmount(numberOf(value), own, unit);
  return converted ?? `${code ?? text ?? 'a unit without code'} is not converted into ${unit}`;
}

const ageUnits: readonly AgeBound['unit'][] = ['a', 'mo', 'wk', 'd', 'h'];

const ageWords: Readonly<Record<string, AgeBound['unit']>> = {
  year: 'a',
  years: 'a',
  month: 'mo',
  months: 'mo',
  week: 'wk',
  weeks: 'wk',
  day: 'd',
  days: 'd',
  hour: 'h',
  hours: 'h',
};

/** A range of ages, or why it cannot be used. */
export function readAgeRange(
  { low, high }: Range,
  units: readonly AgeBound['unit'][] = ageUnits,
): AgeRange | string {
  const from = low && readAgeBound(low, units);
  const to = high && readAgeBound(high, units);
  if (typeof from === 'string') return from;
  if (typeof to === 'string') return to;
  if (!from && !to) return 'has neither low nor high';
  return { ...(from && { low: from }), ...(to && { high: to }) };
}

function readAgeBound(
  { value, system, code, unit }: Quantity,
  units: readonly AgeBound['unit'][],
): AgeBound | string {
  const known =
    code === undefined
      ? (units.find((each) => each === unit) ??
        (Object.hasOwn(ageWords, unit ?? '') ? ageWords[unit!] : undefined))
      : units.find((each) => each === code && (system === undefined || system === ucum));
  if (!known || !units.includes(known))
    return `is in ${code ?? unit ?? 'no unit'}, not in ${units.join(', ')}`;
  const amount = isJsonNumber(value) ? numberOf(value) : Number.NaN;
  if (!Number.isInteger(amount) || amount < 0) return 'is not in whole, completed units';
  if (known === 'h' && amount >= DAYS_IN_HOURS * 24) {
    return `has ${amount} hours; from ${DAYS_IN_HOURS} days on, say it in days`;
  }
  return { value: amount, unit: known };
}

/** What each concept asks for, those left out that ask for nothing; or why one cannot be used. */
export function readContexts(concepts: readonly Concept[]): Code[][] | string {
  const groups: Code[][] = [];
  for (const concept of concepts) {
    const codes = codesOf(concept);
    if (codes.length === 0) return `"${concept.text ?? ''}" in its context or appliesTo has no code`;
    if (!codes.some(({ system, code }) => system === rangeMeanings && code === 'normal')) groups.push(codes);
  }
  return groups;
}
