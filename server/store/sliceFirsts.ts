// The readings that begin the slices of time at which trend rules are asked.
import { type Database, run } from './database.ts';

/** Slices of time of a patient's readings, counted from 1970; milliseconds. */
export interface SliceSpan {
  patient: string;
  codes: readonly string[];
  /** a time within the first and within the last slice */
  from: number;
  to: number;
  slice: number;
}

/** One of the first two readings of a slice; `place` is 1 or 2. */
export interface SliceFirst {
  /** place of the span it is of */
  span: number;
  place: number;
  time: number;
  /** id of the Observation */
  observation: string;
}

const epoch = "timestamptz '1970-01-01Z'";

/** The first two readings with a value of each slice that has any. */
export async function sliceFirsts(db: Database, spans: readonly SliceSpan[]): Promise<SliceFirst[]> {
  if (spans.length === 0) return [];
  const { rows } = await run<Omit<SliceFirst, 'time'> & { time: Date }>(db, {
    text:
      'SELECT (s.n - 1)::int AS span, r.place::int AS place, r.time, r.observation ' +
      'FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) ' +
      'WITH ORDINALITY AS s(patient, codes, low, high, slice, n) ' +
      'CROSS JOIN LATERAL generate_series(div(s.low, s.slice), div(s.high, s.slice)) AS i(at) ' +
      'CROSS JOIN LATERAL (SELECT *, row_number() OVER (ORDER BY time, observation) AS place FROM ' +
      '(SELECT r.time, r.observation FROM vital_reading r WHERE r.patient = s.patient ' +
      "AND r.code = ANY(string_to_array(s.codes, ' ')) AND r.value IS NOT NULL " +
      `AND r.time >= ${epoch} + i.at * s.slice * interval '1 ms' ` +
      `AND r.time < ${epoch} + (i.at + 1) * s.slice * interval '1 ms' ` +
      'ORDER BY r.time, r.observation LIMIT 2) f) r',
    values: [
      spans.map(({ patient }) => patient),
      spans.map(({ codes }) => codes.join(' ')),
      spans.map(({ from }) => Math.floor(from)),
      spans.map(({ to }) => Math.floor(to)),
      spans.map(({ slice }) => slice),
    ],
  });
  return rows.map((row) => ({ ...row, time: row.time.getTime() }));
}
