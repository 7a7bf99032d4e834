// What the tests of the monitor write and wait for.
import { expect } from '@jest/globals';
import type { Json } from '../bundles/bundleSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send, type TestServer } from '../support/testServer.ts';

const ucum = 'http://unitsofmeasure.org';
const loinc = 'http://loinc.org';
const snomed = 'http://snomed.info/sct';

/** A code with the unit of its values, or with the system of its coded answers. */
const vitals = {
  pulse: ['8867-4', '/min'],
  respiration: ['9279-1', '/min'],
  temperature: ['8310-5', 'Cel'],
  spo2: ['59408-5', '%'],
  weight: ['29463-7', 'kg'],
} as const;

/** A reading of an adult. `minutes` before now. */
export function reading(
  patient: string,
  vital: keyof typeof vitals,
  value: number,
  minutes = 0,
  more: Json = {},
): Json {
  const [code, unit] = vitals[vital];
  return {
    ...observation(patient, code, minutes),
    valueQuantity: { value, unit, system: ucum, code: unit },
    ...more,
  };
}

export function bloodPressure(patient: string, systolic: number, diastolic: number, minutes = 0): Json {
  const part = (code: string, value: number) => ({
    code: { coding: [{ system: loinc, code }] },
    valueQuantity: { value, unit: 'mmHg', system: ucum, code: 'mm[Hg]' },
  });
  return {
    ...observation(patient, '85354-9', minutes),
    component: [part('8480-6', systolic), part('8462-4', diastolic)],
  };
}

/** ACVPU: alert, or responding to voice. */
export function consciousness(patient: string, answer: 'A' | 'V', minutes = 0): Json {
  const code = answer === 'A' ? '248234008' : '300202002';
  return {
    ...observation(patient, '67775-7', minutes),
    valueCodeableConcept: { coding: [{ system: snomed, code }] },
  };
}

/** Room air: no flow. */
export const air = (patient: string, minutes = 0): Json => ({
  ...observation(patient, '3151-8', minutes),
  valueQuantity: { value: 0, unit: 'L/min', system: ucum, code: 'L/min' },
});

const observation = (patient: string, code: string, minutes: number): Json => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: `Patient/${patient}` } },
  code: { coding: [{ system: loinc, code }] },
  effectiveDateTime: minutesAgo(minutes),
});

export const minutesAgo = (minutes: number): string => new Date(start - minutes * 60_000).toISOString();
/** Of the whole file, so that equal minutes are equal times. */
const start = Date.now();

/** A full set for NEWS2; without other values all are normal. */
export function fullSet(patient: string, minutes = 0, { pulse = 72, temperature = 36.8 } = {}): Json[] {
  return [
    reading(patient, 'respiration', 16, minutes),
    reading(patient, 'spo2', 97, minutes),
    air(patient, minutes),
    bloodPressure(patient, 120, 78, minutes),
    reading(patient, 'pulse', pulse, minutes),
    consciousness(patient, 'A', minutes),
    reading(patient, 'temperature', temperature, minutes),
  ];
}

/** Stores a Patient of 46 years under this id. */
export async function admit(server: TestServer, id: string, more: Json = {}): Promise<void> {
  const patient = { resourceType: 'Patient', id, gender: 'female', birthDate: '1980-02-28', ...more };
  const { status } = await send('PUT', `${server.base}/Patient/${id}`, patient);
  expect(status).toBe(201);
}

/** Waits until the shipped vital signs and the policy are there. */
export async function untilShipped({ base }: TestServer): Promise<void> {
  await until(async () => {
    const count = async (type: string) => (await send('GET', `${base}/${type}?_summary=count`)).body.total;
    return (await count('ObservationDefinition')) >= 16 && (await count('PlanDefinition')) >= 1;
  });
}

/** Waits until everything that was written has been followed up. */
export async function untilFollowedUp({ databaseUrl }: Pick<TestServer, 'databaseUrl'>): Promise<void> {
  await until(async () => {
    const [row] = await queryRows<{ n: string }>(
      databaseUrl,
      'SELECT count(*) AS n FROM vital_queue WHERE due IS NULL OR due <= now()',
    );
    return row!.n === '0';
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('what was waited for did not come');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export async function create(server: TestServer, resource: Json): Promise<Json> {
  const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
  expect({ status, issue: body.issue }).toEqual({ status: 201, issue: undefined });
  return body;
}

/** All current resources that a search finds. */
export async function found(server: TestServer, search: string): Promise<Json[]> {
  const { body } = await send('GET', `${server.base}/${search}`);
  expect({ type: body.resourceType, issue: body.issue }).toEqual({ type: 'Bundle', issue: undefined });
  return (body.entry ?? []).map(({ resource }: Json) => resource);
}
