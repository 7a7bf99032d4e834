// The importers' journal: which units of input (a bundle, a run of NDJSON lines, an entry) have been stored.
import type { Database } from './database.ts';
import { run } from './database.ts';

/** Thrown when another importer stored the same unit first. */
export class AlreadyImported extends Error {}

/** Which of the digests (SHA-256) are in the journal, as hex. */
export async function journaled(db: Database, digests: Buffer[]): Promise<Set<string>> {
  const { rows } = await run<{ digest: Buffer }>(db, {
    text: 'SELECT digest FROM import_journal WHERE digest = ANY($1::bytea[])',
    values: [digests],
  });
  return new Set(rows.map(({ digest }) => digest.toString('hex')));
}

/**
 * Notes digests as stored, in the transaction that stores them.
 * @throws AlreadyImported when one of them is there already, unless `again`
 */
export async function writeJournal(
  db: Database,
  digests: Buffer[],
  entries: number,
  again: boolean,
): Promise<void> {
  const { rowCount } = await run(db, {
    text: 'INSERT INTO import_journal (digest, entries) SELECT d, $2 FROM unnest($1::bytea[]) AS d ON CONFLICT DO NOTHING',
    values: [digests, entries],
  });
  if (!again && rowCount !== digests.length) throw new AlreadyImported();
}

/** Statistics after a bulk load, without which the first searches are planned blind. */
export async function analyze(db: Database): Promise<void> {
  await db.query(
    'ANALYZE resource, resource_history, search_token, search_string, search_date, search_quantity, crm_told',
  );
}
