// The secret that page links are signed with: one for all processes of a database, so that any of them knows the others' links.
import type { Pool } from 'pg';
import { run } from './database.ts';

/** A reader of the secret that asks the database once; after a failure, again. */
export function pageSecretOf(db: Pool): () => Promise<Buffer> {
  let known: Promise<Buffer> | undefined;
  const read = async (): Promise<Buffer> => {
    const { rows } = await run<{ secret: Buffer }>(db, {
      text: 'SELECT secret FROM page_secret',
      values: [],
    });
    return rows[0]!.secret;
  };
  return () => {
    known ??= read().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
