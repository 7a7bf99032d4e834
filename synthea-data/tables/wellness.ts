// Preventive visits: how often at each age, what is examined, and what people are found to be
// living with.
import type { Code } from '../concepts.ts';
import { snomed } from '../concepts.ts';
import type { FindingKey } from './findings.ts';
import type { PanelKey } from './panels.ts';
import type { ProcedureKey } from './procedures.ts';

/** Ages in months of the visits of children; from two and a half years on they come every year. */
export const childVisitMonths = [0, 1, 2, 4, 6, 9, 12, 15, 18, 24, 30] as const;

/** Rows `[from age in years, years between visits]` from three years on. */
export const visitIntervals = [
  [3, 1],
  [19, 2],
  [35, 1],
] as const;

/** What a visit may include, by age in years and sex. */
export interface WellnessItem {
  readonly ages: readonly [number, number];
  readonly chance: number;
  readonly sex?: 'female' | 'male';
  readonly procedure?: ProcedureKey;
  readonly panel?: PanelKey;
  readonly finding?: FindingKey;
}

export const wellnessItems: readonly WellnessItem[] = [
  { ages: [3, 12], chance: 0.6, procedure: 'hearingExamination' },
  { ages: [0, 3], chance: 0.8, procedure: 'medicationsDocumented' },
  { ages: [12, 120], chance: 0.7, procedure: 'depressionScreening', finding: 'phq2' },
  { ages: [12, 120], chance: 0.5, procedure: 'anxietyAssessment', finding: 'gad7' },
  { ages: [12, 120], chance: 0.6, procedure: 'substanceAssessment' },
  { ages: [18, 120], chance: 0.75, procedure: 'needsAssessment' },
  { ages: [18, 120], chance: 0.4, procedure: 'alcoholAssessment', finding: 'auditC' },
  { ages: [18, 120], chance: 0.45, procedure: 'medicationReconciliation' },
  { ages: [40, 75], chance: 0.5, sex: 'female', procedure: 'mammography' },
  { ages: [1, 6], chance: 0.4, panel: 'shortCount' },
  { ages: [18, 40], chance: 0.2, panel: 'lipids' },
  { ages: [41, 120], chance: 0.4, panel: 'lipids' },
  { ages: [30, 120], chance: 0.3, panel: 'basicMetabolic' },
  { ages: [45, 120], chance: 0.15, panel: 'bloodCount' },
  { ages: [35, 70], chance: 0.3, panel: 'hemoglobinA1c' },
  { ages: [40, 120], chance: 0.15, panel: 'thyrotropin' },
];

export interface SocialFinding {
  readonly code: Code;
  readonly ages: readonly [number, number];
  /** Chance that a preventive visit records it. */
  readonly chance: number;
  /** Days until it ends; absent: it stays. */
  readonly lasts?: readonly [number, number];
}

export const socialFindings: readonly SocialFinding[] = [
  {
    code: snomed('160903007', 'Full-time employment (finding)'),
    ages: [18, 66],
    chance: 0.5,
    lasts: [340, 800],
  },
  {
    code: snomed('160904001', 'Part-time employment (finding)'),
    ages: [18, 75],
    chance: 0.12,
    lasts: [200, 700],
  },
  { code: snomed('73595000', 'Stress (finding)'), ages: [18, 80], chance: 0.2, lasts: [90, 500] },
  {
    code: snomed('422650009', 'Social isolation (finding)'),
    ages: [25, 120],
    chance: 0.06,
    lasts: [200, 900],
  },
  {
    code: snomed('423315002', 'Limited social contact (finding)'),
    ages: [18, 120],
    chance: 0.07,
    lasts: [200, 900],
  },
  { code: snomed('224299000', 'Received higher education (finding)'), ages: [22, 40], chance: 0.2 },
  {
    code: snomed('741062008', 'Not in labor force (finding)'),
    ages: [60, 120],
    chance: 0.12,
    lasts: [300, 1500],
  },
];

/** Conditions a preventive visit finds by measuring, once each. */
export const obesity = {
  code: snomed('162864005', 'Body mass index 30+ - obesity (finding)'),
  above: 30,
} as const;
