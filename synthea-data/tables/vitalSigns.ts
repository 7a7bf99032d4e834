// Vital signs: LOINC codes, R4 vital-signs profiles (observation-vitalsigns.html), units, how far a
// reading strays, and the values that healthy people of each age have. The server judges these
// values; nothing here says which are out of range.
import type { Code } from '../concepts.ts';
import { loinc } from '../concepts.ts';

export interface VitalSign {
  readonly codes: readonly Code[];
  /**
   * Last part of the profile's address under http://hl7.org/fhir/StructureDefinition/; absent where
   * R4 has none.
   */
  readonly profile?: string;
  readonly unit: string;
  readonly ucum: string;
  readonly decimals: 0 | 1;
  /**
   * Standard deviations: of a person around the age's value, of one step of the walk, of one
   * reading.
   */
  readonly person: number;
  readonly drift: number;
  readonly reading: number;
  /** Values outside are not compatible with a measured living patient. */
  readonly limits: readonly [number, number];
}

export const vitalSigns = {
  heartRate: {
    codes: [loinc('8867-4', 'Heart rate')],
    profile: 'heartrate',
    unit: '/min',
    ucum: '/min',
    decimals: 0,
    person: 7,
    drift: 4.5,
    reading: 2.5,
    limits: [28, 220],
  },
  respiratoryRate: {
    codes: [loinc('9279-1', 'Respiratory rate')],
    profile: 'resprate',
    unit: '/min',
    ucum: '/min',
    decimals: 0,
    person: 1.2,
    drift: 1.1,
    reading: 0.8,
    limits: [5, 70],
  },
  temperature: {
    codes: [loinc('8310-5', 'Body temperature')],
    profile: 'bodytemp',
    unit: 'Cel',
    ucum: 'Cel',
    decimals: 1,
    person: 0.15,
    drift: 0.18,
    reading: 0.12,
    limits: [33.5, 42],
  },
  oxygenSaturation: {
    codes: [
      loinc('2708-6', 'Oxygen saturation in Arterial blood'),
      loinc('59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry'),
    ],
    profile: 'oxygensat',
    unit: '%',
    ucum: '%',
    decimals: 0,
    person: 0.6,
    drift: 0.6,
    reading: 0.5,
    limits: [62, 100],
  },
  systolic: {
    codes: [loinc('8480-6', 'Systolic blood pressure')],
    unit: 'mm[Hg]',
    ucum: 'mm[Hg]',
    decimals: 0,
    person: 7,
    drift: 6,
    reading: 4,
    limits: [55, 245],
  },
  diastolic: {
    codes: [loinc('8462-4', 'Diastolic blood pressure')],
    unit: 'mm[Hg]',
    ucum: 'mm[Hg]',
    decimals: 0,
    person: 5,
    drift: 4,
    reading: 3,
    limits: [30, 140],
  },
  pain: {
    codes: [loinc('72514-3', 'Pain severity - 0-10 verbal numeric rating [Score] - Reported')],
    unit: '{score}',
    ucum: '{score}',
    decimals: 0,
    person: 0.8,
    drift: 0.8,
    reading: 0.7,
    limits: [0, 10],
  },
} as const satisfies Record<string, VitalSign>;

export type VitalKey = keyof typeof vitalSigns;

export const bloodPressurePanel = loinc('85354-9', 'Blood pressure panel with all children optional');
export const bodyHeight = loinc('8302-2', 'Body height');
export const bodyWeight = loinc('29463-7', 'Body weight');
export const bodyMassIndex = loinc('39156-5', 'Body mass index (BMI) [Ratio]');
export const headCircumference = loinc('9843-4', 'Head Occipital-frontal circumference');
export const responsiveness = loinc('67775-7', 'Level of responsiveness');
export const oxygenFlow = loinc('3151-8', 'Inhaled oxygen flow rate');

/**
 * What is measured together. `growth` adds height, weight, BMI and, up to three years of age, the
 * head.
 */
export const vitalSets = {
  wellness: ['growth', 'bloodPressure', 'heartRate', 'respiratoryRate', 'pain'],
  check: ['weight', 'bloodPressure', 'heartRate', 'respiratoryRate'],
  acute: ['bloodPressure', 'heartRate', 'respiratoryRate', 'temperature', 'oxygenSaturation', 'pain'],
  monitor: [
    'bloodPressure',
    'heartRate',
    'respiratoryRate',
    'temperature',
    'oxygenSaturation',
    'pain',
    'responsiveness',
  ],
  infusion: ['bloodPressure', 'heartRate', 'respiratoryRate', 'temperature', 'oxygenSaturation'],
} as const;

export type VitalSetKey = keyof typeof vitalSets;

/**
 * Rows `[age in years, heart rate, respiratory rate, systolic, diastolic]`; ages between rows are
 * interpolated.
 */
export const valuesByAge = [
  [0, 136, 39, 76, 46],
  [1, 119, 30, 88, 51],
  [3, 105, 26, 95, 58],
  [6, 92, 22, 100, 62],
  [10, 84, 19, 106, 65],
  [14, 77, 17, 112, 68],
  [18, 73, 15.5, 116, 72],
  [40, 72, 15.5, 120, 76],
  [60, 72, 16, 127, 77],
  [80, 73, 17, 133, 74],
  [110, 75, 18, 136, 71],
] as const;

/** Values that do not change with age. */
export const constantValues = { temperature: 36.8, oxygenSaturation: 97.7, pain: 0.6 } as const;
