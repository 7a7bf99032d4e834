// Kinds of encounter: SNOMED CT type, v3-ActCode class, the department that holds it, its length
// and its price.
import type { Code } from '../concepts.ts';
import { snomed } from '../concepts.ts';
import type { Department } from './institutions.ts';

export interface EncounterType {
  readonly code: Code;
  readonly class: 'AMB' | 'EMER' | 'IMP' | 'VR';
  readonly department: Department;
  /** Length in minutes, shortest and longest. */
  readonly minutes: readonly [number, number];
  /** Price in cents. */
  readonly cents: number;
}

const row = (
  code: Code,
  encounterClass: EncounterType['class'],
  department: Department,
  minutes: readonly [number, number],
  cents: number,
): EncounterType => ({ code, class: encounterClass, department, minutes, cents });

export const encounterTypes = {
  wellChild: row(snomed('410620009', 'Well child visit (procedure)'), 'AMB', 'family', [15, 30], 13660),
  generalExam: row(
    snomed('162673000', 'General examination of patient (procedure)'),
    'AMB',
    'family',
    [15, 45],
    13660,
  ),
  checkUp: row(snomed('185349003', 'Encounter for check up (procedure)'), 'AMB', 'family', [15, 30], 8555),
  symptom: row(snomed('185345009', 'Encounter for symptom (procedure)'), 'AMB', 'family', [15, 40], 8555),
  problem: row(snomed('185347001', 'Encounter for problem (procedure)'), 'AMB', 'family', [15, 60], 8555),
  followUp: row(snomed('390906007', 'Follow-up encounter (procedure)'), 'AMB', 'family', [15, 30], 8555),
  consultation: row(
    snomed('698314001', 'Consultation for treatment (procedure)'),
    'AMB',
    'oncology',
    [30, 60],
    14270,
  ),
  infusion: row(
    snomed('308335008', 'Patient encounter procedure (procedure)'),
    'AMB',
    'oncology',
    [210, 330],
    21480,
  ),
  outpatientProcedure: row(
    snomed('371883000', 'Outpatient procedure (procedure)'),
    'AMB',
    'surgery',
    [45, 150],
    24900,
  ),
  telemedicine: row(
    snomed('448337001', 'Telemedicine consultation with patient (procedure)'),
    'VR',
    'family',
    [10, 25],
    6120,
  ),
  urgentCare: row(snomed('702927004', 'Urgent care clinic (environment)'), 'AMB', 'family', [20, 60], 14620),
  emergency: row(
    snomed('50849002', 'Emergency room admission (procedure)'),
    'EMER',
    'emergency',
    [90, 420],
    15330,
  ),
  emergencyAdmission: row(
    snomed('183452005', 'Emergency hospital admission (procedure)'),
    'IMP',
    'ward',
    [2880, 7200],
    42800,
  ),
  admission: row(snomed('32485007', 'Hospital admission (procedure)'), 'IMP', 'surgery', [1440, 5760], 38650),
  prenatalFirst: row(
    snomed('424441002', 'Prenatal initial visit (regime/therapy)'),
    'AMB',
    'obstetrics',
    [30, 60],
    14270,
  ),
  prenatal: row(snomed('424619006', 'Prenatal visit (regime/therapy)'), 'AMB', 'obstetrics', [15, 40], 12940),
  delivery: row(
    snomed('183460006', 'Obstetric emergency hospital admission (procedure)'),
    'IMP',
    'obstetrics',
    [1440, 4320],
    51240,
  ),
  postnatal: row(
    snomed('169762003', 'Postnatal visit (regime/therapy)'),
    'AMB',
    'obstetrics',
    [20, 40],
    12940,
  ),
  deathCertification: row(
    snomed('308646001', 'Death certification (procedure)'),
    'AMB',
    'family',
    [15, 15],
    12940,
  ),
} as const satisfies Record<string, EncounterType>;

export type EncounterKey = keyof typeof encounterTypes;
