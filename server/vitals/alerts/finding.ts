// Findings: what evaluation says of one reading, score or trend, as alerts work with it.
import type { Band } from '../scores/score.ts';
import type { TrendFinding } from '../trends/trendRule.ts';
import type { Interval, Judged } from '../vitalSign.ts';

/** One of `interpretation`, `band` and `trend` says what was found. */
export interface Finding {
  /** `Patient/[id]` */
  readonly patient: string;
  /**
   * `system|code` of the vital sign, of the score, or of the trend rule (`trendSystem`): alerts are one per patient and code.
   * Codes that mean one vital sign are told apart here, so the first code of its definition is to be given.
   */
  readonly code: string;
  /** for people: "Heart rate" */
  readonly name: string;
  readonly observation: ObservationVersion;
  /** effective time in milliseconds since 1970 */
  readonly time: number;
  readonly interpretation?: Judged['interpretation'] | 'A' | 'AA';
  readonly band?: Band;
  /** what a trend rule found at this reading; `none` where it does not hold */
  readonly trend?: TrendFinding | 'none';
  readonly value?: number;
  readonly unit?: string;
  /** a coded value, as text */
  readonly valueText?: string;
  readonly range?: UsedRange;
  /** where the patient is: references or codes (`system|code`), the narrowest first */
  readonly wards?: readonly string[];
  /** the reading is no longer: deleted, entered in error, cancelled, or of another patient or code now */
  readonly withdrawn?: true;
}

export interface ObservationVersion {
  /** `Observation/[id]` */
  readonly reference: string;
  readonly version: string;
}

/** The interval that decided, of which version of whose range. */
export interface UsedRange extends Pick<Interval, 'low' | 'high'> {
  readonly source: Judged['source'];
  readonly category?: Interval['category'];
  readonly position?: number;
  readonly definition?: string;
  readonly version?: string;
  readonly unit?: string;
}

/** The key of what an alert is about. */
export const trackOf = ({ patient, code }: { patient: string; code: string }): string => `${patient} ${code}`;
