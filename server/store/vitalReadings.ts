// The readings of each patient in the order of time: one row per value of an Observation or score as it is now.
import type { PoolClient } from 'pg';
import { type Database, run } from './database.ts';

/** One value. Times are milliseconds since 1970. */
export interface StoredReading {
  /** id of the Patient */
  patient: string;
  /** `system|code` of the vital sign (the first code of its definition), the reading or the score */
  code: string;
  time: number;
  /** id of the Observation */
  observation: string;
  /** place among its components; -1 for its own value */
  component: number;
  /** of the Observation */
  version: number;
  /** in the unit of the vital sign; null for a code, and for what could not be judged */
  value: number | null;
}

/** Readings of a patient with one of these codes, from `from` to `to`, both included. */
export interface ReadingSpan {
  patient: string;
  codes: readonly string[];
  from: number;
  to: number;
}

type Row = Omit<StoredReading, 'time'> & { time: Date };

const COLUMNS = 'r.patient, r.code, r.time, r.observation, r.component, r.version, r.value';
const toReading = (row: Row): StoredReading => ({ ...row, time: row.time.getTime() });
const instant = (ms: number) =>
  Number.isFinite(ms) ? new Date(ms).toISOString() : ms > 0 ? 'infinity' : '-infinity';

/**
 * Puts the readings of these Observations in the place of those that were known of these patients; what is known of others is
 * theirs to replace.
 * @returns those that were known
 */
export async function replaceReadings(
  tx: PoolClient,
  patients: Iterable<string>,
  observations: readonly string[],
  readings: readonly StoredReading[],
): Promise<StoredReading[]> {
  const { rows } = await run<Row>(tx, {
    text:
      'DELETE FROM vital_reading r WHERE r.observation = ANY($1::text[]) AND r.patient = ANY($2::text[]) ' +
      `RETURNING ${COLUMNS}`,
    values: [observations, [...patients]],
  });
  if (readings.length > 0) {
    await run(tx, {
      text:
        'INSERT INTO vital_reading (patient, code, time, observation, component, version, value) SELECT * FROM ' +
        'unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::smallint[], $6::int[], $7::float8[]) ' +
        'ON CONFLICT DO NOTHING',
      values: [
        readings.map((r) => r.patient),
        readings.map((r) => r.code),
        readings.map((r) => instant(r.time)),
        readings.map((r) => r.observation),
        readings.map((r) => r.component),
        readings.map((r) => r.version),
        readings.map((r) => r.value),
      ],
    });
  }
  return rows.map(toReading);
}

/** The readings within these spans, by patient, code and time; at most `most` of each span and code, the latest ones. */
export async function readingsWithin(
  db: Database,
  spans: readonly ReadingSpan[],
  most = 10_000,
): Promise<StoredReading[]> {
  const flat = spans.flatMap(({ codes, ...span }) => codes.map((code) => ({ ...span, code })));
  if (flat.length === 0) return [];
  const { rows } = await run<Row>(db, {
    text:
      `SELECT DISTINCT ${COLUMNS} FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS s(patient, code, low, high) ` +
      'JOIN LATERAL (SELECT * FROM vital_reading r WHERE r.patient = s.patient AND r.code = s.code ' +
      'AND r.time BETWEEN s.low AND s.high ORDER BY r.time DESC LIMIT $5) r ON true ' +
      'ORDER BY r.patient, r.code, r.time, r.observation, r.component',
    values: [
      flat.map((s) => s.patient),
      flat.map((s) => s.code),
      flat.map((s) => instant(s.from)),
      flat.map((s) => instant(s.to)),
      most,
    ],
  });
  return rows.map(toReading);
}

/** The latest reading of each code that a patient has any of. */
export async function latestReadings(db: Database, patient: string): Promise<StoredReading[]> {
  // A walk from code to code: a patient has many readings of few codes.
  const { rows } = await run<Row>(db, {
    text:
      'WITH RECURSIVE walk AS ((SELECT r.code FROM vital_reading r WHERE r.patient = $1 ORDER BY r.code LIMIT 1) UNION ALL ' +
      'SELECT (SELECT r.code FROM vital_reading r WHERE r.patient = $1 AND r.code > walk.code ORDER BY r.code LIMIT 1) ' +
      'FROM walk WHERE walk.code IS NOT NULL) ' +
      `SELECT ${COLUMNS} FROM walk JOIN LATERAL (SELECT * FROM vital_reading r WHERE r.patient = $1 AND r.code = walk.code ` +
      'ORDER BY r.time DESC, r.observation DESC LIMIT 1) r ON true ORDER BY r.code',
    values: [patient],
  });
  return rows.map(toReading);
}
