// PEWS, the tables by age: NHS England, National Paediatric Early Warning System (NPEWS), inpatient observation and
// escalation charts 2023 and Configuration Document for SPOT NPEWS. Thresholds as the Royal College of Paediatrics and
// Child Health keeps them, checked against the charts (github.com/rcpch/digital-pews, spec/npews-scoring-spec.json).
import { scoreSystem } from '../codeSystems.ts';
import { above, type Band, below, type Coding, type Ruleset, type Step, upTo } from './score.ts';

const coding = (code: string, of: string): Coding => ({
  system: scoreSystem,
  code,
  display: `National Paediatric Early Warning System (NPEWS) ${of}`,
});

export const pewsRuleset: Ruleset = {
  kind: 'pews',
  version: '2023.1',
  title: 'PEWS',
  source: 'NHS England, National Paediatric Early Warning System (NPEWS), 2023',
  code: coding('pews', 'total score'),
};

export const pewsCodes = {
  respiration: coding('pews-respiration', '- respiratory rate score'),
  effort: coding('pews-effort', '- respiratory distress score'),
  spo2: coding('pews-spo2', '- oxygen saturation score'),
  oxygen: coding('pews-oxygen', '- oxygen requirement score'),
  systolic: coding('pews-systolic', '- systolic blood pressure score'),
  pulse: coding('pews-pulse', '- heart rate score'),
  capillaryRefill: coding('pews-capillary-refill', '- capillary refill time score'),
} as const;

/** Charts by completed years, the last one up to the age that NEWS2 begins at. */
export const pewsAges = ['0-11 months', '1-4 years', '5-12 years', '13-15 years'] as const;

export type PewsAge = (typeof pewsAges)[number];

export interface PewsRows {
  readonly respiration: readonly Step[];
  readonly pulse: readonly Step[];
  readonly systolic: readonly Step[];
}

/** Rows that depend on age; values are not rounded, each step begins at its own whole number. */
export const pewsSteps: Readonly<Record<PewsAge, PewsRows>> = {
  '0-11 months': {
    respiration: [
      below(10, 4),
      below(20, 2),
      below(30, 1),
      below(50, 0),
      below(60, 1),
      below(70, 2),
      above(4),
    ],
    pulse: [below(80, 4), below(90, 2), below(110, 1), below(150, 0), below(170, 1), below(180, 2), above(4)],
    systolic: [
      below(50, 4),
      below(60, 2),
      below(70, 1),
      below(90, 0),
      below(100, 1),
      below(110, 2),
      above(4),
    ],
  },
  '1-4 years': {
    respiration: [below(10, 4), below(20, 2), below(40, 0), below(50, 1), below(60, 2), above(4)],
    pulse: [below(60, 4), below(70, 2), below(90, 1), below(140, 0), below(150, 1), below(170, 2), above(4)],
    systolic: [
      below(50, 4),
      below(60, 2),
      below(80, 1),
      below(100, 0),
      below(120, 1),
      below(130, 2),
      above(4),
    ],
  },
  '5-12 years': {
    respiration: [
      below(10, 4),
      below(15, 2),
      below(20, 1),
      below(25, 0),
      below(40, 1),
      below(50, 2),
      above(4),
    ],
    pulse: [below(60, 4), below(70, 2), below(80, 1), below(120, 0), below(140, 1), below(160, 2), above(4)],
    systolic: [
      below(70, 4),
      below(80, 2),
      below(90, 1),
      below(110, 0),
      below(120, 1),
      below(130, 2),
      above(4),
    ],
  },
  '13-15 years': {
    respiration: [below(10, 4), below(15, 1), below(25, 0), below(30, 1), below(40, 2), above(4)],
    pulse: [below(50, 4), below(60, 2), below(70, 1), below(100, 0), below(120, 1), below(130, 2), above(4)],
    systolic: [
      below(80, 4),
      below(90, 2),
      below(100, 1),
      below(120, 0),
      below(130, 1),
      below(140, 2),
      above(4),
    ],
  },
};

/** Rows for every age. The charts have no score between 2 and 3 s of capillary refill: it counts as prolonged. */
export const pewsSharedSteps = {
  spo2: [upTo(91, 4), below(95, 1), above(0)],
  /** L/min, where oxygen is given */
  flow: [below(2, 1), below(6, 2), above(4)],
  /** inspired fraction in %, where oxygen is given */
  fraction: [below(30, 1), below(50, 2), above(4)],
  capillaryRefill: [upTo(2, 0), above(2)],
} as const satisfies Record<string, readonly Step[]>;

/** High flow, CPAP and BiPAP, whatever the amount. */
export const pewsDeviceScore = 4;

export const pewsEffort: Readonly<Record<string, number>> = { none: 0, mild: 1, moderate: 2, severe: 4 };

/** Escalation by total, each band up to and including a total. */
export const pewsBands: readonly (readonly [upTo: number, band: Band])[] = [
  [0, 'none'],
  [4, 'low'],
  [8, 'medium'],
  [12, 'high'],
  [Number.POSITIVE_INFINITY, 'emergency'],
];

/** Consciousness adds no points; these answers ask for at least this escalation. */
export const pewsConsciousness: Readonly<Record<string, Band>> = {
  V: 'high',
  P: 'emergency',
  U: 'emergency',
};
