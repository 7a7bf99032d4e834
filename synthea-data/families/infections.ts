// Short infections: they come and go, and keep the family practice busy.
import { snomed } from '../concepts.ts';
import type { Family } from '../family.ts';

export const infections: readonly Family[] = [
  {
    key: 'sinusitis',
    condition: snomed('444814009', 'Viral sinusitis (disorder)'),
    onset: [{ ages: [4, 90], perYear: 0.11 }],
    lasts: [10, 24],
    course: [
      {
        at: [0, 0],
        encounter: 'symptom',
        complaint: 'Blocked nose and pressure over the cheeks.',
        vitals: 'acute',
        acute: { temperature: 0.6, heartRate: 4, pain: 2 },
        prescribes: ['acetaminophen'],
      },
    ],
  },
  {
    key: 'strepThroat',
    condition: snomed('43878008', 'Streptococcal sore throat (disorder)'),
    onset: [
      { ages: [4, 16], perYear: 0.14 },
      { ages: [17, 50], perYear: 0.03 },
    ],
    lasts: [7, 14],
    course: [
      {
        at: [0, 0],
        encounter: 'symptom',
        complaint: 'Sore throat and fever.',
        vitals: 'acute',
        acute: { temperature: 1.7, heartRate: 14, pain: 4 },
        findings: ['strepAntigen'],
        procedures: ['throatCulture'],
        prescribes: ['penicillin'],
      },
    ],
  },
  {
    key: 'pharyngitis',
    condition: snomed('195662009', 'Acute viral pharyngitis (disorder)'),
    onset: [{ ages: [2, 80], perYear: 0.08 }],
    lasts: [7, 14],
    course: [
      {
        at: [0, 0],
        encounter: 'urgentCare',
        complaint: 'Sore throat.',
        vitals: 'acute',
        acute: { temperature: 0.9, heartRate: 6, pain: 3 },
        prescribes: ['acetaminophen'],
      },
    ],
  },
  {
    key: 'otitis',
    condition: snomed('65363002', 'Otitis media (disorder)'),
    onset: [{ ages: [0, 7], perYear: 0.22 }],
    lasts: [8, 20],
    course: [
      {
        at: [0, 0],
        encounter: 'symptom',
        complaint: 'Ear pain and fever.',
        vitals: 'acute',
        acute: { temperature: 1.6, heartRate: 16, pain: 4 },
        prescribes: ['amoxicillin'],
      },
      { at: [14, 18], chance: 0.5, encounter: 'telemedicine', complaint: 'Ear pain is gone.' },
    ],
  },
  {
    key: 'bronchitis',
    condition: snomed('10509002', 'Acute bronchitis (disorder)'),
    onset: [{ ages: [3, 95], perYear: 0.06 }],
    lasts: [10, 25],
    carePlan: 'respiratory',
    course: [
      {
        at: [0, 0],
        encounter: 'symptom',
        complaint: 'Cough and chest tightness.',
        vitals: 'acute',
        acute: { temperature: 1, respiratoryRate: 4, heartRate: 8, oxygenSaturation: -1.5, pain: 1 },
        prescribes: ['acetaminophen'],
      },
      { at: [14, 25], chance: 0.4, encounter: 'followUp', complaint: 'Cough has settled.', vitals: 'check' },
    ],
  },
  {
    key: 'urinaryInfection',
    condition: snomed('301011002', 'Escherichia coli urinary tract infection (disorder)'),
    onset: [
      { ages: [16, 95], sex: 'female', perYear: 0.05 },
      { ages: [60, 95], sex: 'male', perYear: 0.03 },
    ],
    lasts: [7, 16],
    carePlan: 'urinary',
    course: [
      {
        at: [0, 0],
        encounter: 'urgentCare',
        complaint: 'Burning when passing water.',
        vitals: 'acute',
        acute: { temperature: 0.8, pain: 3, heartRate: 6, urineProtein: 40 },
        labs: ['urinalysis'],
        procedures: ['urineCulture'],
        prescribes: ['nitrofurantoin'],
      },
    ],
  },
  {
    key: 'covid',
    condition: snomed('840539006', 'COVID-19 (disorder)'),
    onset: [{ ages: [1, 110], perYear: 0.035, since: '2020-02-20' }],
    lasts: [10, 35],
    course: [
      {
        at: [0, 0],
        encounter: 'urgentCare',
        complaint: 'Fever, cough and loss of taste.',
        vitals: 'acute',
        acute: { temperature: 1.5, heartRate: 13, respiratoryRate: 4, oxygenSaturation: -2.5, pain: 2 },
        findings: ['coronavirus'],
        prescribes: ['acetaminophen'],
        diagnoses: [
          { code: snomed('386661006', 'Fever (finding)'), chance: 0.8, lasts: [5, 14] },
          { code: snomed('49727002', 'Cough (finding)'), chance: 0.7, lasts: [7, 25] },
          { code: snomed('84229001', 'Fatigue (finding)'), chance: 0.4, lasts: [10, 35] },
        ],
      },
      {
        at: [5, 9],
        chance: 0.07,
        encounter: 'emergencyAdmission',
        complaint: 'Worsening breathlessness.',
        vitals: 'monitor',
        vitalsEvery: 360,
        acute: {
          temperature: 1.6,
          heartRate: 20,
          respiratoryRate: 11,
          oxygenSaturation: -9,
          crp: 110,
          leukocytes: -1,
        },
        labs: ['bloodCount', 'metabolic', 'inflammation'],
        labsEveryHours: 36,
        imaging: ['chestXRay'],
        procedures: ['respiratoryTherapy'],
        prescribes: ['dexamethasone'],
        administers: ['saline'],
      },
    ],
    fatal: { chance: 0.006, after: [9, 25] },
  },
];
