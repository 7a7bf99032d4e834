// The secret that page links are signed with: one for all processes of a database, so that any of them knows the others' links.
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Pool } from 'pg';
import { run } from './database.ts';

/** A reader of the secret that asks the database once; after a failure, again. */
export function pageSecretOf(db: Pool): () => Promise<KeyObject> {
  let known: Promise<KeyObject> | undefined;
  const read = async (): Promise<KeyObject> => {
    const { rows } = await run<{ secret: Buffer }>(db, {
      text: 'SELECT secret FROM page_secret',
      values: [],
    });
    // As a key object: made from bytes for each link, it took 11 of 13 µs.
    return createSecretKey(rows[0]!.secret);
  };
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
