// What trend rules compare: the readings of their windows, and of the time before a bounded number, however many there are.
import { type Database, run } from './database.ts';
import type { StoredReading } from './vitalReadings.ts';

/** The readings of one patient and code that a rule needs at all times from `since` on; milliseconds. */
export interface TrendSpan {
  patient: string;
  code: string;
  since: number;
  /** length of the window before it, of which all readings are wanted */
  window: number;
  /** time before the window, of which one reading in each slice is wanted: the latest, of several then by `direction` */
  before: number;
  slice: number;
  /** 1 where of readings at one time the greatest counts as the latest, -1 where the least does */
  direction: number;
}

/** A reading with a value, and the place of the span it is of. */
export type TrendRow = Omit<StoredReading, 'value' | 'component'> & { span: number; value: number };

/** As many readings of the time before are read as they are. */
const FEW = 500;

const wanted = 'r.patient = s.patient AND r.code = s.code AND r.value IS NOT NULL';
const columns = 'r.patient, r.code, r.time, r.observation, r.value';
const epoch = "timestamptz '1970-01-01Z'";
const before = `FROM vital_reading r WHERE ${wanted} AND r.time >= s.low AND r.time < s.mid`;

/** The readings of all spans, of each window at most `most`, the latest; in no order. */
export async function trendReadings(
  db: Database,
  spans: readonly TrendSpan[],
  most: number,
): Promise<TrendRow[]> {
  if (spans.length === 0) return [];
  const { rows } = await run<Omit<TrendRow, 'time'> & { time: Date }>(db, {
    text:
      `WITH asked AS MATERIALIZED (SELECT n - 1 AS span, patient, code, slice, direction, ${epoch} + mid * interval '1 ms' AS mid, ` +
      `${epoch} + low * interval '1 ms' AS low, low AS low_ms, mid AS mid_ms ` +
      'FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[]) ' +
      'WITH ORDINALITY AS u(patient, code, low, mid, slice, direction, n)), ' +
      `s AS MATERIALIZED (SELECT s.*, (SELECT count(*) FROM (SELECT ${before} LIMIT ${FEW + 1}) f) AS found FROM asked s) ` +
      'SELECT s.span::int AS span, r.* FROM s CROSS JOIN LATERAL (' +
      `(SELECT ${columns} FROM vital_reading r WHERE ${wanted} AND r.time >= s.mid ORDER BY r.time DESC LIMIT $7) ` +
      `UNION ALL (SELECT ${columns} ${before} AND s.found <= ${FEW}) ` +
      `UNION ALL (SELECT ${columns} FROM generate_series(div(s.low_ms, s.slice), div(s.mid_ms, s.slice)) AS i(place) ` +
      `CROSS JOIN LATERAL (SELECT * ${before} AND r.time >= ${epoch} + i.place * s.slice * interval '1 ms' ` +
      `AND r.time < ${epoch} + (i.place + 1) * s.slice * interval '1 ms' ` +
      `ORDER BY r.time DESC, r.value * s.direction DESC LIMIT 1) r WHERE s.found > ${FEW})) r`,
    values: [
      spans.map(({ patient }) => patient),
      spans.map(({ code }) => code),
      spans.map(({ since, window, before }) => Math.floor(since - window - before)),
      spans.map(({ since, window }) => Math.floor(since - window)),
      spans.map(({ slice }) => Math.max(Math.floor(slice), 1)),
      spans.map(({ direction }) => direction),
      most,
    ],
  });
  return rows.map((row) => ({ ...row, time: row.time.getTime() }));
}
