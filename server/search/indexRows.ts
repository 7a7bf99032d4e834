// What the extractor hands to the store: the index rows of one resource version.
//
// Rows are keyed by *index path*, not by parameter: `Observation.subject` is indexed once and serves the
// parameters `subject` and `patient`; the planner maps a parameter to its paths.

/** A range of instants in milliseconds since the epoch, both ends inclusive; an open end is ±Infinity. */
export interface DateRow {
  path: bigint;
  low: number;
  high: number;
}

/**
 * A number or quantity: a point (`low` = `high`) except for Ranges and quantities with a comparator, whose open ends are
 * ±Infinity. What precision leaves open is a matter of the search value. `unit` hashes `system|code`, 0n when none;
 * numbers bound in a composite of three carry the number of their element there.
 */
export interface QuantityRow {
  path: bigint;
  low: number;
  high: number;
  unit: bigint;
  /** hash of the bare unit code (or of the human unit where no code is given), for `||code` searches; 0n when none */
  unitCode: bigint;
}

/** A string: `value` folded for the default search, `exact` as written (cut at the same bound). */
export interface StringRow {
  path: bigint;
  value: string;
  exact: string;
}

/** All index rows of one resource. `tokens` has no duplicates; `isTrait` tells which of them are traits. */
export interface IndexRows {
  tokens: bigint[];
  dates: DateRow[];
  quantities: QuantityRow[];
  strings: StringRow[];
}
