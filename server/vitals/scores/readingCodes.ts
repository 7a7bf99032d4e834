// Which codes tell the parameters of early-warning scores, and what coded answers mean. Codes of consciousness: UK Core
// ACVPU (https://fhir.hl7.org.uk/ValueSet/UKCore-ACVPU); of air and oxygen: CareConnect NEWS2 observations; severities:
// http://hl7.org/fhir/ValueSet/condition-severity.
import { distressSystem } from '../codeSystems.ts';
import type { Code } from '../vitalSign.ts';
import type { Parameter } from './reading.ts';

export const loinc = 'http://loinc.org';
export const snomed = 'http://snomed.info/sct';

/** What an Observation or component tells: a parameter, or a part of oxygen. */
export type Told = Exclude<Parameter, 'oxygen'> | 'flow' | 'fraction';

const key = (system: string, code: string) => `${system}|${code}`;

const told: readonly [Told, string, string][] = [
  ['respiration', loinc, '9279-1'],
  ['respiration', snomed, '86290005'],
  ['spo2', loinc, '2708-6'],
  ['spo2', loinc, '59408-5'],
  ['spo2', snomed, '431314004'],
  ['flow', loinc, '3151-8'],
  ['flow', snomed, '427081008'],
  ['fraction', loinc, '3150-0'],
  ['fraction', snomed, '250774007'],
  ['systolic', loinc, '8480-6'],
  ['systolic', snomed, '271649006'],
  ['pulse', loinc, '8867-4'],
  ['pulse', snomed, '364075005'],
  ['temperature', loinc, '8310-5'],
  ['temperature', snomed, '386725007'],
  ['consciousness', loinc, '67775-7'], // level of responsiveness
  ['consciousness', loinc, '80288-4'], // level of consciousness AVPU score
  ['consciousness', snomed, '1104441000000107'], // ACVPU
  ['capillaryRefill', loinc, '44963-7'],
  ['effort', loinc, '80341-1'], // respiratory effort
  ['effort', snomed, '271825005'], // respiratory distress
];

/** Codes of Observations and components that scores read. */
export const readingCodes: readonly Code[] = told.map(([, system, code]) => ({ system, code }));

/** What a code tells, by `system|code`. */
export const toldBy: ReadonlyMap<string, Told> = new Map(
  told.map(([what, system, code]) => [key(system, code), what]),
);

/** UCUM units of what is measured, and the most that can be; nothing measured is below zero. */
export const measures: Readonly<Partial<Record<Told, { unit: string; most?: number }>>> = {
  respiration: { unit: '/min' },
  spo2: { unit: '%', most: 100 },
  flow: { unit: 'L/min' },
  fraction: { unit: '%', most: 100 },
  systolic: { unit: 'mm[Hg]' },
  pulse: { unit: '/min' },
  temperature: { unit: 'Cel' },
  capillaryRefill: { unit: 's' },
};

/** Coded answers by `system|code`: what is said of consciousness, effort and oxygen. */
export const answers: Readonly<Record<'consciousness' | 'effort' | 'oxygen', ReadonlyMap<string, string>>> = {
  consciousness: new Map([
    [key(snomed, '248234008'), 'A'], // mentally alert
    [key(snomed, '130987000'), 'C'], // acute confusion
    [key(snomed, '300202002'), 'V'], // responds to voice
    [key(snomed, '450847001'), 'P'], // responds to pain
    [key(snomed, '422768004'), 'U'], // unresponsive
    [key(loinc, 'LA9340-6'), 'A'],
    [key(loinc, 'LA6560-2'), 'C'],
    [key(loinc, 'LA17108-4'), 'V'],
    [key(loinc, 'LA17107-6'), 'P'],
    [key(loinc, 'LA9343-0'), 'U'],
  ]),
  effort: new Map([
    [key(snomed, '260413007'), 'none'],
    [key(snomed, '276888009'), 'none'], // normal spontaneous respiration
    [key(snomed, '255604002'), 'mild'],
    [key(snomed, '6736007'), 'moderate'],
    [key(snomed, '24484000'), 'severe'],
    [key(distressSystem, 'none'), 'none'],
    [key(distressSystem, 'mild'), 'mild'],
    [key(distressSystem, 'moderate'), 'moderate'],
    [key(distressSystem, 'severe'), 'severe'],
  ]),
  oxygen: new Map([
    [key(snomed, '722742002'), 'air'], // breathing room air
    [key(snomed, '371825009'), 'oxygen'], // patient on oxygen
    [key(snomed, '315041000'), 'oxygen'], // high concentration oxygen therapy
    [key(snomed, '870533002'), 'device'], // high flow oxygen
    [key(snomed, '47545007'), 'device'], // CPAP
    [key(snomed, '243142003'), 'device'], // BiPAP
  ]),
};
