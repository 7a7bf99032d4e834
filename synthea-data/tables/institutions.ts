// The institutions of each region and the specialties of their staff. Every population shares them,
// whatever its seed, so that several populations can be loaded into one server and meet the same
// hospitals through `ifNoneExist`.
import type { Code } from '../concepts.ts';

export type Department =
  | 'family'
  | 'emergency'
  | 'ward'
  | 'cardiology'
  | 'obstetrics'
  | 'surgery'
  | 'pulmonology'
  | 'oncology';

const nucc = (code: string, display: string): Code => ({
  system: 'http://nucc.org/provider-taxonomy',
  code,
  display,
});

export const specialties: Record<Department, Code> = {
  family: nucc('207Q00000X', 'Family Medicine Physician'),
  emergency: nucc('207P00000X', 'Emergency Medicine Physician'),
  ward: nucc('207R00000X', 'Internal Medicine Physician'),
  cardiology: nucc('207RC0000X', 'Cardiovascular Disease Physician'),
  obstetrics: nucc('207V00000X', 'Obstetrics & Gynecology Physician'),
  surgery: nucc('208600000X', 'Surgery Physician'),
  pulmonology: nucc('207RP1001X', 'Pulmonary Disease Physician'),
  oncology: nucc('207RH0003X', 'Hematology & Oncology Physician'),
};

export type InstitutionKind = 'hospital' | 'clinic' | 'infirmary';

/** Physicians per department of each kind of institution. */
export const staff: Record<InstitutionKind, readonly (readonly [Department, number])[]> = {
  hospital: [
    ['emergency', 2],
    ['ward', 2],
    ['cardiology', 1],
    ['obstetrics', 1],
    ['surgery', 1],
    ['pulmonology', 1],
  ],
  clinic: [['family', 2]],
  infirmary: [
    ['oncology', 4],
    ['surgery', 1],
  ],
};

/** Names per region of tables/places.ts: `%` is the town. */
export const institutionNames: readonly {
  kind: InstitutionKind;
  name: string;
  towns?: readonly number[];
}[] = [
  { kind: 'hospital', name: '% GENERAL HOSPITAL' },
  { kind: 'clinic', name: '% FAMILY PRACTICE' },
  { kind: 'clinic', name: '% COMMUNITY HEALTH CENTER' },
  { kind: 'infirmary', name: '% ONCOLOGY INFIRMARY', towns: [0, 2] },
];

/**
 * Hospitals, by the number of their town, whose thermometers and scales report degrees Fahrenheit
 * and pounds.
 */
export const customaryUnits: readonly number[] = [3, 6];
