// Idempotency-Key: a POST that is sent again is not carried out again; it gets the answer of the first time.
import { createHash } from 'node:crypto';
import { FhirError, refuse } from '../../errors.ts';
import type { Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import { keepAnswer, readAnswer, removeOldAnswers } from '../../store/idempotentAnswers.ts';

/** A request that is to be carried out once: digests of what it is called and of what it asks for. */
export interface OnceOnly {
  key: Buffer;
  request: Buffer;
}

/** Keeps an answer, in the transaction of what it answers for. */
export type Keep<T> = (db: Database, answer: T) => Promise<void>;

/** Another request with the same key was faster: this one is rolled back. */
class AnsweredMeanwhile extends Error {}

/**
 * The request to carry out once, if it asks for that.
 * @throws FhirError 400 for a key that is none
 */
export function onceOnly(
  place: string,
  key: string | undefined,
  body: Buffer | undefined,
): OnceOnly | undefined {
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e][\x20-\x7e]{0,254}$/.test(key)) {
    throw refuse(
      400,
      'value',
      'Idempotency-Key must have 1 to 255 visible ASCII characters: a UUID made for this request.',
    );
  }
  return { key: digest(place, key), request: digest(body ?? '') };
}

/** The same for one part of a request. */
export const partOf = ({ key, request }: OnceOnly, part: number): OnceOnly => ({
  key: digest(key, String(part)),
  request,
});

const digest = (...parts: (string | Buffer)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest();
};

/**
 * Carries out what was asked, which keeps its answer by `keep`, or gives the answer that was kept.
 * @throws FhirError 422 where the key was used for another request
 */
export async function answerOnce<T>(
  services: Services,
  once: OnceOnly | undefined,
  work: (keep: Keep<T> | undefined) => Promise<T>,
): Promise<{ answer: T; again: boolean }> {
  if (!once) return { answer: await work(undefined), again: false };
  const before = await keptAnswer<T>(services.db, once);
  if (before) return { answer: before.answer, again: true };
  try {
    const answer = await work(async (db, given) => {
      await removeOldAnswers(db);
      if (!(await keepAnswer(db, once.key, { request: once.request, answer: given }))) {
        throw new AnsweredMeanwhile();
      }
    });
    return { answer, again: false };
  } catch (error) {
    // Whatever went wrong: if the same request has been answered meanwhile, that is the answer.
    const meanwhile = await keptAnswer<T>(services.db, once).catch((other: unknown) => {
      throw other instanceof FhirError ? other : error;
    });
    if (meanwhile) return { answer: meanwhile.answer, again: true };
    throw error;
  }
}

async function keptAnswer<T>(db: Database, { key, request }: OnceOnly): Promise<{ answer: T } | undefined> {
  const kept = await readAnswer(db, key);
  if (!kept) return undefined;
  if (kept.request.equals(request)) return { answer: kept.answer as T };
  throw refuse(
    422,
    'conflict',
    'This Idempotency-Key was used for a request with another body in the last 24 hours: make a new key for a new request.',
  );
}
