// What is written: one planned new version with its index rows, and how its hashes are divided.
import { isTrait } from '../search/hash64.ts';
import type { IndexRows } from '../search/indexRows.ts';

/** A planned new version. */
export interface Change {
  type: string;
  id: string;
  /** version this one supersedes; 0 when the identity must not exist yet */
  supersedes: number;
  version: number;
  /** milliseconds since the epoch */
  lastUpdated: number;
  method: string;
  /** JSON text, null for a deletion */
  content: string | null;
  /** exact text where jsonb would respell a number, else null */
  source: string | null;
  /** index rows of this version, undefined for a deletion */
  rows: IndexRows | undefined;
  /** what is to be queued with it, for something to follow from it */
  followUp?: FollowUp;
  /** what it was made by and may have changed since: nothing is stored then. For what is written by itself. */
  judgedBy?: JudgedBy;
}

/** The Patient that a vital sign was judged by: of this version, and without index rows of these hashes (search/factRows.ts). */
export interface JudgedBy {
  patient: string;
  version: number;
  hashes: readonly string[];
}

/** Entries of `vital_queue`: one for each of these patients (ids); `rank` as in vitalQueue.ts. */
export interface FollowUp {
  rank: number;
  patients: string[];
}

/** An entry of `vital_queue`: the change of a resource that concerns a patient. */
export interface QueueRow {
  rank: number;
  patient: string;
  type: string;
  id: string;
}

/** The entries of all changes. */
export const queueRowsOf = (changes: readonly Change[]): QueueRow[] =>
  changes.flatMap(({ followUp, type, id }) =>
    (followUp?.patients ?? []).map((patient) => ({ rank: followUp!.rank, patient, type, id })),
  );

/** Columns of a stored version, as writers name them. */
export const COLUMNS = 'key, last_updated, version, deleted, type, id, method, content, source';

/** Hashes of rows in search_token. */
export const valuesOf = (rows: IndexRows | undefined) => rows?.tokens.filter((hash) => !isTrait(hash)) ?? [];
/** Index paths of the rows in search_date and search_quantity, each once. */
export const pathsOf = (rows: IndexRows | undefined) => [
  ...new Set([...(rows?.dates ?? []), ...(rows?.quantities ?? [])].map(({ path }) => path)),
];
/** Hashes kept in the resource's own row. */
export const traitsOf = (rows: IndexRows | undefined) => rows?.tokens.filter(isTrait) ?? [];
