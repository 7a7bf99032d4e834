// A search as data: what was asked, resolved to hashes and ranges, ready for `toSql` and for printing.

import type { Issue } from '../errors.ts';
import type { DateTest } from './parameters/date.ts';
import type { NumberTest } from './parameters/number.ts';
import type { StringTest } from './parameters/string.ts';

/** A search of one resource type. */
export interface SearchPlan {
  type: string;
  /** all of them hold */
  criteria: Criterion[];
  /** matches per page; 0 asks for the count only */
  count: number;
  total: 'none' | 'estimate' | 'accurate';
  summary?: 'true' | 'text' | 'data' | 'count' | 'false';
  elements?: string[];
  /** `_summary=count` or `_count=0`: no matches are fetched, only counted */
  countOnly: boolean;
  /** continue after (below) this key */
  cursor?: bigint;
  /** lenient handling: what was left out of account, as warnings */
  ignored: Issue[];
  /** the parameters that were applied, as they belong in the self link (without `_cursor`) */
  applied: [name: string, value: string][];
}

/** One condition on the resource. `parameter` is its name and modifier as asked, for messages and printing. */
export type Criterion =
  | { kind: 'constant'; parameter: string; holds: boolean }
  | { kind: 'token'; parameter: string; hashes: bigint[]; negated: boolean }
  | { kind: 'string'; parameter: string; groups: Group<StringTest>[]; negated: boolean }
  | { kind: 'date'; parameter: string; groups: Group<DateTest>[]; negated: boolean }
  | { kind: 'quantity'; parameter: string; groups: Group<NumberTest>[]; negated: boolean }
  | { kind: 'id'; parameter: string; ids: string[] }
  | { kind: 'lastUpdated'; parameter: string; tests: DateTest[] }
  /** all criteria of at least one alternative hold */
  | { kind: 'either'; parameter: string; alternatives: Criterion[][] };

/** Rows of any of these paths that pass any of the tests; no tests: any row. */
export interface Group<T> {
  paths: bigint[];
  tests: T[];
  /** composites of three: a row of the same element (same `unit`) that passes these tests exists too */
  boundTo?: { paths: bigint[]; tests: T[] };
}
