// How common token hashes are, from what ANALYZE has sampled: which criterion of a search leaves the fewest resources.
import type { Pool } from 'pg';
import { run } from './database.ts';

/** Answers from a sample that is renewed in the background. */
export interface TokenStatistics {
  /**
   * About how many resources have a hash; hashes that were not sampled are rarer than all that were. Undefined as long as
   * there is no sample: then Postgres plans each search.
   */
  rowsOf(hash: bigint): number | undefined;
}

const MAX_AGE_MS = 60_000;

const SAMPLE = `SELECT s.most_common_vals::text::bigint[]::text[] AS hashes, s.most_common_freqs AS shares, c.reltuples AS rows
  FROM pg_stats s JOIN pg_class c ON c.oid = 'search_token'::regclass
  WHERE s.schemaname = c.relnamespace::regnamespace::text AND s.tablename = 'search_token' AND s.attname = 'hash'`;

/** The statistics of a database; none are known until the first sample has been read. */
export function createTokenStatistics(db: Pool): TokenStatistics {
  let known = new Map<bigint, number>();
  let rarest: number | undefined;
  let readAt = Number.NEGATIVE_INFINITY;

  const read = async (): Promise<void> => {
    const { rows } = await run<{ hashes: string[]; shares: number[]; rows: number }>(db, {
      text: SAMPLE,
      values: [],
    });
    const [sample] = rows;
    if (!sample?.hashes) return;
    const counts = sample.shares.map((share) => share * sample.rows);
    known = new Map(sample.hashes.map((hash, i) => [BigInt(hash), counts[i]!]));
    rarest = Math.min(...counts);
  };
  return {
    rowsOf(hash) {
      if (performance.now() - readAt > MAX_AGE_MS) {
        readAt = performance.now();
        // A search does not wait for it, and without it Postgres plans as well as it can.
        read().catch(() => undefined);
      }
      return known.get(hash) ?? rarest;
    },
  };
}
