// Made-up vital signs, patients and Observations for the tests of judging.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../server/vitals/observation.ts';
import { readVitalSign } from '../../server/vitals/readVitalSign.ts';
import type { AgeRange, Interval, PatientFacts, VitalSign } from '../../server/vitals/vitalSign.ts';

export const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });

export const quantity = (value: unknown, code: string) => ({
  value,
  unit: code,
  system: 'http://unitsofmeasure.org',
  code,
});

export const years = (low?: number, high?: number): AgeRange => ({
  ...(low !== undefined && { low: { value: low, unit: 'a' as const } }),
  ...(high !== undefined && { high: { value: high, unit: 'a' as const } }),
});

/** Intervals as `[category, low, high, what else]`; their positions follow. */
export type Row = [Interval['category'], number | undefined, number | undefined, Partial<Interval>?];

export function vitalSign(code: string, unit: string, rows: Row[], more: Partial<VitalSign> = {}): VitalSign {
  return {
    definition: `ObservationDefinition/${code}`,
    version: '7',
    name: `Sign ${code}`,
    codes: [{ system: 'http://loinc.org', code }],
    unit,
    intervals: rows.map(([category, low, high, rest], position) => ({
      position,
      category,
      ...(low !== undefined && { low }),
      ...(high !== undefined && { high }),
      contexts: [],
      ...rest,
    })),
    ...more,
  };
}

export const adult: PatientFacts = {
  reference: 'Patient/a',
  birthDate: '1980-06-15',
  gender: 'female',
  contexts: [],
  nonHuman: false,
};

/** A final Observation of Patient/a at noon of 15 May 2024. */
export function observation(code: string, more: JsonObject): JsonObject {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: loinc(code),
    subject: { reference: 'Patient/a' },
    effectiveDateTime: '2024-05-15T12:00:00Z',
    ...more,
  };
}

const shippedFolder = 'fhir-profiles/vital-signs';

/** The shipped definitions, as they are in their files. */
export function shippedDefinitions(): JsonObject[] {
  return readdirSync(shippedFolder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(shippedFolder, name), 'utf8')) as JsonObject);
}

export function shippedVitalSigns(): VitalSign[] {
  return shippedDefinitions().map((definition) => readVitalSign(definition, '1').vitalSign!);
}
