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

/** Words of a resource and where they stand: tsvector positions, the weight in the top two bits (see textWords.ts). */
export type Words = ReadonlyMap<string, readonly number[]>;

/** The text of a coded value at a path, folded. `hash` is a trait of the resource; `path` that of `hashPath`. */
export interface TermRow {
  hash: bigint;
  path: bigint;
  text: string;
}

/** A contained resource with its own rows, whose paths have a `#` before their id. */
export interface ContainedRows {
  type: string;
  id: string;
  rows: IndexRows;
}

/** All index rows of one resource. `tokens` has no duplicates; `isTrait` tells which of them are traits. */
export interface IndexRows {
  tokens: bigint[];
  dates: DateRow[];
  quantities: QuantityRow[];
  strings: StringRow[];
  /** undefined for contained resources, and where full text is switched off */
  words: Words | undefined;
  terms: TermRow[];
  /** the resources inside this one; empty for those themselves */
  contained: ContainedRows[];
}
