// Coded and scored observations: smears, receptors, stages and questionnaires, with how often each
// answer comes.
import type { Code } from '../concepts.ts';
import { loinc, snomed } from '../concepts.ts';

export interface Finding {
  readonly code: Code;
  readonly category: 'laboratory' | 'survey' | 'exam' | 'social-history';
  /** Coded answers with weights … */
  readonly answers?: readonly (readonly [Code, number])[];
  /** … or a score with weights; its place is the score. */
  readonly scores?: readonly number[];
}

const positive = snomed('10828004', 'Positive (qualifier value)');
const negative = snomed('260385009', 'Negative (qualifier value)');
const detected = snomed('260373001', 'Detected (qualifier value)');
const notDetected = snomed('260415000', 'Not detected (qualifier value)');

export const findings = {
  estrogenReceptor: {
    code: loinc('16112-5', 'Estrogen receptor [Interpretation] in Tissue'),
    category: 'laboratory',
    answers: [
      [positive, 78],
      [negative, 22],
    ],
  },
  progesteroneReceptor: {
    code: loinc('16113-3', 'Progesterone receptor [Interpretation] in Tissue'),
    category: 'laboratory',
    answers: [
      [positive, 65],
      [negative, 35],
    ],
  },
  her2: {
    code: loinc('48676-1', 'HER2 [Interpretation] in Tissue'),
    category: 'laboratory',
    answers: [
      [positive, 16],
      [negative, 84],
    ],
  },
  performanceStatus: {
    code: loinc('89247-1', 'ECOG Performance Status score'),
    category: 'survey',
    scores: [38, 40, 15, 6, 1],
  },
  strepAntigen: {
    code: loinc('78012-2', 'Streptococcus pyogenes Ag [Presence] in Throat by Rapid immunoassay'),
    category: 'laboratory',
    answers: [
      [detected, 88],
      [notDetected, 12],
    ],
  },
  coronavirus: {
    code: loinc(
      '94500-6',
      'SARS-CoV-2 (COVID-19) RNA [Presence] in Respiratory system specimen by NAA with probe detection',
    ),
    category: 'laboratory',
    answers: [
      [detected, 95],
      [notDetected, 5],
    ],
  },
  occultBlood: {
    code: loinc('57905-2', 'Hemoglobin.gastrointestinal.lower [Presence] in Stool by Immunoassay'),
    category: 'laboratory',
    answers: [
      [positive, 75],
      [negative, 25],
    ],
  },
  phq2: {
    code: loinc('55758-7', 'Patient Health Questionnaire 2 item (PHQ-2) total score [Reported]'),
    category: 'survey',
    scores: [45, 25, 14, 8, 4, 2, 2],
  },
  phq9: {
    code: loinc('44261-6', 'Patient Health Questionnaire 9 item (PHQ-9) total score [Reported]'),
    category: 'survey',
    scores: [0, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  },
  gad7: {
    code: loinc('70274-6', 'Generalized anxiety disorder 7 item (GAD-7) total score [Reported.PHQ]'),
    category: 'survey',
    scores: [22, 18, 14, 11, 9, 7, 5, 4, 3, 2, 2, 1, 1, 1],
  },
  auditC: {
    code: loinc('75626-2', 'Total score [AUDIT-C]'),
    category: 'survey',
    scores: [24, 22, 18, 13, 9, 6, 4, 2, 1, 1],
  },
  glasgowComa: {
    code: loinc('9269-2', 'Glasgow coma score total'),
    category: 'exam',
    scores: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 6, 14, 77],
  },
} as const satisfies Record<string, Finding>;

export type FindingKey = keyof typeof findings;

export const tobaccoStatus = loinc('72166-2', 'Tobacco smoking status');

export const tobaccoAnswers = {
  never: snomed('266919005', 'Never smoked tobacco (finding)'),
  former: snomed('8517006', 'Ex-smoker (finding)'),
  current: snomed('449868002', 'Smokes tobacco daily (finding)'),
} as const;

export const cancerStage = loinc('21908-9', 'Stage group.clinical Cancer');

/** Levels of responsiveness from alert to unresponsive (ACVPU). */
export const responsivenessLevels = [
  snomed('248234008', 'Mentally alert (finding)'),
  snomed('300202002', 'Responds to voice (finding)'),
  snomed('450847001', 'Responds to pain (finding)'),
  snomed('422768004', 'Unresponsive (finding)'),
] as const;
