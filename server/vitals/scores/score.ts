// What an early-warning score is made of, and how its tables are written.
import type { Parameter, Reading } from './reading.ts';

/** Bands of scores, the gravest last. */
export const bands = ['none', 'low', 'low-medium', 'medium', 'high', 'emergency'] as const;
export type Band = (typeof bands)[number];

export interface Coding {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

/** Which table a score was computed by. */
export interface Ruleset {
  readonly kind: 'news2' | 'pews';
  /** changes with every change of table or rounding */
  readonly version: string;
  readonly title: string;
  readonly source: string;
  /** code of the total */
  readonly code: Coding;
}

export interface Subscore {
  readonly parameter: Parameter;
  /** as read, in the unit of the parameter */
  readonly value: number | string;
  readonly score: number;
  readonly code: Coding;
  readonly reading: Reading;
}

export interface Score {
  readonly ruleset: Ruleset;
  readonly total: number;
  readonly band: Band;
  readonly subscores: readonly Subscore[];
  /** the reading that put the band above that of the total */
  readonly raisedBy?: Reading;
  readonly missing: readonly [];
}

/** No score is computed from a part of what it needs. */
export interface Incomplete {
  readonly ruleset: Ruleset;
  /** at least one */
  readonly missing: readonly Parameter[];
}

/** Whether there is a score. */
export function isComplete(score: Score | Incomplete): score is Score {
  return score.missing.length === 0;
}

/** One column of a row of a table: the first step that a value is within gives its score. */
export interface Step {
  /** inclusive */
  readonly upTo?: number;
  /** exclusive */
  readonly below?: number;
  readonly score: number;
}

export const upTo = (value: number, score: number): Step => ({ upTo: value, score });
export const below = (value: number, score: number): Step => ({ below: value, score });
/** Whatever is above the steps before. */
export const above = (score: number): Step => ({ score });

/** The score of a value in a row of a table, whose last step has no end. */
export function stepScore(steps: readonly Step[], value: number): number {
  return steps.find(({ upTo, below }) => value <= (upTo ?? Infinity) && value < (below ?? Infinity))!.score;
}

/** Rounded half up; a binary fraction just short of the half counts as the half that was written. */
export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.floor(value * scale + 0.5 + 1e-9) / scale;
}
