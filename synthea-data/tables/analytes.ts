// Laboratory tests: LOINC codes, units, reference ranges by sex where they differ.
import type { Code } from '../concepts.ts';
import { loinc } from '../concepts.ts';

export interface Analyte {
  readonly code: Code;
  readonly unit: string;
  readonly decimals: 0 | 1 | 2;
  readonly range: readonly [number, number];
  /** Range of women where it differs. */
  readonly female?: readonly [number, number];
  /** Observation category; `laboratory` if absent. */
  readonly category?: 'procedure';
}

const row = (
  code: string,
  display: string,
  unit: string,
  decimals: Analyte['decimals'],
  range: readonly [number, number],
  female?: readonly [number, number],
): Analyte => ({ code: loinc(code, display), unit, decimals, range, ...(female ? { female } : {}) });

export const analytes = {
  leukocytes: row('6690-2', 'Leukocytes [#/volume] in Blood by Automated count', '10*3/uL', 1, [4, 11]),
  neutrophils: row('751-8', 'Neutrophils [#/volume] in Blood by Automated count', '10*3/uL', 1, [1.8, 7.7]),
  erythrocytes: row(
    '789-8',
    'Erythrocytes [#/volume] in Blood by Automated count',
    '10*6/uL',
    2,
    [4.5, 5.9],
    [4.1, 5.1],
  ),
  hemoglobin: row('718-7', 'Hemoglobin [Mass/volume] in Blood', 'g/dL', 1, [13.5, 17.5], [12, 15.5]),
  hematocrit: row(
    '4544-3',
    'Hematocrit [Volume Fraction] of Blood by Automated count',
    '%',
    1,
    [41, 50],
    [36, 44],
  ),
  mcv: row('787-2', 'MCV [Entitic volume] by Automated count', 'fL', 1, [80, 96]),
  mch: row('785-6', 'MCH [Entitic mass] by Automated count', 'pg', 1, [27, 33]),
  mchc: row('786-4', 'MCHC [Mass/volume] by Automated count', 'g/dL', 1, [32, 36]),
  rdw: row(
    '21000-5',
    'Erythrocyte distribution width [Entitic volume] by Automated count',
    'fL',
    1,
    [39, 46],
  ),
  platelets: row('777-3', 'Platelets [#/volume] in Blood by Automated count', '10*3/uL', 0, [150, 450]),
  plateletVolume: row(
    '32623-1',
    'Platelet mean volume [Entitic volume] in Blood by Automated count',
    'fL',
    1,
    [7.5, 11.5],
  ),
  glucose: row('2345-7', 'Glucose [Mass/volume] in Serum or Plasma', 'mg/dL', 0, [70, 99]),
  urea: row('3094-0', 'Urea nitrogen [Mass/volume] in Serum or Plasma', 'mg/dL', 0, [7, 20]),
  creatinine: row(
    '2160-0',
    'Creatinine [Mass/volume] in Serum or Plasma',
    'mg/dL',
    2,
    [0.74, 1.35],
    [0.59, 1.04],
  ),
  calcium: row('17861-6', 'Calcium [Mass/volume] in Serum or Plasma', 'mg/dL', 1, [8.6, 10.2]),
  sodium: row('2951-2', 'Sodium [Moles/volume] in Serum or Plasma', 'mmol/L', 0, [135, 145]),
  potassium: row('2823-3', 'Potassium [Moles/volume] in Serum or Plasma', 'mmol/L', 1, [3.5, 5]),
  chloride: row('2075-0', 'Chloride [Moles/volume] in Serum or Plasma', 'mmol/L', 0, [98, 107]),
  bicarbonate: row(
    '2028-9',
    'Carbon dioxide, total [Moles/volume] in Serum or Plasma',
    'mmol/L',
    0,
    [22, 29],
  ),
  filtration: row(
    '33914-3',
    'Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum or Plasma by Creatinine-based formula (MDRD)',
    'mL/min/{1.73_m2}',
    0,
    [60, 120],
  ),
  protein: row('2885-2', 'Protein [Mass/volume] in Serum or Plasma', 'g/dL', 1, [6, 8.3]),
  albumin: row('1751-7', 'Albumin [Mass/volume] in Serum or Plasma', 'g/dL', 1, [3.5, 5]),
  bilirubin: row('1975-2', 'Bilirubin.total [Mass/volume] in Serum or Plasma', 'mg/dL', 1, [0.1, 1.2]),
  alkalinePhosphatase: row(
    '6768-6',
    'Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma',
    'U/L',
    0,
    [44, 147],
  ),
  alt: row(
    '1742-6',
    'Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
    'U/L',
    0,
    [7, 56],
  ),
  ast: row(
    '1920-8',
    'Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma',
    'U/L',
    0,
    [10, 40],
  ),
  cholesterol: row('2093-3', 'Cholesterol [Mass/volume] in Serum or Plasma', 'mg/dL', 0, [125, 200]),
  triglycerides: row('2571-8', 'Triglyceride [Mass/volume] in Serum or Plasma', 'mg/dL', 0, [30, 150]),
  ldl: row(
    '18262-6',
    'Cholesterol in LDL [Mass/volume] in Serum or Plasma by Direct assay',
    'mg/dL',
    0,
    [50, 130],
  ),
  hdl: row('2085-9', 'Cholesterol in HDL [Mass/volume] in Serum or Plasma', 'mg/dL', 0, [40, 80]),
  hemoglobinA1c: row('4548-4', 'Hemoglobin A1c/Hemoglobin.total in Blood', '%', 1, [4, 5.6]),
  albuminCreatinine: row('14959-1', 'Microalbumin/Creatinine [Mass Ratio] in Urine', 'mg/g', 1, [0, 30]),
  thyrotropin: row('3016-3', 'Thyrotropin [Units/volume] in Serum or Plasma', 'm[IU]/L', 2, [0.4, 4]),
  crp: row('1988-5', 'C reactive protein [Mass/volume] in Serum or Plasma', 'mg/L', 1, [0, 8]),
  procalcitonin: row('33959-8', 'Procalcitonin [Mass/volume] in Serum or Plasma', 'ng/mL', 2, [0, 0.1]),
  lactate: row('2524-7', 'Lactate [Moles/volume] in Serum or Plasma', 'mmol/L', 1, [0.5, 2]),
  troponin: row(
    '89579-7',
    'Troponin I.cardiac [Mass/volume] in Serum or Plasma by High sensitivity method',
    'ng/L',
    0,
    [0, 20],
  ),
  proBnp: row(
    '33762-6',
    'Natriuretic peptide.B prohormone N-Terminal [Mass/volume] in Serum or Plasma',
    'pg/mL',
    0,
    [0, 125],
  ),
  inr: row('6301-6', 'INR in Platelet poor plasma by Coagulation assay', '{INR}', 1, [0.8, 1.2]),
  prothrombinTime: row('5902-2', 'Prothrombin time (PT)', 's', 1, [11, 13.5]),
  cea: row('2039-6', 'Carcinoembryonic Ag [Mass/volume] in Serum or Plasma', 'ng/mL', 1, [0, 5]),
  ca153: row('6875-9', 'Cancer Ag 15-3 [Units/volume] in Serum or Plasma', 'U/mL', 1, [0, 30]),
  ferritin: row('2276-4', 'Ferritin [Mass/volume] in Serum or Plasma', 'ng/mL', 0, [24, 336], [11, 307]),
  urinePh: row('5803-2', 'pH of Urine by Test strip', '[pH]', 1, [5, 7.5]),
  urineGravity: row('5811-5', 'Specific gravity of Urine by Test strip', '{nominal}', 2, [1.01, 1.03]),
  urineGlucose: row('5792-7', 'Glucose [Mass/volume] in Urine by Test strip', 'mg/dL', 0, [0, 15]),
  urineProtein: row('5804-0', 'Protein [Mass/volume] in Urine by Test strip', 'mg/dL', 0, [0, 20]),
  glucoseChallenge: row(
    '1504-0',
    'Glucose [Mass/volume] in Serum or Plasma --1 hour post 50 g glucose PO',
    'mg/dL',
    0,
    [70, 140],
  ),
  fev1Ratio: { ...row('19926-5', 'FEV1/FVC', '%', 0, [70, 90]), category: 'procedure' },
  ejectionFraction: {
    ...row('10230-1', 'Left ventricular Ejection fraction', '%', 0, [53, 72]),
    category: 'procedure',
  },
} as const satisfies Record<string, Analyte>;

export type AnalyteKey = keyof typeof analytes;
