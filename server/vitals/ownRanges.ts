// The ranges that an Observation brings along (observation.html, referenceRange): normal ranges with limits, for the patient
// they apply to. What this server once added is none of them.
import { isComputed } from './computed.ts';
import { type Concept, codesOf, type Measurement, type ReferenceRange } from './observation.ts';
import { rangeMeanings, readAgeRange, readBound, readContexts } from './readVitalSign.ts';
import { byCategory, type Candidate, type Rules } from './ruleset.ts';
import type { Code, Interval } from './vitalSign.ts';

/** The ranges as rules, and a sentence on each that has limits and cannot be used. */
export interface OwnRanges {
  readonly rules?: Omit<Rules, 'signs'>;
  readonly notes: readonly string[];
}

const none: OwnRanges = { notes: [] };

/**
 * The ranges of a value, in the unit of its vital sign.
 * @param valueUnit the unit of the value, in which limits are that name none
 */
export function ownRanges({ referenceRange }: Measurement, unit: string, valueUnit: string): OwnRanges {
  if (referenceRange === undefined) return none;
  const candidates: Candidate[] = [];
  const notes: string[] = [];
  for (const [position, range] of referenceRange.entries()) {
    if (isComputed(range) || !isNormal(range.type) || !(range.low || range.high)) continue;
    const interval = readOwnRange(range, position, unit, valueUnit);
    if (typeof interval === 'string') notes.push(`referenceRange[${position}] is not used: ${interval}.`);
    else candidates.push({ interval, unit, source: 'observation' });
  }
  if (candidates.length === 0) return notes.length > 0 ? { notes } : none;
  return { rules: byCategory(candidates), notes };
}

/** Where nothing is said, a normal range is meant. */
function isNormal(type: Concept | undefined): boolean {
  if (type === undefined) return true;
  const codes = codesOf(type);
  return (
    codes.length === 0 || codes.some(({ system, code }) => system === rangeMeanings && code === 'normal')
  );
}

/** Ways in which appliesTo names a gender. */
const genderCodes: ReadonlyMap<string, string> = new Map([
  ['http://snomed.info/sct|248152002', 'female'],
  ['http://snomed.info/sct|248153007', 'male'],
  ['http://hl7.org/fhir/administrative-gender|female', 'female'],
  ['http://hl7.org/fhir/administrative-gender|male', 'male'],
]);

function genderOf(codes: readonly Code[]): string | undefined {
  for (const { system, code } of codes) {
    const gender = genderCodes.get(`${system}|${code}`);
    if (gender) return gender;
  }
  return undefined;
}

function readOwnRange(
  range: ReferenceRange,
  position: number,
  unit: string,
  valueUnit: string,
): Interval | string {
  const low = readBound(range.low, unit, valueUnit);
  const high = readBound(range.high, unit, valueUnit);
  if (typeof low === 'string') return low;
  if (typeof high === 'string') return high;
  if (low !== undefined && high !== undefined && low > high)
    return `its low ${low} is above its high ${high}`;
  const age = range.age && readAgeRange(range.age);
  if (typeof age === 'string') return `its age ${age}`;
  const groups = readContexts(range.appliesTo ?? []);
  if (typeof groups === 'string') return groups;
  const gender = groups.map(genderOf).find((each) => each !== undefined);
  const contextGroups = groups.filter((codes) => genderOf(codes) === undefined);
  return {
    position,
    category: 'reference',
    ...(low !== undefined && { low }),
    ...(high !== undefined && { high }),
    ...(gender !== undefined && { gender }),
    ...(age && { age }),
    contexts: contextGroups.flat(),
    ...(contextGroups.length > 0 && { contextGroups }),
  };
}
