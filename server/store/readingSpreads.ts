// How far the readings of a patient went within spans of time: counted in the database, where there may be one a second.
import { type Database, run } from './database.ts';

/** A time within which the readings of one code are looked at; milliseconds since 1970, both ends included. */
export interface SpreadSpan {
  code: string;
  from: number;
  to: number;
}

/** Values are in the unit of the vital sign. */
export interface Spread extends SpreadSpan {
  /** readings that have a value; at least one */
  readings: number;
  lowest: number;
  highest: number;
  /** the earliest */
  first: { time: number; value: number };
}

/** The spread within each span that holds a value, for a patient given by id. */
export async function readingSpreads(
  db: Database,
  patient: string,
  spans: readonly SpreadSpan[],
): Promise<Spread[]> {
  if (spans.length === 0) return [];
  type Row = { place: string; n: string; lowest: number; highest: number; time: Date; value: number };
  const { rows } = await run<Row>(db, {
    text:
      'SELECT s.place, a.n, a.lowest, a.highest, f.time, f.value ' +
      'FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY AS s(code, low, high, place) ' +
      'CROSS JOIN LATERAL (SELECT count(*) AS n, min(r.value) AS lowest, max(r.value) AS highest FROM vital_reading r ' +
      'WHERE r.patient = $1 AND r.code = s.code AND r.time BETWEEN s.low AND s.high AND r.value IS NOT NULL) a ' +
      'JOIN LATERAL (SELECT r.time, r.value FROM vital_reading r ' +
      'WHERE r.patient = $1 AND r.code = s.code AND r.time BETWEEN s.low AND s.high AND r.value IS NOT NULL ' +
      'ORDER BY r.time, r.observation, r.component LIMIT 1) f ON true ORDER BY s.place',
    values: [
      patient,
      spans.map(({ code }) => code),
      spans.map(({ from }) => new Date(from).toISOString()),
      spans.map(({ to }) => new Date(to).toISOString()),
    ],
  });
  return rows.map(({ place, n, lowest, highest, time, value }) => ({
    ...spans[Number(place) - 1]!,
    ...{ readings: Number(n), lowest, highest, first: { time: time.getTime(), value } },
  }));
}
