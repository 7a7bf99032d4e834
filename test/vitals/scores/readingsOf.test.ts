// Readings in Observations: codes, units, components, air and oxygen, answers, times, what is no reading.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../../server/json/parseJson.ts';
import { readingCodes } from '../../../server/vitals/scores/readingCodes.ts';
import { readingsOf } from '../../../server/vitals/scores/readingsOf.ts';
import { noon } from './readingSupport.ts';

const loinc = 'http://loinc.org';
const snomed = 'http://snomed.info/sct';

interface Parts {
  [name: string]: unknown;
}

const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
const quantity = (value: number, code: string) => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
});

function observation(code: string, parts: Parts, system = loinc): Parts {
  return {
    resourceType: 'Observation',
    id: 'o',
    meta: { versionId: '3' },
    status: 'final',
    code: concept(system, code),
    effectiveDateTime: '2026-03-01T13:00:00+01:00',
    ...parts,
  };
}

interface ValueSet {
  compose: { include: { system: string; concept: { code: string }[] }[] };
}

/** Parameter and value of each reading. */
const told = (resource: Parts) => readingsOf(resource).map(({ parameter, value }) => [parameter, value]);

describe('readingsOf', () => {
  it('tells parameter, value, time and source', () => {
    expect(readingsOf(observation('8867-4', quantity(72, '/min')))).toEqual([
      { parameter: 'pulse', value: 72, time: noon, observation: 'Observation/o/_history/3' },
    ]);
    const { meta: _, ...unversioned } = observation('8867-4', quantity(72, '/min'));
    expect(readingsOf(unversioned)[0]?.observation).toBe('Observation/o');
  });

  it.each<[string, number, string, string, number]>([
    ['9279-1', 15, '/min', 'respiration', 15],
    ['9279-1', 15, '{breaths}/min', 'respiration', 15],
    ['9279-1', 0.25, 'Hz', 'respiration', 15],
    ['2708-6', 97, '%', 'spo2', 97],
    ['59408-5', 97, '%', 'spo2', 97],
    ['59408-5', 0.97, '1', 'spo2', 97],
    ['8480-6', 120, 'mm[Hg]', 'systolic', 120],
    ['8480-6', 16, 'kPa', 'systolic', 120.0102009],
    ['8867-4', 72, '{beats}/min', 'pulse', 72],
    ['8310-5', 36.6, 'Cel', 'temperature', 36.6],
    ['8310-5', 97.88, '[degF]', 'temperature', 36.6],
    ['8310-5', 309.75, 'K', 'temperature', 36.6],
    ['44963-7', 2, 's', 'capillaryRefill', 2],
    ['44963-7', 2500, 'ms', 'capillaryRefill', 2.5],
  ])('%s %d %s is %s %d', (code, value, unit, parameter, expected) => {
    const [reading, ...others] = readingsOf(observation(code, quantity(value, unit)));
    expect(others).toEqual([]);
    expect(reading?.parameter).toBe(parameter);
    expect(reading?.value).toBeCloseTo(expected, 6);
  });

  it('converts without a trace of the way', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 430 }), (tenths) => {
        const celsius = tenths / 10;
        const fahrenheit = Number((celsius * 1.8 + 32).toFixed(2));
        const kelvin = Number((celsius + 273.15).toFixed(2));
        for (const parts of [quantity(fahrenheit, '[degF]'), quantity(kelvin, 'K')]) {
          expect(told(observation('8310-5', parts))).toEqual([['temperature', celsius]]);
        }
      }),
    );
  });

  it('keeps the value of a decimal written with its precision', () => {
    const resource = parseJson(
      JSON.stringify(observation('8310-5', quantity(36.5, 'Cel'))).replace('36.5', '36.50'),
    );
    expect(told(resource as Parts)).toEqual([['temperature', 36.5]]);
  });

  it('reads components', () => {
    const panel = observation('85354-9', {
      component: [
        { code: concept(loinc, '8480-6'), ...quantity(118, 'mm[Hg]') },
        { code: concept(loinc, '8462-4'), ...quantity(76, 'mm[Hg]') },
        { code: concept(loinc, '8867-4'), ...quantity(66, '/min') },
      ],
    });
    expect(told(panel)).toEqual([
      ['systolic', 118],
      ['pulse', 66],
    ]);
    expect(readingsOf(panel, new Set([0])).map(({ parameter }) => parameter)).toEqual(['pulse']);
    expect(readingsOf(observation('8867-4', quantity(72, '/min')), new Set([-1]))).toEqual([]);
  });

  it.each<[string, Parts[], unknown]>([
    ['no flow', [{ code: concept(loinc, '3151-8'), ...quantity(0, 'L/min') }], ['air', { flow: 0 }]],
    ['a flow', [{ code: concept(loinc, '3151-8'), ...quantity(0.5, 'L/min') }], ['oxygen', { flow: 0.5 }]],
    [
      'a flow in mL',
      [{ code: concept(loinc, '3151-8'), ...quantity(2000, 'mL/min') }],
      ['oxygen', { flow: 2 }],
    ],
    ['room air', [{ code: concept(loinc, '3150-0'), ...quantity(21, '%') }], ['air', { fraction: 21 }]],
    [
      'room air of 1',
      [{ code: concept(loinc, '3150-0'), ...quantity(0.21, '1') }],
      ['air', { fraction: 21 }],
    ],
    [
      'a fraction',
      [{ code: concept(loinc, '3150-0'), ...quantity(21.5, '%') }],
      ['oxygen', { fraction: 21.5 }],
    ],
    [
      'a fraction without flow',
      [
        { code: concept(loinc, '3151-8'), ...quantity(0, 'L/min') },
        { code: concept(loinc, '3150-0'), ...quantity(40, '%') },
      ],
      ['oxygen', { flow: 0, fraction: 40 }],
    ],
    [
      'an answer of air',
      [{ code: concept(loinc, '3150-0'), valueCodeableConcept: concept(snomed, '722742002') }],
      ['air', {}],
    ],
    [
      'an answer of oxygen',
      [{ code: concept(snomed, '250774007'), valueCodeableConcept: concept(snomed, '371825009') }],
      ['oxygen', {}],
    ],
    [
      'CPAP with a fraction',
      [
        { code: concept(loinc, '3151-8'), valueCodeableConcept: concept(snomed, '47545007') },
        { code: concept(snomed, '250774007'), ...quantity(25, '%') },
      ],
      ['oxygen', { device: true, fraction: 25 }],
    ],
  ])('air or oxygen by %s', (_, component, expected) => {
    const readings = readingsOf(observation('2708-6', { ...quantity(95, '%'), component }));
    expect(readings.map(({ parameter }) => parameter)).toEqual(['spo2', 'oxygen']);
    expect([readings[1]?.value, readings[1]?.supply]).toEqual(expected);
  });

  it.each([
    ['248234008', 'A'],
    ['130987000', 'C'],
    ['300202002', 'V'],
    ['450847001', 'P'],
    ['422768004', 'U'],
  ])('consciousness %s is %s', (code, letter) => {
    const parts = { valueCodeableConcept: concept(snomed, code) };
    for (const resource of [
      observation('67775-7', parts),
      observation('80288-4', parts),
      observation('1104441000000107', parts, snomed),
    ]) {
      expect(told(resource)).toEqual([['consciousness', letter]]);
    }
  });

  it('knows the codes and answers of the shipped vital signs', () => {
    const shipped = (name: string) =>
      JSON.parse(readFileSync(`fhir-profiles/vital-signs/salus-${name}.json`, 'utf8'));
    const known = new Set(readingCodes.map(({ system, code }) => `${system}|${code}`));
    for (const name of [
      ...['respiratory-rate', 'oxygen-saturation', 'inhaled-oxygen-flow', 'inhaled-oxygen-fraction'],
      ...['systolic-blood-pressure', 'heart-rate', 'consciousness', 'body-temperature'],
    ]) {
      const { coding } = shipped(name).code;
      expect(coding.length).toBeGreaterThan(0);
      for (const { system, code } of coding)
        expect([name, code, known.has(`${system}|${code}`)]).toEqual([name, code, true]);
    }
    const letters: string[] = shipped('consciousness').contained.flatMap((set: ValueSet) =>
      set.compose.include.flatMap(({ system, concept }) =>
        concept.flatMap(({ code }) =>
          told(observation('67775-7', { valueCodeableConcept: { coding: [{ system, code }] } })).map(
            ([, value]) => value,
          ),
        ),
      ),
    );
    expect(letters.sort().join('')).toBe('AACCPPUUVV');
  });

  it.each([
    [snomed, '260413007', 'none'],
    [snomed, '276888009', 'none'],
    [snomed, '255604002', 'mild'],
    [snomed, '6736007', 'moderate'],
    [snomed, '24484000', 'severe'],
    ['https://salus.example/fhir/CodeSystem/respiratory-distress', 'severe', 'severe'],
  ])('effort %s %s is %s', (system, code, grade) => {
    const parts = { valueCodeableConcept: concept(system, code) };
    expect(told(observation('80341-1', parts))).toEqual([['effort', grade]]);
    expect(told(observation('271825005', parts, snomed))).toEqual([['effort', grade]]);
  });

  it.each([
    ['final', 1],
    ['amended', 1],
    ['corrected', 1],
    ['preliminary', 1],
    ['registered', 0],
    ['cancelled', 0],
    ['entered-in-error', 0],
    ['unknown', 0],
  ])('status %s: %d', (status, count) => {
    const readings = readingsOf(observation('8867-4', { ...quantity(72, '/min'), status }));
    expect(readings).toHaveLength(count);
    if (count > 0) expect(readings[0]?.preliminary).toBe(status === 'preliminary' ? true : undefined);
  });

  it.each<[string, Parts, number | undefined]>([
    ['a time', { effectiveDateTime: '2026-03-01T12:00:00Z' }, noon],
    ['an instant', { effectiveDateTime: undefined, effectiveInstant: '2026-03-01T12:00:00.000Z' }, noon],
    [
      'a period',
      {
        effectiveDateTime: undefined,
        effectivePeriod: { start: '2026-03-01T12:00:00Z', end: '2026-03-01T12:05:00Z' },
      },
      noon,
    ],
    ['a day', { effectiveDateTime: '2026-03-01' }, undefined],
    ['no time', { effectiveDateTime: undefined }, undefined],
  ])('%s', (_, parts, time) => {
    const readings = readingsOf(observation('8867-4', { ...quantity(72, '/min'), ...parts }));
    expect(readings.map((reading) => reading.time)).toEqual(time === undefined ? [] : [time]);
  });

  it.each<[string, Parts]>([
    ['a unit of something else', observation('8310-5', quantity(36.6, 'kg'))],
    ['no unit', observation('8867-4', { valueQuantity: { value: 72 } })],
    [
      'a unit of another system',
      observation('8867-4', { valueQuantity: { value: 72, system: 'urn:x', code: '/min' } }),
    ],
    ['no value', observation('8867-4', { dataAbsentReason: concept('urn:x', 'unknown') })],
    [
      'a comparator',
      observation('2708-6', { valueQuantity: { ...quantity(70, '%').valueQuantity, comparator: '<' } }),
    ],
    [
      'test data',
      observation('8867-4', {
        ...quantity(72, '/min'),
        meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
      }),
    ],
    ['more than all', observation('2708-6', quantity(140, '%'))],
    ['less than nothing', observation('8867-4', quantity(-1, '/min'))],
    ['a modifier', observation('8867-4', { ...quantity(72, '/min'), modifierExtension: [{ url: 'urn:x' }] })],
    ['an unknown answer', observation('67775-7', { valueCodeableConcept: concept(snomed, '450848006') })],
    [
      'an answer of another system',
      observation('67775-7', { valueCodeableConcept: concept('urn:x', '248234008') }),
    ],
    ['another code', observation('8302-2', quantity(180, 'cm'))],
    ['a code of another system', observation('8867-4', quantity(72, '/min'), 'urn:x')],
  ])('%s is no reading', (_, resource) => {
    expect(readingsOf(resource)).toEqual([]);
  });

  it('reads the published examples', () => {
    const file = '../shared/data/us-core-examples/observation-satO2-fiO2.json';
    if (!existsSync(file)) return console.warn(`skipped: ${file} is missing`);
    expect(told(JSON.parse(readFileSync(file, 'utf8')))).toEqual([
      ['spo2', 95],
      ['oxygen', 'oxygen'],
    ]);
  });
});
