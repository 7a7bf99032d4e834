import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '../../server/vitals/observation.ts';
import { readVitalSign } from '../../server/vitals/readVitalSign.ts';
import { loinc, quantity, shippedDefinitions } from './made.ts';

const ucumUnit = (code: string) => ({ unit: { coding: [{ system: 'http://unitsofmeasure.org', code }] } });

function definition(intervals: unknown[] | undefined, more: JsonObject = {}): JsonObject {
  return {
    resourceType: 'ObservationDefinition',
    id: 'temperature',
    code: { ...loinc('8310-5'), text: 'Body temperature' },
    quantitativeDetails: ucumUnit('Cel'),
    ...(intervals && { qualifiedInterval: intervals }),
    ...more,
  };
}

const range = { low: quantity(36, 'Cel'), high: quantity(38, 'Cel') };
const codes = (system: string, code: string) => ({ coding: [{ system, code }] });
const patientTie = (value: JsonObject) => ({
  extension: [{ url: 'https://salus.example/fhir/StructureDefinition/range-patient', ...value }],
});

describe('an ObservationDefinition as a vital sign', () => {
  it('is read with its ranges', () => {
    const pregnant = codes('http://snomed.info/sct', '77386006');
    const source = definition(
      [
        {
          category: 'reference',
          range: { low: quantity(96.8, '[degF]'), high: { value: 38 } },
          gender: 'female',
          age: { low: quantity(3, 'mo'), high: { value: 17, unit: 'years' } },
          gestationalAge: { low: quantity(37, 'wk') },
          context: codes('http://terminology.hl7.org/CodeSystem/referencerange-meaning', 'normal'),
          appliesTo: [pregnant],
          condition: 'at rest',
        },
        { range: { high: { value: JSON.rawJSON('43.0') } }, category: 'absolute' },
      ],
      patientTie({ valueReference: { reference: 'Patient/p1' } }),
    );
    expect(readVitalSign(source, '3')).toEqual({
      vitalSign: {
        definition: 'ObservationDefinition/temperature',
        version: '3',
        name: 'Body temperature',
        codes: [{ system: 'http://loinc.org', code: '8310-5' }],
        unit: 'Cel',
        patient: 'Patient/p1',
        intervals: [
          {
            position: 0,
            category: 'reference',
            low: 36,
            high: 38,
            gender: 'female',
            age: { low: { value: 3, unit: 'mo' }, high: { value: 17, unit: 'a' } },
            gestationalAge: { low: { value: 37, unit: 'wk' } },
            contexts: [{ system: 'http://snomed.info/sct', code: '77386006' }],
            contextGroups: [[{ system: 'http://snomed.info/sct', code: '77386006' }]],
            condition: 'at rest',
          },
          { position: 1, category: 'absolute', high: 43, contexts: [] },
        ],
      },
      problems: [],
    });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['a unit that is not converted', { range: { low: quantity(36, 'kg') } }, /kg is not converted into Cel/],
    ['an unknown unit', { range: { low: { value: 36, unit: 'degrees' } } }, /degrees is not converted/],
    ['no limits', { range: {} }, /neither low nor high/],
    ['no range', {}, /neither low nor high/],
    ['limits the wrong way round', { range: { low: { value: 5 }, high: { value: 4 } } }, /low 5 is above/],
    ['a limit without value', { range: { low: { unit: 'Cel' } } }, /no value/],
    ['an age in seconds', { range, age: { low: quantity(3, 's') } }, /age is in s, not in a, mo/],
    ['a broken age', { range, age: { low: quantity(0.5, 'a') } }, /not in whole, completed units/],
    ['many hours', { range, age: { high: quantity(744, 'h') } }, /say it in days/],
    ['an age without limits', { range, age: {} }, /age has neither/],
    [
      'a gestational age in months',
      { range, gestationalAge: { low: quantity(8, 'mo') } },
      /in mo, not in wk, d/,
    ],
    ['a context without code', { range, context: { text: 'Pregnant' } }, /"Pregnant" .* has no code/],
    ['an unknown gender', { range, gender: 'unknown' }, /gender unknown/],
    ['a category of another version', { range, category: 'usual' }, /category is usual/],
    ['a modifier', { range, modifierExtension: [{ url: 'u' }] }, /modifierExtension/],
  ])('tells of %s', (_, interval, problem) => {
    const { vitalSign, problems } = readVitalSign(definition([{ range }, interval]), '1');
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems[0]).toMatch(/^ObservationDefinition\/temperature\.qualifiedInterval\[1] is not used: /);
    expect(vitalSign?.intervals.map(({ position }) => position)).toEqual([0]);
  });

  it('tells of an interval that another one always comes before', () => {
    const { vitalSign, problems } = readVitalSign(
      definition([
        { range, age: { low: quantity(1, 'a') } },
        { range, age: { low: quantity(1, 'a') }, condition: 'Asleep' },
      ]),
      '1',
    );
    expect(problems).toEqual([
      expect.stringContaining('[1] is not used: qualifiedInterval[0] is for the same patients'),
    ]);
    expect(vitalSign?.intervals).toHaveLength(1);
  });

  it.each<[string, JsonObject, RegExp]>([
    ['nobody knows whose', patientTie({ valueReference: { display: 'Ann' } }), /range-patient/],
    ['a group', patientTie({ valueReference: { reference: 'Group/1' } }), /range-patient/],
    ['no code', { code: { text: 'Temperature' } }, /no coding with system and code/],
    ['a modifier', { modifierExtension: [{ url: 'u' }] }, /modifierExtension/],
    ['no unit', { quantitativeDetails: undefined }, /has no UCUM code/],
    ['a unit that is none', { quantitativeDetails: ucumUnit('degrees') }, /has no UCUM code/],
  ])('is none at all with %s', (_, more, problem) => {
    const { vitalSign, problems } = readVitalSign(definition([{ range }], more), '1');
    expect(vitalSign).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('is none, and no problem, without ranges', () => {
    expect(readVitalSign(definition(undefined), '1')).toEqual({ problems: [] });
  });

  const listed = (id: string, code: string) => ({
    resourceType: 'ValueSet',
    id,
    compose: { include: [{ system: 's', concept: [{ code }] }] },
  });

  it('reads lists of codes, contained or found', () => {
    const source = definition(undefined, {
      contained: [listed('n', 'alert')],
      normalCodedValueSet: { reference: '#n' },
      criticalCodedValueSet: { reference: 'ValueSet/c' },
    });
    const { vitalSign, problems } = readVitalSign(source, '1', (reference) =>
      reference === 'ValueSet/c' ? listed('c', 'unresponsive') : undefined,
    );
    expect(problems).toEqual([]);
    expect(vitalSign).toMatchObject({
      normalCodes: [{ system: 's', code: 'alert' }],
      criticalCodes: [{ system: 's', code: 'unresponsive' }],
      intervals: [],
    });
  });

  it.each<[string, JsonObject, RegExp]>([
    ['nowhere', {}, /is not found/],
    [
      'a filter',
      { contained: [{ ...listed('n', 'a'), compose: { include: [{ system: 's' }] } }] },
      /one by one/,
    ],
    [
      'an exclusion',
      { contained: [{ ...listed('n', 'a'), compose: { ...listed('n', 'a').compose, exclude: [{}] } }] },
      /one by one/,
    ],
  ])('tells of a list of codes with %s', (_, more, problem) => {
    const source = definition([{ range }], { ...more, normalCodedValueSet: { reference: '#n' } });
    const { vitalSign, problems } = readVitalSign(source, '1');
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(vitalSign?.normalCodes).toBeUndefined();
  });

  it.each(shippedDefinitions().map((shipped) => [shipped.id as string, shipped]))(
    'finds no problem in %s',
    (_, shipped) => {
      const { vitalSign, problems } = readVitalSign(shipped as JsonObject, '1');
      expect(problems).toEqual([]);
      expect(vitalSign).toBeDefined();
    },
  );
});
