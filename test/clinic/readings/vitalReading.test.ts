// What a row of readings means: names and codes, values, units and times, and what is told of those that cannot be read.
import { describe, expect, it } from '@jest/globals';
import { differences, observationOf, readingId } from '../../../server/clinic/readings/vitalObservation.ts';
import { readVital } from '../../../server/clinic/readings/vitalReading.ts';
import { type Column, columnNamed, type VitalRow } from '../../../server/clinic/readings/vitalRow.ts';
import { parseJson } from '../../../server/json/parseJson.ts';
import type { Resource } from '../../../server/services.ts';
import { createRuleset } from '../../../server/vitals/ruleset.ts';
import { readingsOf } from '../../../server/vitals/scores/readingsOf.ts';
import type { VitalSign } from '../../../server/vitals/vitalSign.ts';

const LOINC = 'http://loinc.org';
const none = createRuleset([]);
const rowOf = (cells: Partial<Record<Column, string>>): VitalRow => ({
  ...{ place: 1, names: {}, errors: [] },
  cells: { patient: 'Patient/x', time: '2026-01-31T08:30:00Z', ...cells },
});
const sign = (more: Partial<VitalSign>): VitalSign => ({
  definition: 'ObservationDefinition/x',
  version: '1',
  name: 'X',
  codes: [],
  intervals: [],
  ...more,
});

/** The stored form of a row, as a client reads it. */
function stored(cells: Partial<Record<Column, string>>, ruleset = none) {
  const row = rowOf(cells);
  const reading = readVital(row, ruleset);
  if (!reading) throw new Error(JSON.stringify(row.errors));
  // biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
  return JSON.parse(JSON.stringify(observationOf(reading, { patient: 'Patient/x' }))) as any;
}

function errorsIn(cells: Partial<Record<Column, string>>, ruleset = none): [string | undefined, string][] {
  const row = rowOf(cells);
  expect(readVital(row, ruleset)).toBeUndefined();
  return row.errors.map(({ column, detail }) => [column, detail]);
}

describe('names and codes', () => {
  it.each([
    ['heart rate', '80', '8867-4', '/min'],
    ['Heart_Rate', '80', '8867-4', '/min'],
    ['PULSE', '80', '8867-4', '/min'],
    ['8867-4', '80', '8867-4', '/min'],
    ['http://loinc.org|8867-4', '80', '8867-4', '/min'],
    ['RR', '18', '9279-1', '/min'],
    ['Temp', '37.1', '8310-5', 'Cel'],
    ['systolic', '120', '8480-6', 'mm[Hg]'],
    ['DBP', '80', '8462-4', 'mm[Hg]'],
    ['59408-5', '98', '59408-5', '%'],
    ['weight', '70', '29463-7', 'kg'],
    ['pain', '3', '72514-3', '{score}'],
    ['oxygen flow', '2', '3151-8', 'L/min'],
    ['FiO2', '28', '3150-0', '%'],
    ['capillary refill', '2', '44963-7', 's'],
  ])('%s %s', (code, value, loinc, unit) => {
    expect(stored({ code, value })).toMatchObject({
      code: { coding: [{ system: LOINC, code: loinc }] },
      valueQuantity: { value: Number(value), system: 'http://unitsofmeasure.org', code: unit },
    });
  });

  it('SpO2 has both codes that FHIR asks for, its LOINC code only itself', () => {
    const codes = (code: string) =>
      stored({ code, value: '97' }).code.coding.map((each: { code: string }) => each.code);
    expect(codes('SpO2')).toEqual(['2708-6', '59408-5']);
    expect(codes('2708-6')).toEqual(['2708-6']);
  });

  it('glucose is told apart by its unit', () => {
    expect(stored({ code: 'glucose', value: '95', unit: 'mg/dl' }).code.coding[0].code).toBe('2339-0');
    expect(stored({ code: 'glucose', value: '5.3', unit: 'mmol/L' }).code.coding[0].code).toBe('15074-8');
    expect(errorsIn({ code: 'glucose', value: '5.3' })).toEqual([
      ['code', expect.stringContaining('means 2339-0 (mg/dL), 15074-8 (mmol/L)')],
    ]);
    expect(errorsIn({ code: 'glucose', value: '5.3', unit: 'kg' })[0]![0]).toBe('unit');
  });

  it('a vital sign that is defined here is known by its codes and its name', () => {
    const codes = [{ system: 'urn:own', code: 'etco2' }];
    const ruleset = createRuleset([sign({ name: 'End-tidal CO2', codes, unit: 'kPa' })]);
    for (const code of ['end tidal co2', 'etco2', 'urn:own|etco2']) {
      expect(stored({ code, value: '5.1' }, ruleset)).toMatchObject({
        code: { coding: [{ ...codes[0], display: 'End-tidal CO2' }] },
        valueQuantity: { value: 5.1, code: 'kPa' },
      });
    }
    expect(errorsIn({ code: 'etco2', value: '5.1' })[0]).toEqual([
      'code',
      expect.stringContaining('"etco2" is no vital sign'),
    ]);
  });

  it('the definition in force says which unit is meant where none is told', () => {
    const codes = [
      { system: LOINC, code: '8310-5' },
      { system: 'http://snomed.info/sct', code: '386725007' },
    ];
    const ruleset = createRuleset([sign({ name: 'Body temperature', codes, unit: '[degF]' })]);
    expect(stored({ code: 'temp', value: '98.6' }, ruleset).valueQuantity.code).toBe('[degF]');
    expect(stored({ code: 'http://snomed.info/sct|386725007', value: '98.6' }, ruleset)).toMatchObject({
      code: { coding: [{ system: LOINC, code: '8310-5' }] },
      valueQuantity: { code: '[degF]' },
    });
  });

  it("a patient's own definition gives no names to others", () => {
    const codes = [{ system: 'urn:own', code: 'x1' }];
    const ruleset = createRuleset([sign({ name: 'Own', codes, unit: '1', patient: 'Patient/a' })]);
    expect(errorsIn({ code: 'Own', value: '1' }, ruleset)).toHaveLength(1);
  });
});

describe('units', () => {
  it.each([
    ['hr', 'bpm', '/min'],
    ['hr', 'BPM', '/min'],
    ['hr', '{beats}/min', '/min'],
    ['hr', '1/min', '/min'],
    ['rr', 'breaths/min', '/min'],
    ['temp', '°C', 'Cel'],
    ['temp', 'C', 'Cel'],
    ['temp', 'F', '[degF]'],
    ['temp', '°F', '[degF]'],
    ['temp', 'K', 'K'],
    ['systolic', 'mmHg', 'mm[Hg]'],
    ['systolic', 'kPa', 'kPa'],
    ['weight', 'lb', '[lb_av]'],
    ['weight', 'g', 'g'],
    ['height', 'in', '[in_i]'],
    ['height', 'm', 'm'],
    ['spo2', '%', '%'],
    ['oxygen flow', 'l/min', 'L/min'],
    ['pain', '/10', '{score}'],
    ['pain', '1', '1'],
    ['capillary refill', 'sec', 's'],
  ])('%s in %s', (code, unit, ucum) => {
    expect(stored({ code, value: '30', unit }).valueQuantity).toEqual({
      ...{ value: 30, unit, code: ucum, system: 'http://unitsofmeasure.org' },
    });
  });

  it.each([
    ['hr', 'kg'],
    ['temp', 'mmHg'],
    ['weight', 'C'],
    ['spo2', 'furlongs'],
    ['temp', 'constructor'],
  ])('%s in %s is refused', (code, unit) => {
    expect(errorsIn({ code, value: '30', unit })).toEqual([
      ['unit', expect.stringMatching(new RegExp(`^"${unit}" cannot be converted into `))],
    ]);
  });
});

describe('values', () => {
  it.each([
    ['36.60', '"value":36.60'],
    ['36.6', '"value":36.6'],
    ['0.10', '"value":0.10'],
    ['-1.5', '"value":-1.5'],
    ['37', '"value":37'],
    ['<35.0', '"value":35.0,"comparator":"<"'],
    ['>= 42', '"value":42,"comparator":">="'],
    ['≤ 35', '"value":35,"comparator":"<="'],
  ])('%s keeps its digits', (value, json) => {
    const reading = readVital(rowOf({ code: 'temp', value }), none)!;
    expect(JSON.stringify(observationOf(reading, { patient: 'Patient/x' }))).toContain(json);
  });

  it.each([
    'abc',
    '36,6',
    '.5',
    '5.',
    '036.6',
    '1e999',
    '0x10',
    'NaN',
    '36.6 °C',
    '<',
    '1'.repeat(31),
    '120/80',
  ])('%s is no number', (value) => {
    const [[column, detail]] = errorsIn({ code: 'temp', value }) as [[string, string]];
    expect([column, detail.startsWith(`"${value}" is not a number.`)]).toEqual(['value', true]);
  });

  it('a comma is explained', () => {
    expect(errorsIn({ code: 'temp', value: '36,6' })).toEqual([
      ['value', '"36,6" is not a number. The decimal point is a point.'],
    ]);
  });

  it.each(['120/80', '120 / 80'])('%s is a blood pressure', (value) => {
    const observation = stored({ code: 'bp', value, unit: 'mmHg' });
    expect(observation).toMatchObject({
      code: { coding: [{ code: '85354-9' }] },
      component: [
        {
          code: { coding: [{ code: '8480-6' }] },
          valueQuantity: { value: 120, unit: 'mmHg', code: 'mm[Hg]' },
        },
        {
          code: { coding: [{ code: '8462-4' }] },
          valueQuantity: { value: 80, unit: 'mmHg', code: 'mm[Hg]' },
        },
      ],
    });
    expect(observation).not.toHaveProperty('valueQuantity');
  });

  it.each(['120', '120/80/60', '/', 'a/b'])('%s is no blood pressure', (value) => {
    expect(errorsIn({ code: '85354-9', value }).map(([column]) => column)).toContain('value');
  });

  it.each([
    ['consciousness', 'A', 'consciousness', 'A'],
    ['AVPU', 'alert', 'consciousness', 'A'],
    ['acvpu', 'new confusion', 'consciousness', 'C'],
    ['80288-4', 'V', 'consciousness', 'V'],
    ['consciousness', 'pain', 'consciousness', 'P'],
    ['consciousness', 'Unresponsive', 'consciousness', 'U'],
    ['consciousness', 'http://loinc.org|LA9340-6', 'consciousness', 'A'],
    ['work of breathing', 'Moderate', 'effort', 'moderate'],
    ['respiratory effort', 'normal', 'effort', 'none'],
    ['on oxygen', 'yes', 'oxygen', 'oxygen'],
    ['on oxygen', 'no', 'oxygen', 'air'],
    ['supplemental oxygen', 'Room air', 'oxygen', 'air'],
    ['FiO2', 'CPAP', 'oxygen', 'oxygen'],
    ['oxygen flow', 'air', 'oxygen', 'air'],
    ['oxygen flow', '2', 'oxygen', 'oxygen'],
    ['fio2', '21', 'oxygen', 'air'],
    ['heart rate', '80', 'pulse', 80],
    ['capillary refill', '2', 'capillaryRefill', 2],
  ])('%s: %s is understood by scores', (code, value, parameter, told) => {
    const observation = { ...stored({ code, value }), id: 'x' };
    expect(readingsOf(observation)).toMatchObject([{ parameter, value: told }]);
  });

  it.each([
    ['consciousness', 'sleepy', 'alert'],
    ['consciousness', '15', 'a, c, v, p, u'],
    ['on oxygen', '2', 'air, oxygen'],
    ['effort', 'http://snomed.info/sct|1', 'none'],
  ])('%s: %s is no answer', (code, value, advice) => {
    const [[column, detail]] = errorsIn({ code, value }) as [[string, string]];
    expect(column).toBe('value');
    expect(detail).toContain(advice === 'alert' ? 'is no answer for Level of responsiveness' : advice);
  });

  it('a coded vital sign that is defined here takes the codes it lists', () => {
    const normalCodes = [{ system: 'urn:own', code: 'pink' }];
    const codes = [{ system: 'urn:own', code: 'skin' }];
    const ruleset = createRuleset([sign({ name: 'Skin', codes, normalCodes })]);
    expect(stored({ code: 'skin', value: 'urn:own|pink' }, ruleset).valueCodeableConcept.coding).toEqual(
      normalCodes,
    );
    expect(errorsIn({ code: 'skin', value: 'urn:own|green' }, ruleset)).toEqual([
      ['value', '"urn:own|green" is no answer for Skin: it is urn:own|pink.'],
    ]);
  });

  it('a share of 1 is not taken for a percentage', () => {
    for (const [code, value] of [
      ['SpO2', '0.97'],
      ['FiO2', '0.4'],
      ['FiO2', '1'],
    ]) {
      const said = [['unit', `"${value}" may be a share of 1 or a percentage: give the unit, % or 1.`]];
      expect(errorsIn({ code: code!, value: value! })).toEqual(said);
    }
    expect(stored({ code: 'FiO2', value: '0.4', unit: '1' }).valueQuantity).toMatchObject({
      value: 0.4,
      code: '1',
    });
    expect(stored({ code: 'FiO2', value: '0' }).valueQuantity).toMatchObject({ value: 0, code: '%' });
  });

  it('a word has no unit', () => {
    expect(errorsIn({ code: 'avpu', value: 'A', unit: '%' })[0]![0]).toBe('unit');
  });
});

describe('times', () => {
  it.each([
    ['2026-01-31T08:30:00Z', '2026-01-31T08:30:00Z'],
    ['2026-01-31 08:30:00+01:00', '2026-01-31T08:30:00+01:00'],
    ['2026-01-31T08:30+0100', '2026-01-31T08:30:00+01:00'],
    ['2026-01-31T08:30:00.125-05:30', '2026-01-31T08:30:00.125-05:30'],
    ['2024-02-29T00:00:00z', '2024-02-29T00:00:00Z'],
  ])('%s', (time, written) => {
    expect(stored({ code: 'hr', value: '80', time }).effectiveDateTime).toBe(written);
  });

  it.each(['2026-01-31T08:30:00', '2026-01-31 08:30'])('%s has no zone', (time) => {
    expect(errorsIn({ code: 'hr', value: '80', time })).toEqual([
      ['time', expect.stringContaining('does not tell its time zone')],
    ]);
  });

  it.each([
    'now',
    '2026-01-31',
    '2026-02-30T08:00:00Z',
    '2025-02-29T08:00:00Z',
    '2026-01-31T24:00:00Z',
    '31.01.2026 08:30',
    '1769848200',
    '0000-01-01T00:00:00Z',
  ])('%s is no time', (time) => {
    expect(errorsIn({ code: 'hr', value: '80', time })).toEqual([
      ['time', expect.stringContaining('is no time as ISO 8601 writes it')],
    ]);
  });
});

it('all mistakes of a row are told at once, in the words of its sender', () => {
  const row: VitalRow = {
    ...{ place: 1, errors: [], names: { code: 'Vital', time: 'taken_at', value: 'Result' } },
    cells: { code: 'heart rate', value: 'x', unit: 'kg', time: 'now' },
  };
  expect(readVital(row, none)).toBeUndefined();
  expect(row.errors.map(({ column }) => column)).toEqual(['patient', 'taken_at', 'unit', 'Result']);
});

it.each([
  ['MRN', 'patient'],
  ['patient_id', 'patient'],
  ['Patient ID', 'patient'],
  ['name', 'code'],
  ['Vital Sign', 'code'],
  ['timestamp', 'time'],
  ['taken_at', 'time'],
  ['UNITS', 'unit'],
  ['colour', undefined],
  ['', undefined],
])('the heading %s is %s', (name, column) => {
  expect(columnNamed(name)).toBe(column);
});

describe('what a reading is known by', () => {
  const idOf = (cells: Partial<Record<Column, string>>, patient = 'Patient/x') =>
    readingId(readVital(rowOf({ code: 'temp', value: '36.6', ...cells }), none)!, { patient });
  it('is the same for the same patient, code, instant, value and unit, however they are written', () => {
    const id = idOf({});
    expect(idOf({ code: '8310-5' })).toBe(id);
    expect(idOf({ unit: '°C' })).toBe(id);
    expect(idOf({ time: '2026-01-31T09:30:00.000+01:00' })).toBe(id);
  });

  it('differs with any of them', () => {
    const ids = [
      idOf({}),
      idOf({}, 'Patient/y'),
      idOf({ code: '9279-1', unit: '/min' }),
      idOf({ time: '2026-01-31T08:30:00.0001Z' }),
      idOf({ time: '2026-01-31T08:30:00.001Z' }),
      idOf({ value: '36.7' }),
      idOf({ value: '<36.6' }),
      idOf({ unit: 'F' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('what the server adds, and what the row does not tell, is no difference', () => {
  const reading = readVital(rowOf({ code: 'bp', value: '120/80' }), none)!;
  const asked = observationOf(reading, { patient: 'Patient/x' });
  const found = parseJson(JSON.stringify(asked)) as Resource & { component: Record<string, unknown>[] };
  found.note = [{ text: 'added by hand' }];
  found.component[0]!.interpretation = [{ text: 'N' }];
  expect(differences(found, asked)).toEqual([]);
  expect(differences(found, observationOf(reading, { patient: 'Patient/y', note: 'x' }))).toEqual([
    'patient',
    'note',
  ]);
  const other = readVital(rowOf({ code: 'bp', value: '120/81', time: '2026-01-31T08:31:00Z' }), none)!;
  expect(differences(found, observationOf(other, { patient: 'Patient/x' }))).toEqual([
    'time',
    'value or unit',
  ]);
});
