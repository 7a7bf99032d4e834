// Background jobs: queued in the transaction that needs them, worked on by one process at a time, batch by batch.
import type { PoolClient } from 'pg';
import { type Database, run } from './database.ts';

/** What is done with the resources; see jobs/startJobs.ts. */
export type JobKind = 'reindex' | 'evaluate-vitals';
export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

/** A resource that could not be dealt with. */
export interface JobFailure {
  /** `Type/id` */
  resource: string;
  reason: string;
}

/** One job; see the table. Counts are of resources. */
export interface Job {
  id: number;
  kind: JobKind;
  status: JobStatus;
  /** why it ended as it did */
  reason: string | null;
  types: string[];
  /** id of the only Patient whose resources are walked */
  patient: string | null;
  /** the types to walk, once that is known */
  walks: string[] | null;
  /** a search parameter waits for it */
  forParameters: boolean;
  waitsFor: string[] | null;
  atType: string;
  atKey: number;
  /** the last key to walk to, once that is known */
  upTo: number | null;
  processed: number;
  total: number | null;
  /** those of which there is another version now */
  changed: number;
  failed: number;
  /** the first {@link MOST_FAILURES} */
  failures: JobFailure[];
  created: Date;
  started: Date | null;
  finished: Date | null;
}

/** Failures that are kept with their reasons. */
export const MOST_FAILURES = 100;
/** A process that has not been heard of for so long is dead; its job goes to another. */
const DEAD_AFTER = "interval '10 seconds'";

const JOB =
  'id, kind, status, reason, types, patient, walks, for_parameters, waits_for, at_type, at_key, up_to, processed, total, ' +
  'changed, failed, failures, created, started, finished';

interface Row extends Pick<Job, 'kind' | 'status' | 'reason' | 'types' | 'patient' | 'walks' | 'failures'> {
  id: string;
  for_parameters: boolean;
  waits_for: string[] | null;
  at_type: string;
  at_key: string;
  up_to: string | null;
  processed: string;
  total: string | null;
  changed: string;
  failed: string;
  created: Date;
  started: Date | null;
  finished: Date | null;
}

function toJob(row: Row): Job {
  const { kind, status, reason, types, patient, walks, failures, created, started, finished } = row;
  return {
    ...{ kind, status, reason, types, patient, walks, failures, created, started, finished },
    id: Number(row.id),
    forParameters: row.for_parameters,
    waitsFor: row.waits_for,
    atType: row.at_type,
    atKey: Number(row.at_key),
    upTo: row.up_to === null ? null : Number(row.up_to),
    processed: Number(row.processed),
    total: row.total === null ? null : Number(row.total),
    changed: Number(row.changed),
    failed: Number(row.failed),
  };
}

/** What a job is about. */
export type JobTask = Pick<Job, 'kind' | 'types' | 'patient'>;

/** Queues a reindex of all resources of these types; returns its id. */
export const queueReindex = (db: Database, types: string[], forParameters: boolean): Promise<number> =>
  queueJob(db, { kind: 'reindex', types, patient: null }, forParameters);

/** Queues a job; returns its id. */
export async function queueJob(
  db: Database,
  { kind, types, patient }: JobTask,
  forParameters = false,
): Promise<number> {
  const { rows } = await run<{ id: string }>(db, {
    text: 'INSERT INTO job (kind, types, patient, for_parameters) VALUES ($1, $2, $3, $4) RETURNING id',
    values: [kind, types.toSorted(), patient, forParameters],
  });
  return Number(rows[0]!.id);
}

/** The job that will do exactly this for no parameter, if one waits for its turn. */
export async function queuedJob(
  db: Database,
  { kind, types, patient }: JobTask,
): Promise<number | undefined> {
  const { rows } = await run<{ id: string }>(db, {
    text:
      'SELECT id FROM job WHERE finished IS NULL AND started IS NULL AND NOT for_parameters ' +
      'AND kind = $1 AND types = $2 AND patient IS NOT DISTINCT FROM $3 LIMIT 1',
    values: [kind, types.toSorted(), patient],
  });
  return rows[0] && Number(rows[0].id);
}

/** The newest jobs of a kind, or the one with this id where it is of that kind. */
export async function readJobs(
  db: Database,
  kind: JobKind,
  { id, patient, most = 100 }: { id?: number; patient?: string; most?: number } = {},
): Promise<Job[]> {
  const { rows } = await run<Row>(db, {
    text:
      `SELECT ${JOB} FROM job WHERE kind = $1 AND ($2::bigint IS NULL OR id = $2) ` +
      'AND ($3::text IS NULL OR patient = $3) ORDER BY id DESC LIMIT $4',
    values: [kind, id ?? null, patient ?? null, most],
  });
  return rows.map(toJob);
}

/**
 * The job that is next, locked until the transaction ends: undefined when there is none or a living process is at work
 * on it. What parameters wait for goes first.
 */
export async function claimJob(tx: PoolClient, owner: string): Promise<Job | undefined> {
  const { rows } = await run<Row>(tx, {
    text:
      `UPDATE job SET owner = $1, alive = clock_timestamp(), status = 'running', started = coalesce(started, now()) ` +
      'WHERE id = (SELECT id FROM (SELECT id FROM job WHERE finished IS NULL ORDER BY NOT for_parameters, id LIMIT 1) n ' +
      'JOIN job j USING (id) WHERE j.finished IS NULL AND ' +
      `(j.owner IS NULL OR j.owner = $1 OR j.alive < clock_timestamp() - ${DEAD_AFTER}) FOR NO KEY UPDATE OF j SKIP LOCKED) ` +
      `RETURNING ${JOB}`,
    values: [owner],
  });
  return rows[0] && toJob(rows[0]);
}

/** Whether a parameter still waits for a job. */
export async function isWaitedFor(db: Database, job: number): Promise<boolean> {
  const { rows } = await run(db, {
    text: "SELECT FROM search_parameter WHERE job = $1 AND state = 'building' LIMIT 1",
    values: [job],
  });
  return rows.length > 0;
}

/** Lets other processes take over what this one was at. */
export async function releaseJobs(db: Database, owner: string): Promise<void> {
  await run(db, {
    text: 'UPDATE job SET owner = NULL WHERE owner = $1 AND finished IS NULL',
    values: [owner],
  });
}

/** Stores how far a claimed job is. */
export async function saveProgress(tx: PoolClient, job: Job): Promise<void> {
  const { id, walks, waitsFor, atType, atKey, upTo, processed, total, changed, failed, failures } = job;
  await run(tx, {
    text:
      'UPDATE job SET walks = $2, waits_for = $3, at_type = $4, at_key = $5, processed = $6, total = $7, failed = $8, ' +
      'failures = $9, up_to = $10, changed = $11, alive = clock_timestamp() WHERE id = $1',
    values: [
      ...[
        id,
        walks,
        waitsFor,
        atType,
        atKey,
        processed,
        total,
        failed,
        JSON.stringify(failures),
        upTo,
        changed,
      ],
    ],
  });
}

/** Ends a job that has not ended; returns whether it did. */
export async function finishJob(
  db: Database,
  id: number,
  status: JobStatus,
  reason: string | null,
): Promise<boolean> {
  const { rowCount } = await run(db, {
    text:
      'UPDATE job SET status = $2, reason = $3, finished = clock_timestamp(), owner = NULL ' +
      'WHERE id = $1 AND finished IS NULL',
    values: [id, status, reason],
  });
  return rowCount === 1;
}

/**
 * The transactions that are open in this database now, but for this one. Any that begins later sees what is committed
 * now; these may not.
 */
export async function openTransactions(tx: PoolClient): Promise<string[]> {
  const { rows } = await run<{ id: string }>(tx, {
    text:
      'SELECT l.virtualtransaction AS id FROM pg_locks l JOIN pg_stat_activity a USING (pid) ' +
      "WHERE l.locktype = 'virtualxid' AND l.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL " +
      'AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database())',
    values: [],
  });
  return rows.map(({ id }) => id);
}

/** Which of these transactions have not ended. */
export async function stillOpen(tx: PoolClient, transactions: string[]): Promise<string[]> {
  if (transactions.length === 0) return [];
  const { rows } = await run<{ id: string }>(tx, {
    text: "SELECT virtualtransaction AS id FROM pg_locks WHERE locktype = 'virtualxid' AND virtualtransaction = ANY($1)",
    values: [transactions],
  });
  return rows.map(({ id }) => id);
}
