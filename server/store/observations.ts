// Observations in the order of their effective time: the latest of each code ($lastn), and those to calculate with ($stats).
// Times are milliseconds; what a date leaves open is a range, and of several dates the latest counts.
import type { Database, Statement } from './database.ts';
import { run, runPlanned } from './database.ts';
import type { FoundResource } from './resources.ts';

/** When an Observation took place: open ends are ±Infinity, null where it does not say. */
export interface EffectiveTime {
  low: number | null;
  high: number | null;
}

/** An Observation that is among the latest of its code as it is written. */
export interface LatestObservation extends EffectiveTime {
  key: number;
  /** as in JSON */
  subject: unknown;
  code: unknown;
}

/** What is calculated with: the content without what says nothing of values. */
export interface MeasuredObservation extends EffectiveTime {
  key: number;
  id: string;
  content: string;
}

/** An effective time that overlaps this one, in milliseconds. */
export interface TimeRange {
  low: number;
  high: number;
}

const milliseconds = (column: string) => `(extract(epoch FROM t.${column}) * 1000)::float8 AS ${column}`;

/** The effective time of the row `r`; `$n` is the list of its index paths. */
const effective = (paths: string) =>
  'LEFT JOIN LATERAL (SELECT d.low, d.high FROM search_date d WHERE d.key = r.key ' +
  `AND d.path = ANY(${paths}::bigint[]) AND d.low <= d.high ORDER BY d.low DESC, d.high DESC LIMIT 1) t ON true`;

/**
 * Of the Observations that `matches` selects as `key`: the `max` latest of each subject and code, ties included, where
 * codes are the same only as they are written; those without a time last, the ones stored last before others.
 * @returns undefined when there are more than `most` matches
 */
export async function latestObservations(
  db: Database,
  matches: Statement,
  { paths, max, most }: { paths: readonly bigint[]; max: number; most: number },
): Promise<LatestObservation[] | undefined> {
  const values = [...matches.values];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const limit = bind(most);
  const text =
    `WITH found AS MATERIALIZED (SELECT key FROM (${matches.text}) m LIMIT ${limit}::bigint + 1), ` +
    'counted AS MATERIALIZED (SELECT count(*) AS matches FROM found), ' +
    `timed AS (SELECT r.key, r.content->'subject' AS subject, r.content->'code' AS code, t.low, t.high, ` +
    // What is sorted by is short.
    "sha256(convert_to(concat(r.content->'subject', ' ', r.content->'code'), 'UTF8')) AS name " +
    "FROM found f JOIN resource r ON r.type = 'Observation' AND r.key = f.key AND NOT r.deleted " +
    `${effective(bind(paths.map(String)))} WHERE (SELECT matches FROM counted) <= ${limit}::bigint), ` +
    'placed AS (SELECT *, rank() OVER (PARTITION BY name ORDER BY low DESC NULLS LAST, high DESC NULLS LAST, ' +
    'CASE WHEN low IS NULL THEN key END DESC) AS place FROM timed) ' +
    `SELECT c.matches, t.key, t.subject, t.code, ${milliseconds('low')}, ${milliseconds('high')} ` +
    `FROM counted c LEFT JOIN placed t ON t.place <= ${bind(max)}::bigint`;
  type Row = Omit<LatestObservation, 'key'> & { matches: string; key: string | null };
  const { rows } = await runPlanned<Row>(db, { text, values });
  if (Number(rows[0]!.matches) > most) return undefined;
  return rows.flatMap(({ matches: _, key, ...row }) => (key === null ? [] : [{ ...row, key: Number(key) }]));
}

/** What no statistic looks at, and is often most of a resource. */
const UNREAD = '{text,contained,meta,note,category,identifier,performer,device,encounter,referenceRange}';

const measured = (from: string, paths: string, conditions: string) =>
  `SELECT r.key, r.id, (r.content - '${UNREAD}'::text[])::text AS content, ` +
  `${milliseconds('low')}, ${milliseconds('high')} FROM ${from} ${effective(paths)} ` +
  "WHERE NOT r.deleted AND r.content->>'status' NOT IN ('entered-in-error', 'cancelled')" +
  `${conditions} ORDER BY t.low DESC NULLS LAST, r.key DESC`;

type MeasuredRow = Omit<MeasuredObservation, 'key'> & { key: string };

const toMeasured = ({ rows }: { rows: MeasuredRow[] }): MeasuredObservation[] =>
  rows.map((row) => ({ ...row, key: Number(row.key) }));

/**
 * The Observations that `matches` selects as `key`, without those that are entered in error or cancelled, newest first.
 * There are at most `most` + 1 of them: one too many tells that there are more.
 */
export async function measuredObservations(
  db: Database,
  matches: Statement,
  { paths, most }: { paths: readonly bigint[]; most: number },
): Promise<MeasuredObservation[]> {
  const values = [...matches.values];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const from = "found f JOIN resource r ON r.type = 'Observation' AND r.key = f.key";
  const text =
    `WITH found AS MATERIALIZED (SELECT key FROM (${matches.text}) m LIMIT ${bind(most + 1)}::bigint) ` +
    measured(from, bind(paths.map(String)), '');
  return toMeasured(await runPlanned<MeasuredRow>(db, { text, values }));
}

/** The Observations of these ids, under the same conditions; with `range`, those whose time overlaps it. */
export async function measuredById(
  db: Database,
  ids: readonly string[],
  paths: readonly bigint[],
  range: TimeRange | undefined,
): Promise<MeasuredObservation[]> {
  const from = "unnest($1::text[]) AS i(id) JOIN resource r ON r.type = 'Observation' AND r.id = i.id";
  const text = measured(
    from,
    '$2',
    range ? ' AND t.low <= $4::timestamptz AND t.high >= $3::timestamptz' : '',
  );
  const values = [ids, paths.map(String), ...(range ? [instant(range.low), instant(range.high)] : [])];
  return toMeasured(await run<MeasuredRow>(db, { text, values }));
}

const instant = (ms: number) =>
  Number.isFinite(ms) ? new Date(ms).toISOString() : ms > 0 ? 'infinity' : '-infinity';

/** The Observations behind keys, in the order of the keys; those that are gone are left out. */
export async function observationsByKey(db: Database, keys: readonly number[]): Promise<FoundResource[]> {
  type Row = { type: string; id: string; key: string; content: string };
  const { rows } = await run<Row>(db, {
    text:
      'SELECT r.type, r.id, r.key, coalesce(r.source, r.content::text) AS content ' +
      'FROM unnest($1::bigint[]) WITH ORDINALITY AS k(key, place) ' +
      "JOIN resource r ON r.type = 'Observation' AND r.key = k.key AND NOT r.deleted ORDER BY k.place",
    values: [keys],
  });
  return rows.map((row) => ({ ...row, key: Number(row.key) }));
}
