// A search as data: what was asked, resolved to hashes and ranges, ready for `toSql` and for printing.

import type { ParameterPath } from '../definitions/searchParameter.ts';
import type { Issue } from '../errors.ts';
import type { DateTest } from './parameters/date.ts';
import type { NumberTest } from './parameters/number.ts';
import type { PositionTest } from './parameters/position.ts';
import type { StringTest } from './parameters/string.ts';
import type { TextTest } from './text.ts';

/** A search: of one resource type, of several at once, of a compartment. */
export interface SearchPlan {
  /** URL path below the service base: `Patient`, `Patient/1/Observation`, `` for a search across types */
  path: string;
  /** what is searched; a resource found by any of them is a match */
  searches: TypeSearch[];
  /** parameters of the order; none: newest first */
  sort: { parameter: string; descending: boolean }[];
  /** matches per page; 0 asks for the count only */
  count: number;
  total: 'none' | 'estimate' | 'accurate';
  summary?: 'true' | 'text' | 'data' | 'count' | 'false';
  elements?: string[];
  /** `_summary=count` or `_count=0`: no matches are fetched, only counted */
  countOnly: boolean;
  includes: Include[];
  /** continue after this entry */
  cursor?: Cursor;
  /** lenient handling: what was left out of account, as warnings */
  ignored: Issue[];
  /** the parameters that were applied, as they belong in the self link (without `_cursor`) */
  applied: [name: string, value: string][];
}

/** The search of one resource type. */
export interface TypeSearch {
  type: string;
  /** all of them hold */
  criteria: Criterion[];
  /** where the values of `SearchPlan.sort` are, one for each */
  sort: SortSource[];
  /** resources contained in others are searched (`_contained`); what is found is the container or the part itself */
  contained?: 'container' | 'contained';
}

/** Where a sort value comes from. Content values are JSON paths of tokens, references and uris. */
export type SortSource =
  | { kind: 'column'; column: 'last_updated' | 'id' }
  | { kind: 'string' | 'date' | 'number' | 'quantity'; paths: bigint[] }
  | { kind: 'content'; jsonPaths: string[] };

/** The last entry of a page: its sort values (null: it has none) and its key. */
export interface Cursor {
  values: (string | null)[];
  key: string;
  /** when the first page of a sorted search was read, in milliseconds */
  since?: number;
}

/** One `_include` or `_revinclude`. */
export interface Include {
  reverse: boolean;
  /** resource type that holds the reference; `*` for any (`_include=*`) */
  type: string;
  /** reference parameter; `*` for all */
  parameter: string;
  targetType?: string;
  iterate: boolean;
}

/** One condition on the resource. `parameter` is its name and modifier as asked, for messages and printing. */
export type Criterion =
  | { kind: 'constant'; parameter: string; holds: boolean }
  /** `rows`: about how many resources have one of the hashes, where that is known */
  | { kind: 'token'; parameter: string; hashes: bigint[]; negated: boolean; rows?: number }
  | { kind: 'string'; parameter: string; groups: Group<StringTest>[]; negated: boolean }
  | { kind: 'date'; parameter: string; groups: Group<DateTest>[]; negated: boolean }
  | { kind: 'quantity'; parameter: string; groups: Group<NumberTest>[]; negated: boolean }
  | { kind: 'id'; parameter: string; ids: string[] }
  /** passes one of the tests, and one of each set of `also` */
  | { kind: 'lastUpdated'; parameter: string; tests: DateTest[]; also?: DateTest[][] }
  /** all criteria of at least one alternative hold */
  | { kind: 'either'; parameter: string; alternatives: Criterion[][] }
  /** words of the narrative, or of the whole resource */
  | { kind: 'text'; parameter: string; test: TextTest }
  /** a position within a distance */
  | { kind: 'position'; parameter: string; path: bigint; tests: PositionTest[] }
  /** resources by their keys */
  | { kind: 'keys'; parameter: string; keys: string[] }
  /** not all of the criteria hold */
  | { kind: 'not'; parameter: string; criteria: Criterion[] }
  | Unsettled;

/** Criteria that the store has to be asked about before they become SQL (fhir/settlePlan.ts). */
export type Unsettled =
  /** a reference leads to a resource that meets the criteria of its type */
  | { kind: 'chain'; parameter: string; links: ChainLink[] }
  /** a resource of `type` that meets the criteria refers here by one of the paths */
  | {
      kind: 'has';
      parameter: string;
      type: string;
      target: string;
      paths: ParameterPath[];
      criteria: Criterion[];
      prefixes: string[];
    }
  /** is an item of one of these Lists */
  | { kind: 'list'; parameter: string; type: string; ids: string[] }
  /** the texts of coded values at any of these paths have the words */
  | { kind: 'term'; parameter: string; paths: bigint[]; test: TextTest }
  /** has a code of a value set, or above or below another */
  | {
      kind: 'codes';
      parameter: string;
      paths: ParameterPath[];
      modifier: 'in' | 'not-in' | 'above' | 'below';
      values: string[];
    };

/** One step of a chain: references at these paths to a resource of `type`. */
export interface ChainLink {
  paths: ParameterPath[];
  type: string;
  criteria: Criterion[];
  /** the same criteria on resources of the type that are contained in the referring resource */
  contained: Criterion[];
  /** what a reference to a resource of this server and type begins with, up to the id */
  prefixes: string[];
}

/** Rows of any of these paths that pass any of the tests; no tests: any row. */
export interface Group<T> {
  paths: bigint[];
  tests: T[];
  /** composites: the paths depend on the code that was asked for */
  bound?: boolean;
  /** composites of three: a row of the same element (same `unit`) that passes these tests exists too */
  boundTo?: { paths: bigint[]; tests: T[] };
}
