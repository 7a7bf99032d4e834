// A reading: one vital sign at one moment, reduced to what early-warning scores are computed from.

/** What the scores ask for, in the order that their charts have. */
export const parameters = [
  'respiration',
  'effort',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'capillaryRefill',
  'consciousness',
  'temperature',
] as const;

export type Parameter = (typeof parameters)[number];

/** Air or oxygen, and how much where it is told. */
export interface OxygenSupply {
  /** L/min */
  readonly flow?: number;
  /** inspired fraction in % */
  readonly fraction?: number;
  /** by high flow, CPAP or BiPAP */
  readonly device?: true;
}

export interface Reading {
  readonly parameter: Parameter;
  /**
   * respiration and pulse /min, spo2 %, systolic mm[Hg], temperature Cel, capillaryRefill s; oxygen `air` or `oxygen`;
   * consciousness `A`, `C`, `V`, `P` or `U`; effort `none`, `mild`, `moderate` or `severe`
   */
  readonly value: number | string;
  /** milliseconds since the epoch */
  readonly time: number;
  /** `Observation/x/_history/n`, or `Observation/x` where no version is known */
  readonly observation: string;
  /** of oxygen */
  readonly supply?: OxygenSupply;
  /** the Observation is not yet verified */
  readonly preliminary?: true;
}
