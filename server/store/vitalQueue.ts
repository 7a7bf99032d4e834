// The queue of vital signs that were written and not yet followed up: rows are written in the statement that stores the
// resource, and removed in the transaction that stores what follows from it.
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { type Database, run } from './database.ts';

/** Something of a patient that was written: `Observation/[id]` or `DetectedIssue/[id]`. */
export interface QueuedVital {
  /** id of the Patient */
  patient: string;
  type: string;
  id: string;
}

/** ("vitl" in ASCII) */
const MONITOR_LOCK = 0x7669746c;

/**
 * Makes this transaction the one that follows up, until it ends; false where another is at it. One at a time takes larger steps
 * than several would, and waits for nobody.
 */
export async function becomeMonitor(tx: PoolClient): Promise<boolean> {
  const { rows } = await run<{ mine: boolean }>(tx, {
    text: 'SELECT pg_try_advisory_xact_lock($1) AS mine',
    values: [MONITOR_LOCK],
  });
  return rows[0]!.mine;
}

/**
 * Takes up to `most` entries off the queue, those of today's readings first; nobody else gets them unless the transaction is
 * rolled back.
 */
export async function takeFromQueue(tx: PoolClient, most: number): Promise<QueuedVital[]> {
  const { rows } = await run<QueuedVital>(tx, {
    text:
      `DELETE FROM vital_queue q USING (SELECT past, seq FROM vital_queue WHERE ${WAITING} AND failures < $2 ` +
      'ORDER BY past, seq LIMIT $1 FOR UPDATE SKIP LOCKED) n ' +
      'WHERE q.past = n.past AND q.seq = n.seq RETURNING q.patient, q.type, q.id',
    values: [most, MOST_FAILURES],
  });
  return rows;
}

const WAITING = '(due IS NULL OR due <= now())';
/** An entry that fails so often stays where it is, for people to look at. */
const MOST_FAILURES = 5;

/** Notes that the first entry failed, and puts it behind all others; returns it. */
export async function noteFailure(db: Database, reason: string): Promise<QueuedVital | undefined> {
  const { rows } = await run<QueuedVital>(db, {
    text:
      'UPDATE vital_queue q SET past = true, failures = failures + 1, reason = $1, seq = DEFAULT ' +
      'FROM (SELECT past, seq FROM vital_queue WHERE failures < $2 ORDER BY past, seq LIMIT 1 FOR UPDATE SKIP LOCKED) n ' +
      'WHERE q.past = n.past AND q.seq = n.seq RETURNING q.patient, q.type, q.id',
    values: [reason.slice(0, 1000), MOST_FAILURES],
  });
  return rows[0];
}

/** Has everybody else who follows up these patients (ids) wait until the transaction ends. */
export async function lockPatients(tx: PoolClient, patients: Iterable<string>): Promise<void> {
  const keys = [...new Set(patients)].map((id) =>
    createHash('sha256').update(`vital signs of ${id}`).digest().readBigInt64BE(0).toString(),
  );
  await run(tx, {
    text: 'SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest($1::bigint[]) k ORDER BY k) ordered',
    values: [keys],
  });
}

/** An entry, and when it is to be looked at (milliseconds since 1970); at once where that is left out. */
export interface QueuedAgain extends QueuedVital {
  due?: number;
}

/** Puts resources into the queue behind today's readings, in the transaction `tx`: they are to be followed up again. */
export async function queueAgain(tx: PoolClient, vitals: readonly QueuedAgain[]): Promise<void> {
  if (vitals.length === 0) return;
  await run(tx, {
    text:
      'INSERT INTO vital_queue (past, patient, type, id, due) ' +
      'SELECT true, * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])',
    values: [
      vitals.map(({ patient }) => patient),
      vitals.map(({ type }) => type),
      vitals.map(({ id }) => id),
      vitals.map(({ due }) => (due === undefined ? null : new Date(due).toISOString())),
    ],
  });
}

/** How many entries wait to be looked at now, counted up to `most`. */
export async function queueLength(db: Database, most = 100_000): Promise<number> {
  const { rows } = await run<{ n: string }>(db, {
    text: `SELECT count(*) AS n FROM (SELECT FROM vital_queue WHERE ${WAITING} LIMIT $1) q`,
    values: [most],
  });
  return Number(rows[0]!.n);
}
