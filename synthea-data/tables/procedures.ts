// Procedures, implanted devices and imaging studies: SNOMED CT and DICOM codes, lengths in minutes,
// prices in cents.
import type { Code } from '../concepts.ts';
import { snomed } from '../concepts.ts';

export interface Procedure {
  readonly code: Code;
  readonly minutes: number;
  readonly cents: number;
}

const row = (code: string, display: string, minutes: number, cents: number): Procedure => ({
  code: snomed(code, display),
  minutes,
  cents,
});

export const procedures = {
  medicationReconciliation: row('430193006', 'Medication reconciliation (procedure)', 15, 4860),
  medicationsDocumented: row('428191000124101', 'Documentation of current medications (procedure)', 10, 4310),
  needsAssessment: row('710824005', 'Assessment of health and social care needs (procedure)', 30, 6140),
  anxietyAssessment: row('710841007', 'Assessment of anxiety (procedure)', 10, 3220),
  depressionScreening: row('171207006', 'Depression screening (procedure)', 10, 3220),
  substanceAssessment: row('428211000124100', 'Assessment of substance use (procedure)', 15, 3950),
  alcoholAssessment: row(
    '763302001',
    'Assessment using Alcohol Use Disorders Identification Test - Consumption (procedure)',
    10,
    3220,
  ),
  hearingExamination: row('398171003', 'Hearing examination (procedure)', 10, 4400),
  careReview: row('425268008', 'Review of care plan (procedure)', 10, 2870),
  colonoscopy: row('73761001', 'Colonoscopy (procedure)', 40, 118450),
  colonBiopsy: row('76164006', 'Biopsy of colon (procedure)', 30, 87200),
  colonResection: row('43075005', 'Partial resection of colon (procedure)', 190, 1438000),
  mammography: row('24623002', 'Screening mammography (procedure)', 25, 38820),
  breastBiopsy: row('122548005', 'Biopsy of breast (procedure)', 45, 104630),
  lumpectomy: row('392021009', 'Lumpectomy of breast (procedure)', 110, 921400),
  bronchoscopy: row('173160006', 'Diagnostic fiberoptic bronchoscopy (procedure)', 50, 214700),
  chemotherapy: row('367336001', 'Chemotherapy (procedure)', 180, 186300),
  radiotherapy: row('108290001', 'Radiation oncology AND/OR radiotherapy (procedure)', 25, 97400),
  portInsertion: row('233527006', 'Central venous cannula insertion (procedure)', 50, 163200),
  spirometry: row('127783003', 'Spirometry (procedure)', 20, 7460),
  respiratoryTherapy: row('53950000', 'Respiratory therapy (procedure)', 30, 9980),
  throatCulture: row('117015009', 'Throat culture (procedure)', 5, 5210),
  urineCulture: row('117010004', 'Urine culture (procedure)', 5, 4890),
  bloodCulture: row(
    '104177005',
    'Blood culture for bacteria, including anaerobic screen (procedure)',
    10,
    9360,
  ),
  suture: row('288086009', 'Suture open wound (procedure)', 25, 31850),
  immobilization: row('274474001', 'Bone immobilization (procedure)', 40, 48600),
  hipReplacement: row('52734007', 'Total replacement of hip (procedure)', 150, 2184000),
  electrocardiogram: row('29303009', 'Electrocardiographic procedure (procedure)', 10, 8740),
  coronaryIntervention: row('415070008', 'Percutaneous coronary intervention (procedure)', 80, 1876000),
  defibrillatorInsertion: row(
    '447365002',
    'Insertion of biventricular implantable cardioverter defibrillator (procedure)',
    120,
    3120000,
  ),
  dialysis: row('265764009', 'Renal dialysis (procedure)', 210, 92800),
  pregnancyTest: row('252160004', 'Standard pregnancy test (procedure)', 10, 2340),
  fundalHeight: row('274804006', 'Evaluation of uterine fundal height (procedure)', 10, 2610),
  fetalHeart: row('225158009', 'Auscultation of the fetal heart (procedure)', 10, 2610),
  fetalUltrasound: row('169230002', 'Ultrasound scan for fetal viability (procedure)', 25, 27900),
  bloodTyping: row('44608003', 'Blood group typing (procedure)', 5, 3180),
  childbirth: row('66348005', 'Childbirth (procedure)', 420, 684000),
  postnatalExamination: row('5880005', 'Physical examination procedure (procedure)', 15, 4120),
  deathCertificate: row('310417005', 'Certification procedure (procedure)', 15, 0),
} as const satisfies Record<string, Procedure>;

export type ProcedureKey = keyof typeof procedures;

export interface Device {
  readonly code: Code;
  readonly yearsOfUse: number;
}

export const devices = {
  venousPort: {
    code: snomed('398013009', 'Implantable venous access port (physical object)'),
    yearsOfUse: 5,
  },
  coronaryStent: { code: snomed('705643001', 'Coronary artery stent (physical object)'), yearsOfUse: 25 },
  defibrillator: {
    code: snomed('72506001', 'Implantable defibrillator, device (physical object)'),
    yearsOfUse: 10,
  },
  hipProsthesis: {
    code: snomed('304120007', 'Total hip replacement prosthesis (physical object)'),
    yearsOfUse: 20,
  },
} as const satisfies Record<string, Device>;

export type DeviceKey = keyof typeof devices;

export interface Imaging {
  readonly code: Code;
  readonly modality: { readonly code: string; readonly display: string };
  readonly bodySite: Code;
  /** DICOM SOP class and its name. */
  readonly sopClass: string;
  readonly title: string;
  readonly instances: readonly [number, number];
  readonly minutes: number;
  readonly cents: number;
}

const xRay = {
  modality: { code: 'DX', display: 'Digital Radiography' },
  sopClass: '1.2.840.10008.5.1.4.1.1.1.1',
};
const tomography = {
  modality: { code: 'CT', display: 'Computed Tomography' },
  sopClass: '1.2.840.10008.5.1.4.1.1.2',
};
const thorax = snomed('51185008', 'Thoracic structure (body structure)');

export const imaging = {
  chestXRay: {
    ...xRay,
    code: snomed('399208008', 'Plain X-ray of chest (procedure)'),
    bodySite: thorax,
    title: 'Image of chest',
    instances: [1, 2],
    minutes: 15,
    cents: 12650,
  },
  ankleXRay: {
    ...xRay,
    code: snomed('19490002', 'Ankle X-ray (procedure)'),
    bodySite: snomed('344001', 'Ankle'),
    title: 'Image of ankle',
    instances: [1, 3],
    minutes: 15,
    cents: 11380,
  },
  wristXRay: {
    ...xRay,
    code: snomed('60027007', 'Radiography of wrist (procedure)'),
    bodySite: snomed('8205005', 'Wrist region structure (body structure)'),
    title: 'Image of wrist',
    instances: [1, 3],
    minutes: 15,
    cents: 11380,
  },
  hipXRay: {
    ...xRay,
    code: snomed('268425006', 'Plain X-ray of pelvis (procedure)'),
    bodySite: snomed('24136001', 'Hip joint structure (body structure)'),
    title: 'Image of hip',
    instances: [1, 3],
    minutes: 15,
    cents: 12110,
  },
  chestTomography: {
    ...tomography,
    code: snomed('169069000', 'Computed tomography of chest (procedure)'),
    bodySite: thorax,
    title: 'CT image of chest',
    instances: [3, 8],
    minutes: 30,
    cents: 74200,
  },
  trunkTomography: {
    ...tomography,
    code: snomed('418891003', 'Computed tomography of chest and abdomen (procedure)'),
    bodySite: thorax,
    title: 'CT image of chest and abdomen',
    instances: [4, 10],
    minutes: 40,
    cents: 98300,
  },
  mammogram: {
    code: snomed('71651007', 'Mammography (procedure)'),
    modality: { code: 'MG', display: 'Mammography' },
    bodySite: snomed('76752008', 'Breast structure (body structure)'),
    sopClass: '1.2.840.10008.5.1.4.1.1.1.2',
    title: 'Mammographic image',
    instances: [2, 4],
    minutes: 25,
    cents: 38820,
  },
  echocardiogram: {
    code: snomed('433236007', 'Transthoracic echocardiography (procedure)'),
    modality: { code: 'US', display: 'Ultrasound' },
    bodySite: snomed('80891009', 'Heart structure (body structure)'),
    sopClass: '1.2.840.10008.5.1.4.1.1.3.1',
    title: 'Ultrasound multiframe image',
    instances: [1, 3],
    minutes: 35,
    cents: 41360,
  },
} as const satisfies Record<string, Imaging>;

export type ImagingKey = keyof typeof imaging;
