// NEWS2, the table as published: Royal College of Physicians. National Early Warning Score (NEWS) 2: Standardising the
// assessment of acute-illness severity in the NHS. London: RCP, 2017, chart 1. SNOMED CT codes: UK edition.
import { snomed } from './readingCodes.ts';
import { above, type Coding, type Ruleset, type Step, upTo } from './score.ts';

const coding = (code: string, of: string): Coding => ({
  system: snomed,
  code,
  display: `Royal College of Physicians NEWS2 (National Early Warning Score 2) ${of}`,
});

export const news2Ruleset: Ruleset = {
  kind: 'news2',
  version: '2017.1',
  title: 'NEWS2',
  source: 'Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017',
  code: coding('1104051000000101', 'total score'),
};

export const news2Codes = {
  respiration: coding('1104301000000104', '- respiration rate score'),
  spo2Scale1: coding('1104311000000102', '- oxygen saturation scale 1 score'),
  spo2Scale2: coding('1104321000000108', '- oxygen saturation scale 2 score'),
  oxygen: coding('1104331000000105', '- air or oxygen score'),
  systolic: coding('1104341000000101', '- systolic blood pressure score'),
  pulse: coding('1104351000000103', '- pulse score'),
  consciousness: coding('1104361000000100', '- consciousness score'),
  temperature: coding('1104371000000107', '- temperature score'),
} as const;

/** Rows of numbers: steps for values rounded to as many decimals as the chart has. */
export const news2Steps = {
  respiration: { decimals: 0, steps: [upTo(8, 3), upTo(11, 1), upTo(20, 0), upTo(24, 2), above(3)] },
  spo2Scale1: { decimals: 0, steps: [upTo(91, 3), upTo(93, 2), upTo(95, 1), above(0)] },
  spo2Scale2OnAir: { decimals: 0, steps: [upTo(83, 3), upTo(85, 2), upTo(87, 1), above(0)] },
  spo2Scale2OnOxygen: {
    decimals: 0,
    steps: [upTo(83, 3), upTo(85, 2), upTo(87, 1), upTo(92, 0), upTo(94, 1), upTo(96, 2), above(3)],
  },
  systolic: { decimals: 0, steps: [upTo(90, 3), upTo(100, 2), upTo(110, 1), upTo(219, 0), above(3)] },
  pulse: {
    decimals: 0,
    steps: [upTo(40, 3), upTo(50, 1), upTo(90, 0), upTo(110, 1), upTo(130, 2), above(3)],
  },
  temperature: { decimals: 1, steps: [upTo(35, 3), upTo(36, 1), upTo(38, 0), upTo(39, 1), above(2)] },
} as const satisfies Record<string, { decimals: number; steps: readonly Step[] }>;

/** Rows of answers. */
export const news2Answers = {
  oxygen: { air: 0, oxygen: 2 },
  consciousness: { A: 0, C: 3, V: 3, P: 3, U: 3 },
} as const;
