// The ObservationDefinitions that vital signs are judged by.
import { type Database, run } from './database.ts';

/** One stored ObservationDefinition; `content` is its JSON text. */
export interface StoredDefinition {
  id: string;
  version: number;
  content: string;
}

/** The current ones, at most `limit`, by id. */
export async function readObservationDefinitions(db: Database, limit: number): Promise<StoredDefinition[]> {
  const { rows } = await run<StoredDefinition>(db, {
    text:
      'SELECT id, version, coalesce(source, content::text) AS content FROM resource ' +
      "WHERE type = 'ObservationDefinition' AND NOT deleted ORDER BY id LIMIT $1",
    values: [limit],
  });
  return rows;
}

/** Ids of ObservationDefinitions that were ever stored, deleted ones too. */
export async function everStored(db: Database, ids: string[]): Promise<Set<string>> {
  const { rows } = await run<{ id: string }>(db, {
    text: "SELECT id FROM resource WHERE type = 'ObservationDefinition' AND id = ANY($1::text[])",
    values: [ids],
  });
  return new Set(rows.map(({ id }) => id));
}
