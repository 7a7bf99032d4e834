// Connections and transactions. A `Database` is anything a statement can be run on: the pool or a transaction.
import { createHash } from 'node:crypto';
import type { PoolClient, QueryResult } from 'pg';
import { Pool } from 'pg';
import { refuse } from '../errors.ts';

/** One statement: text with $1… placeholders and its values. */
export interface Statement {
  text: string;
  values: unknown[];
}

/** The pool, or the client of an open transaction. */
export type Database = Pool | PoolClient;

/** Whether statements on `db` commit by themselves. */
export function isPool(db: Database): db is Pool {
  return db instanceof Pool;
}

const preparedNames = new Map<string, string>();
const MAX_PREPARED = 2_000;

/**
 * Runs a statement, prepared under the hash of its text so that Postgres plans each shape once per connection.
 * Past {@link MAX_PREPARED} shapes in one process further ones run unprepared, which bounds server memory.
 */
export function run<Row extends object>(
  db: Database,
  { text, values }: Statement,
): Promise<QueryResult<Row>> {
  let name = preparedNames.get(text);
  if (name === undefined && preparedNames.size < MAX_PREPARED) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
    preparedNames.set(text, name);
  }
  return db.query<Row>({ name, text, values });
}

/**
 * Runs a statement unprepared, so that Postgres plans it for the values at hand: how common a hash is decides which of
 * the criteria of a search comes first.
 */
export function runPlanned<Row extends object>(
  db: Database,
  { text, values }: Statement,
): Promise<QueryResult<Row>> {
  return db.query<Row>(text, values);
}

/** Thrown inside a write when a row is no longer at the version it was planned against; the write is planned anew. */
export class WriteConflict extends Error {
  constructor(identity: string) {
    super(`${identity} was changed by another client`);
    this.name = 'WriteConflict';
  }
}

const RETRIED_STATES = new Set(['40001', '40P01', '23505']);
const MAX_ATTEMPTS = 8;

/** Whether planning and writing again may succeed: lost version race, unique race, serialization failure, deadlock. */
export function isLostRace(error: unknown): boolean {
  return error instanceof WriteConflict || RETRIED_STATES.has((error as { code?: string })?.code ?? '');
}

const CONNECTION_LOST =
  /^(?:08|53|57P|ECONN|EPIPE)|Connection terminated|timeout exceeded when trying to connect/;

/** Whether the database or the way to it is in trouble, whatever was asked of it. */
export function isDatabaseTrouble(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return CONNECTION_LOST.test(String(code)) || CONNECTION_LOST.test(String(message));
}

/**
 * Runs `attempt` up to eight times while it fails for a transient reason, with a short random pause in between.
 * @throws FhirError 409 when it never succeeds
 */
export async function retrying<T>(attempt: (n: number) => Promise<T>): Promise<T> {
  for (let n = 0; ; n++) {
    try {
      return await attempt(n);
    } catch (error) {
      if (!isLostRace(error)) throw error;
      if (n + 1 >= MAX_ATTEMPTS) {
        throw refuse(
          409,
          'conflict',
          'Other clients kept changing the same resources; send the request again.',
        );
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * (n + 1)));
    }
  }
}

/** Runs `work` in one READ COMMITTED transaction: committed when it resolves, rolled back when it throws. */
export async function transaction<T>(pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that is lost fails its statement and says so once more; unheard, that would end the process.
  const lost = (error: Error) => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      // A connection that cannot roll back is of no more use; dropping it rolls back on the server.
      await client.query('ROLLBACK').catch((failure: Error) => {
        broken = failure;
      });
      throw error;
    }
  } finally {
    if (!broken) client.off('error', lost);
    client.release(broken);
  }
}

/**
 * Runs `work` so that all its statements see the same state of the database; inside a transaction, in that one.
 * It must not write.
 */
export async function snapshot<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  if (!isPool(db)) return work(db);
  return transaction(db, async (tx) => {
    await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return work(tx);
  });
}

/** More names than this share one lock, because Postgres' table of locks is finite (64 per connection by default). */
const MOST_LOCKS = 256;
/** Held in shared mode by transactions with few names, exclusively by those with many. ("many" in ASCII) */
const MANY = 0x6d616e79;

/**
 * Takes transaction-scoped advisory locks on the given names, in one order for all clients so that two requests
 * for overlapping names wait for one another instead of deadlocking.
 */
export async function lockNames(tx: PoolClient, names: string[]): Promise<void> {
  const distinct = [...new Set(names)];
  if (distinct.length === 0) return;
  if (distinct.length > MOST_LOCKS) {
    await run(tx, { text: 'SELECT pg_advisory_xact_lock($1)', values: [MANY] });
    return;
  }
  const keys = distinct.map((name) =>
    createHash('sha256').update(name).digest().readBigInt64BE(0).toString(),
  );
  await run(tx, { text: 'SELECT pg_advisory_xact_lock_shared($1)', values: [MANY] });
  await run(tx, {
    text: 'SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest($1::bigint[]) k ORDER BY k) ordered',
    values: [keys],
  });
}
