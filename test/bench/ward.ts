// The patients and readings of the workloads on vital signs: a device gateway that sends one Observation per reading. Everybody
// is well but for the share of readings that is asked to be critical.
import { randomNumbers } from './corpus.ts';

/** Stands in a reading's text for the time at which it is sent. */
export const SENDING_TIME = '{now}';

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
/** Observations that make a full early-warning score possible are sent of one patient in so many. */
const SCORED = 10;

interface Sign {
  code: string;
  unit: string;
  /** around which a patient's own level lies, and how far */
  usual: [middle: number, spread: number];
  /** from one reading to the next */
  jitter: number;
  critical: number;
  digits: number;
  /** of 100 readings */
  share: number;
}

// Levels and jitter together stay inside the shipped reference intervals of adults: a well patient raises nothing, no trend either.
const SIGNS: Sign[] = [
  { code: '8867-4', unit: '/min', usual: [74, 8], jitter: 3, critical: 162, digits: 0, share: 32 },
  { code: '59408-5', unit: '%', usual: [98, 1], jitter: 0.4, critical: 84, digits: 0, share: 28 },
  { code: '9279-1', unit: '/min', usual: [16, 2], jitter: 1, critical: 33, digits: 0, share: 14 },
  { code: '8310-5', unit: 'Cel', usual: [36.8, 0.2], jitter: 0.2, critical: 40.4, digits: 1, share: 12 },
];
/** The rest are blood pressure panels. */
const SYSTOLIC: Omit<Sign, 'share'> = {
  ...{ code: '8480-6', unit: 'mm[Hg]' },
  ...{ usual: [112, 4], jitter: 3, critical: 74, digits: 0 },
};
const DIASTOLIC = { ...SYSTOLIC, code: '8462-4', usual: [70, 3], jitter: 3, critical: 44 } as const;

/** A Patient of the ward, by its number. */
export const patientId = (n: number): string => `ward-${n}`;

/** Whether a full early-warning score can be made of a patient: then a critical value raises two alerts, the score's too. */
export const isScored = (n: number): boolean => n % SCORED === 0;

/** Patients as transactions that put them, some hundred each. */
export function patientBundles(count: number): string[] {
  const entries = Array.from({ length: count }, (_, n) => ({
    resource: {
      resourceType: 'Patient',
      id: patientId(n),
      name: [{ family: `Ward ${n}` }],
      gender: n % 2 === 0 ? 'female' : 'male',
      birthDate: `${1945 + (n % 50)}-0${1 + (n % 9)}-15`,
    },
    request: { method: 'PUT', url: `Patient/${patientId(n)}` },
  }));
  return bundles(entries);
}

/** A round among one patient in ten, who is well, with all that an early-warning score needs: each later reading makes another. */
export function roundBundles(count: number, at: Date): string[] {
  const numbers = Array.from({ length: count }, (_, n) => n).filter(isScored);
  const time = at.toISOString();
  const entries = numbers.flatMap((n) => {
    const alert = { coding: [{ system: LOINC, code: 'LA9340-6', display: 'Alert' }] };
    const measured = [...SIGNS.map((sign) => single(n, sign, false, () => 0.5)), panel(n, false, () => 0.5)];
    return [
      { ...observation(n, '80288-4', time), valueCodeableConcept: alert },
      { ...observation(n, '3150-0', time), valueQuantity: quantity(21, '%') },
      ...measured.map((text) => JSON.parse(text.replace(SENDING_TIME, time)) as object),
    ].map((resource) => ({ resource, request: { method: 'POST', url: 'Observation' } }));
  });
  return bundles(entries);
}

/** Readings of patients 0 to `patients` at random, of which a share is critical, as texts with {@link SENDING_TIME}. */
export function wardReadings(count: number, patients: number, criticalShare: number, seed = 11): string[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const patient = Math.floor(random() * patients);
    const isCritical = random() < criticalShare;
    let left = random() * 100;
    for (const sign of SIGNS) {
      left -= sign.share;
      if (left < 0) return single(patient, sign, isCritical, random);
    }
    return panel(patient, isCritical, random);
  });
}

/** A critical heart rate of a patient. */
export const criticalReading = (patient: number): string => single(patient, SIGNS[0]!, true, () => 0.5);

function single(patient: number, sign: Sign, isCritical: boolean, random: () => number): string {
  return JSON.stringify({
    ...observation(patient, sign.code, SENDING_TIME),
    valueQuantity: quantity(valueFor(patient, sign, isCritical, random), sign.unit),
  });
}

function panel(patient: number, isCritical: boolean, random: () => number): string {
  return JSON.stringify({
    ...observation(patient, '85354-9', SENDING_TIME),
    component: ([SYSTOLIC, DIASTOLIC] as const).map((sign, n) => ({
      code: { coding: [{ system: LOINC, code: sign.code }] },
      valueQuantity: quantity(valueFor(patient, sign, isCritical && n === 0, random), sign.unit),
    })),
  });
}

function valueFor(
  patient: number,
  {
    code,
    usual,
    jitter,
    critical,
    digits,
  }: Pick<Sign, 'code' | 'jitter' | 'critical' | 'digits'> & { usual: readonly [number, number] },
  isCritical: boolean,
  random: () => number,
): number {
  const level = usual[0] + usual[1] * (2 * randomNumbers(patient * 100 + code.length + critical)() - 1);
  const value = isCritical ? critical : level + jitter * (2 * random() - 1);
  return Number(value.toFixed(digits));
}

function observation(patient: number, code: string, effectiveDateTime: string) {
  const category = {
    system: 'http://terminology.hl7.org/CodeSystem/observation-category',
    code: 'vital-signs',
  };
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [category] }],
    code: { coding: [{ system: LOINC, code }] },
    subject: { reference: `Patient/${patientId(patient)}` },
    effectiveDateTime,
  };
}

const quantity = (value: number, code: string) => ({ value, unit: code, system: UCUM, code });

const ENTRIES = 250;

function bundles(entries: object[]): string[] {
  return Array.from({ length: Math.ceil(entries.length / ENTRIES) }, (_, n) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: entries.slice(n * ENTRIES, (n + 1) * ENTRIES),
    }),
  );
}
