// The reference ranges that are shipped (fhir-profiles/vital-signs/): valid, complete, without contradiction, and with a
// source for every figure.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Issue } from '../../server/errors.ts';
import { applyJsonPatch } from '../../server/patch/jsonPatch.ts';
import { isUnit } from '../../server/units/unit.ts';
import { type Age, isInAge } from '../../server/vitals/age.ts';
import { readVitalSign } from '../../server/vitals/readVitalSign.ts';
import type { Code, Interval } from '../../server/vitals/vitalSign.ts';
import { specification, validatorWith } from '../validation/testValidator.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes
type Json = any;

const folder = 'fhir-profiles/vital-signs/';
const extensionUrl = 'https://salus.example/fhir/StructureDefinition/';
const files = readdirSync(folder);
const definitions: Json[] = files.map((file) => JSON.parse(readFileSync(folder + file, 'utf8')));
const byId = definitions.map((definition): [string, Json] => [definition.id, definition]);
const measured = byId.filter(([, { qualifiedInterval }]) => qualifiedInterval);

const intervalsOf = (definition: Json): readonly Interval[] =>
  readVitalSign(definition, '1').vitalSign!.intervals;

/** For whom: everything but the age. */
const groupOf = ({ gender, contexts }: Interval): string =>
  [gender ?? '', ...contexts.map(({ code }) => code).sort()].join(' ');

function group(intervals: readonly Interval[]): Map<string, Interval[]> {
  const groups = new Map<string, Interval[]>();
  for (const interval of intervals) {
    const key = `${interval.category} ${groupOf(interval)}`;
    groups.set(key, [...(groups.get(key) ?? []), interval]);
  }
  return groups;
}

/** Every day of the first year, then every month, then the days around each birthday: all that a bound can tell apart. */
const ages: Age[] = [];
for (let d = 0; d < 365; d++) {
  // Months and weeks as they are completed by somebody born on 1 January 2001.
  const date = new Date(Date.UTC(2001, 0, 1 + d));
  ages.push({ a: 0, mo: date.getUTCMonth(), wk: Math.floor(d / 7), d, h: d * 24 });
}
for (let mo = 12; mo <= 110 * 12; mo++) {
  const d = Math.floor(mo * 30.4375);
  ages.push({ a: Math.floor(mo / 12), mo, wk: Math.floor(d / 7), d, h: d * 24 });
}

const holdsAt = (interval: Interval, age: Age): boolean =>
  interval.age === undefined || isInAge(interval.age, age);
const nameOf = ({ a, mo, d }: Age): string => (a > 0 ? `${mo} months` : `${d} days`);

/** The interval of the category that holds for a group at an age. */
const at = (intervals: readonly Interval[], category: string, key: string, age: Age): Interval | undefined =>
  intervals.find(
    (interval) => interval.category === category && groupOf(interval) === key && holdsAt(interval, age),
  );

/** Errors against the specification and the extensions' definitions. */
function errorsOf(definition: Json): Issue[] {
  const loaded = { find: specification.structures.find, boundSet: () => undefined, rules: new Map() };
  const question = { profiles: [], claimed: false, extensions: true, advice: false };
  const judged = validatorWith({}).judge(definition, question, loaded);
  return judged.filter(({ severity }) => severity === 'error' || severity === 'fatal');
}

const low = (interval: Interval): number => interval.low ?? Number.NEGATIVE_INFINITY;
const high = (interval: Interval): number => interval.high ?? Number.POSITIVE_INFINITY;

describe('shipped reference ranges', () => {
  it('cover the vital signs', () => {
    const codes = definitions.flatMap(({ code }) =>
      code.coding.filter(({ system }: Code) => system === 'http://loinc.org').map(({ code }: Code) => code),
    );
    expect(codes.sort()).toEqual(
      [
        ...['8867-4', '9279-1', '8310-5', '2708-6', '59408-5', '8480-6', '8462-4', '39156-5', '29463-7'],
        ...['8302-2', '9843-4', '3151-8', '3150-0', '72514-3', '67775-7', '80288-4', '2339-0', '15074-8'],
      ].sort(),
    );
  });

  it('have ids after which their files are named, and codes that only one of them has', () => {
    expect(definitions.map(({ id }) => `${id}.json`)).toEqual(files);
    expect(definitions.filter(({ id }) => !/^salus-[a-z-]+$/.test(id))).toEqual([]);
    const codes = definitions.flatMap(({ code }) => code.coding.map((c: Code) => `${c.system}|${c.code}`));
    expect(new Set(codes).size).toBe(codes.length);
  });

  it.each(byId)('%s conforms to the base specification', (_, definition) => {
    expect(validatorWith({}).validate(definition)).toEqual([]);
  });

  it.each(byId)('%s uses only extensions that are defined for where they are', (_, definition) => {
    expect(errorsOf(definition)).toEqual([]);
  });

  it.each(byId)('%s is read whole, with nothing left unused', (_, definition) => {
    const { vitalSign, problems } = readVitalSign(definition, '1');
    expect(problems).toEqual([]);
    expect(vitalSign!.intervals).toHaveLength(definition.qualifiedInterval?.length ?? 0);
  });

  it.each(byId)('%s cites a source with its year for every figure', (_, definition) => {
    for (const part of definition.qualifiedInterval ?? [definition]) {
      const sources = part.extension.filter(({ url }: Json) => url === `${extensionUrl}range-source`);
      expect(sources.length).toBeGreaterThan(0);
      for (const { valueRelatedArtifact: source } of sources) {
        expect(source.citation.length).toBeGreaterThan(20);
        const isLimit = source.label === 'Limit of measurement';
        expect(isLimit || /\b(19|20)\d\d\b/.test(source.citation)).toBe(true);
        expect(isLimit).toBe(part.category === 'absolute');
      }
    }
  });

  it.each(measured)('%s is in units of UCUM, one for all its figures', (_, definition) => {
    const unit = definition.quantitativeDetails.unit.coding[0].code;
    expect(isUnit(unit)).toBe(true);
    for (const { range, age } of definition.qualifiedInterval) {
      for (const bound of Object.values<Json>(range)) {
        expect([bound.system, bound.code]).toEqual(['http://unitsofmeasure.org', unit]);
      }
      for (const bound of Object.values<Json>(age ?? {})) {
        expect(bound.system).toBe('http://unitsofmeasure.org');
        expect(['a', 'mo', 'd']).toContain(bound.code);
      }
    }
  });

  it.each(measured)('%s has no range upside down', (_, definition) => {
    for (const interval of intervalsOf(definition)) expect(low(interval)).toBeLessThanOrEqual(high(interval));
  });

  it.each(measured)(
    '%s has no two ranges for the same person, and no gap between its age bands',
    (_, definition) => {
      for (const [key, intervals] of group(intervalsOf(definition))) {
        const counts = ages.map((age) => intervals.filter((interval) => holdsAt(interval, age)).length);
        const doubled = ages.filter((_, i) => counts[i]! > 1).map(nameOf);
        expect([key, doubled]).toEqual([key, []]);
        const inside = ages.slice(counts.indexOf(1), counts.lastIndexOf(1) + 1);
        const gaps = inside
          .filter((age) => !intervals.some((interval) => holdsAt(interval, age)))
          .map(nameOf);
        expect([key, gaps]).toEqual([key, []]);
      }
    },
  );

  it.each(measured)('%s has one absolute range, of everybody, that contains all others', (_, definition) => {
    const intervals = intervalsOf(definition);
    const absolute = intervals.filter(({ category }) => category === 'absolute');
    expect(absolute).toHaveLength(1);
    expect([groupOf(absolute[0]!), absolute[0]!.age]).toEqual(['', undefined]);
    for (const { low: from, high: to } of intervals) {
      if (from !== undefined) expect(from).toBeGreaterThanOrEqual(low(absolute[0]!));
      if (to !== undefined) expect(to).toBeLessThanOrEqual(high(absolute[0]!));
    }
  });

  it.each(measured)('%s has critical ranges that contain the reference ranges', (_, definition) => {
    const intervals = intervalsOf(definition);
    for (const reference of intervals.filter(({ category }) => category === 'reference')) {
      for (const age of ages.filter((age) => holdsAt(reference, age))) {
        const key = groupOf(reference);
        const critical = at(intervals, 'critical', key, age) ?? at(intervals, 'critical', '', age);
        if (!critical) continue;
        const where = [key, nameOf(age)];
        expect([...where, low(critical) <= low(reference)]).toEqual([...where, true]);
        expect([...where, high(critical) >= high(reference)]).toEqual([...where, true]);
      }
    }
  });

  it('judge somebody of any age by heart rate, respiratory rate, temperature, oxygen saturation and blood pressure', () => {
    const signs = ['heart-rate', 'respiratory-rate', 'body-temperature', 'oxygen-saturation'];
    for (const sign of [...signs, 'systolic-blood-pressure', 'diastolic-blood-pressure']) {
      const intervals = intervalsOf(Object.fromEntries(byId)[`salus-${sign}`]);
      const without = ages.filter((age) => !at(intervals, 'reference', '', age)).map(nameOf);
      expect([sign, without]).toEqual([sign, []]);
      if (sign === 'diastolic-blood-pressure') continue;
      const unlimited = ages.filter((age) => !at(intervals, 'critical', '', age)).map(nameOf);
      expect([sign, unlimited]).toEqual([sign, []]);
    }
  });

  it('tell the same of glucose whatever it is measured in', () => {
    const [mass, moles] = ['mass', 'moles'].map((kind) =>
      intervalsOf(Object.fromEntries(byId)[`salus-glucose-${kind}`]),
    );
    expect(moles!.map(groupOf)).toEqual(mass!.map(groupOf));
    for (const [i, { low: from, high: to }] of mass!.entries()) {
      // 180.156 g/mol; mmol/L are given with one decimal
      for (const [grams, amount] of [
        [from, moles![i]!.low],
        [to, moles![i]!.high],
      ]) {
        if (grams !== undefined) expect(Math.abs(grams / 18.0156 - amount!)).toBeLessThan(0.15);
      }
    }
  });

  it('list what is normal and what is critical of consciousness, and nothing twice', () => {
    const { normalCodes, criticalCodes } = readVitalSign(Object.fromEntries(byId)['salus-consciousness'], '1')
      .vitalSign!;
    expect(normalCodes!.map(({ code }) => code)).toEqual(['248234008', 'LA9340-6']);
    expect(criticalCodes!.map(({ code }) => code)).toEqual([
      ...['130987000', '300202002', '450847001', '422768004'],
      ...['LA6560-2', 'LA17108-4', 'LA17107-6', 'LA9343-0'],
    ]);
  });

  it('are refused with a source that is none, and with the patient in the wrong place', () => {
    const definition = Object.fromEntries(byId)['salus-heart-rate'];
    const [interval, ...rest] = definition.qualifiedInterval;
    const source = { url: `${extensionUrl}range-source`, valueString: 'a book' };
    const patient = { url: `${extensionUrl}range-patient`, valueReference: { reference: 'Patient/12' } };
    for (const extension of [source, patient]) {
      const changed = {
        ...definition,
        qualifiedInterval: [{ ...interval, extension: [extension] }, ...rest],
      };
      expect(errorsOf(changed)).toHaveLength(1);
    }
    expect(errorsOf({ ...definition, extension: [patient] })).toEqual([]);
  });
});

describe('the clinician’s explanation (fhir-profiles/README.md)', () => {
  const readme = readFileSync('fhir-profiles/README.md', 'utf8');
  const sectionOf = (id: string): string =>
    readme.split('\n### ').find((section) => section.includes(`: \`${id}\`\n`)) ?? '';
  const words: Record<string, string> = {
    reference: 'expected',
    critical: 'critical outside',
    absolute: 'impossible outside',
  };

  it.each(measured)('says every figure of %s', (id, definition) => {
    const section = sectionOf(id);
    for (const { category, range, gender, age, appliesTo = [] } of definition.qualifiedInterval) {
      const figures = rangeText(range);
      const states = appliesTo.map(({ text }: Json) => text);
      if (gender) {
        const row = section.split('\n').find((line) => line.startsWith(`| ${ageText(age)} |`));
        const column = (gender === 'male' ? 2 : 4) + (category === 'critical' ? 1 : 0);
        expect([ageText(age), row?.split(' | ')[column - 1]]).toEqual([ageText(age), figures]);
      } else {
        const whom = [...states, ...(age ? [ageText(age)] : [])].join(', ') || 'everybody';
        expect(section).toContain(`\n| ${whom} | ${words[category]} | ${figures} | `);
      }
    }
  });

  it('gives every source in full', () => {
    for (const { qualifiedInterval, extension } of definitions) {
      for (const part of qualifiedInterval ?? [{ extension }]) {
        for (const { valueRelatedArtifact: source } of part.extension)
          expect(readme).toContain(source.citation);
      }
    }
  });

  it('has examples that work', () => {
    const [patch, post] = [...readme.matchAll(/-d '([^']+)'/g)].map(([, json]) => JSON.parse(json!));
    const changed = applyJsonPatch(Object.fromEntries(byId)['salus-heart-rate'], patch) as Json;
    expect(changed.qualifiedInterval[6].range.high.value).toBe(110);
    const own = { ...post, id: 'own' };
    expect(errorsOf(own)).toEqual([]);
    const { vitalSign, problems } = readVitalSign(own, '1');
    expect(problems).toEqual([]);
    expect([vitalSign?.patient, vitalSign?.intervals.map(({ low }) => low)]).toEqual([
      'Patient/12',
      [88, 84],
    ]);
  });
});

function ageText({ low, high }: Json): string {
  const names: Record<string, string> = { a: 'years', mo: 'months', d: 'days' };
  if (!high) return `${low.value} ${names[low.code]} and over`;
  if (low.code !== high.code) return `${low.value} ${names[low.code]} – ${high.value} ${names[high.code]}`;
  return `${low.value === high.value ? low.value : `${low.value}–${high.value}`} ${names[low.code]}`;
}

function rangeText({ low, high }: Json): string {
  return low ? `${low.value}–${high.value}` : `up to ${high.value}`;
}
