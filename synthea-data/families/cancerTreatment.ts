// What the cancers of families/oncology.ts have in common: stages, cycles of chemotherapy with
// close monitoring, radiotherapy, venous ports, and the admissions with fever that chemotherapy
// brings.
import { snomed } from '../concepts.ts';
import type { Shifts, Stage, VisitPlan } from '../family.ts';
import type { MedicationKey } from '../tables/medications.ts';

export const stages = (
  shares: readonly [number, number, number, number],
  deaths: readonly [number, number, number, number],
): Stage[] => [
  { code: snomed('258215001', 'Stage 1 (qualifier value)'), weight: shares[0], fatal: deaths[0] },
  { code: snomed('258219007', 'Stage 2 (qualifier value)'), weight: shares[1], fatal: deaths[1] },
  { code: snomed('258224005', 'Stage 3 (qualifier value)'), weight: shares[2], fatal: deaths[2] },
  { code: snomed('258228008', 'Stage 4 (qualifier value)'), weight: shares[3], fatal: deaths[3] },
];

/** Blood counts and chemistry between cycles. */
const underChemotherapy: Shifts = {
  leukocytes: -3.1,
  neutrophils: -2.2,
  hemoglobin: -2.7,
  hematocrit: -8,
  erythrocytes: -0.9,
  platelets: -115,
  alt: 16,
  ast: 12,
  heartRate: 6,
};

/** So many infusions so many days apart. */
export function cycles(
  at: [number, number],
  every: number,
  times: number,
  drugs: readonly MedicationKey[],
  minutes: [number, number],
): VisitPlan {
  return {
    at,
    every: [every, every + 2],
    times: [times, times],
    encounter: 'infusion',
    minutes,
    complaint: 'Chemotherapy cycle.',
    vitals: 'infusion',
    vitalsEvery: 45,
    acute: underChemotherapy,
    labs: ['bloodCount', 'metabolic'],
    findings: ['performanceStatus'],
    procedures: ['chemotherapy'],
    administers: ['saline', ...drugs],
    prescribes: ['ondansetron', 'dexamethasone'],
  };
}

/** Admission with fever and few neutrophils, within these days of the onset. */
export function febrileNeutropenia(at: [number, number], chance: number): VisitPlan {
  return {
    at,
    chance,
    encounter: 'emergencyAdmission',
    department: 'oncology',
    minutes: [4320, 8640],
    complaint: 'Fever and shaking chills ten days after chemotherapy.',
    vitals: 'monitor',
    vitalsEvery: 240,
    acute: {
      ...underChemotherapy,
      leukocytes: -6.2,
      neutrophils: -4.4,
      temperature: 2,
      heartRate: 33,
      respiratoryRate: 8,
      systolic: -21,
      diastolic: -9,
      oxygenSaturation: -3.5,
      crp: 120,
      procalcitonin: 2.2,
      lactate: 1.6,
    },
    labs: ['shortCount', 'basicMetabolic', 'inflammation'],
    labsEveryHours: 24,
    imaging: ['chestXRay'],
    procedures: ['bloodCulture'],
    administers: ['saline', 'piperacillin', 'vancomycin'],
    diagnoses: [
      { code: snomed('409089005', 'Febrile neutropenia (disorder)'), lasts: [4, 9] },
      { code: snomed('91302008', 'Sepsis (disorder)'), chance: 0.25, lasts: [5, 12] },
    ],
  };
}

export const portInsertion = (at: [number, number]): VisitPlan => ({
  at,
  encounter: 'outpatientProcedure',
  department: 'surgery',
  complaint: 'Insertion of a venous port.',
  vitals: 'acute',
  labs: ['coagulation'],
  procedures: ['portInsertion'],
  implants: ['venousPort'],
});

export const radiotherapy = (at: [number, number], times: [number, number]): VisitPlan => ({
  at,
  every: [1, 2],
  times,
  encounter: 'outpatientProcedure',
  department: 'oncology',
  minutes: [20, 40],
  complaint: 'Radiotherapy session.',
  vitals: 'check',
  procedures: ['radiotherapy'],
});
