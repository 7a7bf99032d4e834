// Panels of laboratory tests: what is reported together, under which code, at what price.
import type { Code } from '../concepts.ts';
import { loinc } from '../concepts.ts';
import type { AnalyteKey } from './analytes.ts';

export interface Panel {
  /** Code of the DiagnosticReport; panels of one analyte have none. */
  readonly code?: Code;
  readonly analytes: readonly AnalyteKey[];
  readonly cents: number;
}

export const panels = {
  bloodCount: {
    code: loinc('58410-2', 'CBC panel - Blood by Automated count'),
    analytes: [
      'leukocytes',
      'neutrophils',
      'erythrocytes',
      'hemoglobin',
      'hematocrit',
      'mcv',
      'mch',
      'mchc',
      'rdw',
      'platelets',
      'plateletVolume',
    ],
    cents: 2950,
  },
  shortCount: {
    code: loinc('58410-2', 'CBC panel - Blood by Automated count'),
    analytes: ['leukocytes', 'neutrophils', 'hemoglobin', 'hematocrit', 'platelets'],
    cents: 1980,
  },
  basicMetabolic: {
    code: loinc('51990-0', 'Basic metabolic panel - Blood'),
    analytes: [
      'glucose',
      'urea',
      'creatinine',
      'calcium',
      'sodium',
      'potassium',
      'chloride',
      'bicarbonate',
      'filtration',
    ],
    cents: 2480,
  },
  metabolic: {
    code: loinc('24323-8', 'Comprehensive metabolic 2000 panel - Serum or Plasma'),
    analytes: [
      ...([
        'glucose',
        'urea',
        'creatinine',
        'calcium',
        'sodium',
        'potassium',
        'chloride',
        'bicarbonate',
        'filtration',
      ] as const),
      ...(['protein', 'albumin', 'bilirubin', 'alkalinePhosphatase', 'alt', 'ast'] as const),
    ],
    cents: 3870,
  },
  lipids: {
    code: loinc('57698-3', 'Lipid panel with direct LDL - Serum or Plasma'),
    analytes: ['cholesterol', 'triglycerides', 'ldl', 'hdl'],
    cents: 3120,
  },
  coagulation: {
    code: loinc('34528-0', 'PT panel - Platelet poor plasma by Coagulation assay'),
    analytes: ['prothrombinTime', 'inr'],
    cents: 1640,
  },
  urinalysis: {
    code: loinc('24356-8', 'Urinalysis complete panel - Urine'),
    analytes: ['urinePh', 'urineGravity', 'urineGlucose', 'urineProtein'],
    cents: 1210,
  },
  inflammation: { analytes: ['crp', 'procalcitonin', 'lactate'], cents: 5240 },
  hemoglobinA1c: { analytes: ['hemoglobinA1c'], cents: 1890 },
  albuminCreatinine: { analytes: ['albuminCreatinine'], cents: 1430 },
  thyrotropin: { analytes: ['thyrotropin'], cents: 2260 },
  troponin: { analytes: ['troponin'], cents: 3350 },
  heartFailure: { analytes: ['proBnp', 'ejectionFraction'], cents: 6480 },
  breastMarkers: { analytes: ['ca153', 'cea'], cents: 7150 },
  colorectalMarkers: { analytes: ['cea'], cents: 3720 },
  ferritin: { analytes: ['ferritin'], cents: 2110 },
  glucoseChallenge: { analytes: ['glucoseChallenge'], cents: 1950 },
  spirometry: { analytes: ['fev1Ratio'], cents: 4300 },
} as const satisfies Record<string, Panel>;

export type PanelKey = keyof typeof panels;
