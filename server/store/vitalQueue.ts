// The queue of vital signs that were written and not yet followed up: rows are written in the statement that stores the
// resource, and removed in the transaction that stores what follows from it.
import type { PoolClient } from 'pg';
import { type Database, run } from './database.ts';

/** What goes first. */
export const ranks = {
  /** critical values of the last minutes */
  urgent: 0,
  /** other readings of the last minutes */
  live: 1,
  /** older ones that may raise alerts still: what a gateway delivers late */
  today: 2,
  /** history, and what is followed up again */
  past: 3,
} as const;

/** What is followed up together: one process at a time works on each lane. */
export const lanes = {
  live: { from: ranks.urgent, to: ranks.live, lock: 0x76693031 },
  late: { from: ranks.today, to: ranks.past, lock: 0x76693032 },
} as const;

export type Lane = keyof typeof lanes;

/** Something of a patient that was written: `Observation/[id]`, or a resource of an alert. */
export interface QueuedVital {
  /** id of the Patient */
  patient: string;
  type: string;
  id: string;
}

const WAITING = '(due IS NULL OR due <= now())';
/** An entry that fails so often stays where it is, for people to look at. */
const MOST_FAILURES = 5;
const lockOf = (patient: string) => `hashtextextended('vital signs of ' || ${patient}, 0)`;

/**
 * Makes this transaction the one that follows up a lane, until it ends; false where another is at it. One at a time takes larger
 * steps than several would, and waits for nobody.
 */
export async function takeLane(tx: PoolClient, lane: Lane): Promise<boolean> {
  const { rows } = await run<{ mine: boolean }>(tx, {
    text: 'SELECT pg_try_advisory_xact_lock($1) AS mine',
    values: [lanes[lane].lock],
  });
  return rows[0]!.mine;
}

/**
 * Takes up to `most` entries of a lane off the queue, and locks their patients; those of patients that somebody else is
 * following up stay. Entries come back if the transaction is rolled back. Its later statements see all that was stored for
 * these patients before.
 */
export async function takeFromQueue(tx: PoolClient, lane: Lane, most: number): Promise<QueuedVital[]> {
  const { from, to } = lanes[lane];
  const { rows } = await run<QueuedVital>(tx, {
    text:
      'WITH next AS MATERIALIZED (SELECT rank, seq, patient FROM vital_queue WHERE rank BETWEEN $1 AND $2 ' +
      `AND ${WAITING} AND failures < $4 ORDER BY rank, seq LIMIT $3), ` +
      'mine AS MATERIALIZED (SELECT patient FROM (SELECT DISTINCT patient FROM next) p ' +
      `WHERE pg_try_advisory_xact_lock(${lockOf('patient')})) ` +
      'DELETE FROM vital_queue q USING next n JOIN mine USING (patient) WHERE q.rank = n.rank AND q.seq = n.seq ' +
      'RETURNING q.patient, q.type, q.id',
    values: [from, to, most, MOST_FAILURES],
  });
  return rows;
}

/** Notes that the first entry of a lane failed, and puts it behind all others; returns it. */
export async function noteFailure(
  db: Database,
  lane: Lane,
  reason: string,
): Promise<QueuedVital | undefined> {
  const { from, to } = lanes[lane];
  const { rows } = await run<QueuedVital>(db, {
    text:
      'UPDATE vital_queue q SET rank = $5, failures = failures + 1, reason = $1, seq = DEFAULT ' +
      'FROM (SELECT rank, seq FROM vital_queue WHERE rank BETWEEN $3 AND $4 ' +
      `AND ${WAITING} AND failures < $2 ORDER BY rank, seq LIMIT 1 FOR UPDATE SKIP LOCKED) n ` +
      'WHERE q.rank = n.rank AND q.seq = n.seq RETURNING q.patient, q.type, q.id',
    values: [reason.slice(0, 1000), MOST_FAILURES, from, to, ranks.past],
  });
  return rows[0];
}

/** Moves what waits of a patient (id) to the late lane, where it may take its time. */
export async function postpone(db: Database, patient: string): Promise<void> {
  await run(db, {
    text: 'UPDATE vital_queue SET rank = $2, seq = DEFAULT WHERE patient = $1 AND rank < $2',
    values: [patient, ranks.today],
  });
}

/** Has everybody else who follows up a patient (id) wait until the transaction ends. */
export async function lockPatient(tx: PoolClient, patient: string): Promise<void> {
  await run(tx, { text: `SELECT pg_advisory_xact_lock(${lockOf('$1::text')})`, values: [patient] });
}

/** An entry, and when it is to be looked at (milliseconds since 1970); at once where that is left out. */
export interface QueuedAgain extends QueuedVital {
  due?: number;
}

/** Puts resources into the queue behind all others, in the transaction `tx`: they are to be followed up again. */
export async function queueAgain(tx: PoolClient, vitals: readonly QueuedAgain[]): Promise<void> {
  if (vitals.length === 0) return;
  await run(tx, {
    text:
      'INSERT INTO vital_queue (rank, patient, type, id, due) ' +
      'SELECT $5, * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])',
    values: [
      vitals.map(({ patient }) => patient),
      vitals.map(({ type }) => type),
      vitals.map(({ id }) => id),
      vitals.map(({ due }) => (due === undefined ? null : new Date(due).toISOString())),
      ranks.past,
    ],
  });
}

/** How many entries from a rank on wait to be looked at now, counted up to `most`; those that keep failing do not count. */
export async function queueLength(
  db: Database,
  most = 100_000,
  from: number = ranks.urgent,
): Promise<number> {
  const { rows } = await run<{ n: string }>(db, {
    text: `SELECT count(*) AS n FROM (SELECT FROM vital_queue WHERE rank >= $2 AND ${WAITING} AND failures < $3 LIMIT $1) q`,
    values: [most, from, MOST_FAILURES],
  });
  return Number(rows[0]!.n);
}
