// Trend rules: a change against the patient's own baseline, as data. They are kept as actions of a PlanDefinition
// (alerts/readPolicy.ts).

/** What is asked of a patient's readings of one vital sign. */
export interface TrendRule {
  /** `weight-loss-month`, unique among the rules */
  readonly name: string;
  /** what it says when it holds: "Weight loss of 5 % within 30 days" */
  readonly title: string;
  /** `system|code` of the readings it is about */
  readonly codes: readonly string[];
  /**
   * - `change`: latest reading minus baseline, in `unit`
   * - `change-percent`: the same, in percent of the baseline
   * - `slope`: least-squares line through the window, in `unit` per day
   * - `sustained`: each of the latest `minimumReadings` is that far from the baseline, in `unit`
   */
  readonly kind: 'change' | 'change-percent' | 'slope' | 'sustained';
  /** Reached or passed: negative for a fall, positive for a rise; never 0. */
  readonly threshold: number;
  /** UCUM code that the readings are in */
  readonly unit: string;
  /** ends at the latest reading and includes both ends */
  readonly windowHours: number;
  /** within the window; fewer tell nothing */
  readonly minimumReadings: number;
  /** not for `slope` */
  readonly baseline?: Baseline;
}

/** What a patient's readings are compared with. */
export interface Baseline {
  /**
   * - `first`: the earliest reading of the window
   * - `extreme`: the greatest reading of the window before the latest where a fall is looked for, the least for a rise
   * - `median`, `mean`: of the readings in the `hours` before the window; where they are close together, of the latest in each
   *   slice (`sliceOf`), so that a monitor's night does not outweigh a week
   */
  readonly kind: 'first' | 'extreme' | 'median' | 'mean';
  readonly hours?: number;
  /** before the window; fewer are no baseline (default 1) */
  readonly minimumReadings?: number;
}

/** One reading in the rule's unit. */
export interface TrendReading {
  /** effective time in milliseconds since 1970 */
  readonly time: number;
  readonly value: number;
}

/** A rule that holds, with the numbers that say why. */
export interface TrendFinding {
  readonly rule: string;
  readonly kind: TrendRule['kind'];
  /** in percent, in `unit`, or in `unit` per day; of `sustained` the least of the differences */
  readonly change: number;
  readonly threshold: number;
  readonly unit: string;
  /** the latest reading */
  readonly value: number;
  /** times of the earliest reading counted (of the baseline, where it has readings of its own) and of the latest */
  readonly from: number;
  readonly to: number;
  /** readings of the window that were compared */
  readonly readings: number;
  /** absent for `slope` */
  readonly baseline?: number;
  /** readings that the baseline was made of */
  readonly baselineReadings?: number;
}

/** How far back readings are needed to judge a rule at one time, in milliseconds. */
export function lookBack({ windowHours, baseline }: TrendRule): number {
  return (windowHours + (baseline?.hours ?? 0)) * HOUR;
}

/** A baseline is made of at most so many readings, and a few. */
const SLICES = 500;

/** Length in milliseconds of the slices of time that a baseline takes one reading each of; they are counted from 1970. */
export function sliceOf({ baseline }: TrendRule): number {
  return Math.max(Math.floor(((baseline?.hours ?? 0) * HOUR) / SLICES), 1);
}

/** Milliseconds. */
export const HOUR = 3_600_000;
