// Answers to requests with an Idempotency-Key: stored with what the request wrote, given again for a day.
import type { Database } from './database.ts';
import { run } from './database.ts';

/** How long an answer is given again, as Postgres writes it. */
const KEPT = "interval '24 hours'";
/** Outlived answers that are removed with each new one. */
const REMOVED = 20;

/** A stored answer, and the digest of the request that it is the answer to. */
export interface KeptAnswer {
  request: Buffer;
  answer: unknown;
}

/** The answer under a key. */
export async function readAnswer(db: Database, key: Buffer): Promise<KeptAnswer | undefined> {
  const { rows } = await run<KeptAnswer>(db, {
    text: `SELECT request, answer FROM idempotent_answer WHERE key = $1 AND made > now() - ${KEPT}`,
    values: [key],
  });
  return rows[0];
}

/**
 * Keeps an answer, in the transaction of what it answers for. Who keeps one under the same key at the same time is waited for.
 * @returns whether it is kept: false where the key has an answer already
 */
export async function keepAnswer(
  db: Database,
  key: Buffer,
  { request, answer }: KeptAnswer,
): Promise<boolean> {
  const { rowCount } = await run(db, {
    text:
      'INSERT INTO idempotent_answer AS kept (key, request, answer) VALUES ($1, $2, $3) ' +
      'ON CONFLICT (key) DO UPDATE SET request = excluded.request, answer = excluded.answer, made = now() ' +
      `WHERE kept.made <= now() - ${KEPT}`,
    values: [key, request, JSON.stringify(answer)],
  });
  return rowCount === 1;
}

/** Removes some of the answers that nobody is given any more. */
export async function removeOldAnswers(db: Database): Promise<void> {
  await run(db, {
    text:
      'DELETE FROM idempotent_answer WHERE key IN (SELECT key FROM idempotent_answer ' +
      `WHERE made <= now() - ${KEPT} ORDER BY made LIMIT ${REMOVED} FOR UPDATE SKIP LOCKED)`,
    values: [],
  });
}
