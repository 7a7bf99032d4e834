// What vital signs are judged by (ObservationDefinitions) and what raises alerts (PlanDefinitions), as they are stored.
import { type Database, run } from './database.ts';

/** One stored resource; `content` is its JSON text. */
export interface StoredDefinition {
  id: string;
  version: number;
  content: string;
}

/** The current ObservationDefinitions, at most `limit`, by id. */
export const readObservationDefinitions = (db: Database, limit: number): Promise<StoredDefinition[]> =>
  readDefinitions(db, 'ObservationDefinition', {}, limit);

/** The current PlanDefinitions of a type (a Coding), active or not, at most `limit`, by id. */
export const readPlanDefinitions = (
  db: Database,
  coding: { system: string; code: string },
  limit: number,
): Promise<StoredDefinition[]> =>
  readDefinitions(db, 'PlanDefinition', { type: { coding: [coding] } }, limit);

async function readDefinitions(
  db: Database,
  type: string,
  part: object,
  limit: number,
): Promise<StoredDefinition[]> {
  const { rows } = await run<StoredDefinition>(db, {
    text:
      'SELECT id, version, coalesce(source, content::text) AS content FROM resource ' +
      'WHERE type = $1 AND NOT deleted AND content @> $2::jsonb ORDER BY id LIMIT $3',
    values: [type, JSON.stringify(part), limit],
  });
  return rows;
}

/** Which of these resources (`type/id`) were ever stored, deleted ones too. */
export async function everStored(
  db: Database,
  resources: readonly { type: string; id: string }[],
): Promise<Set<string>> {
  const { rows } = await run<{ type: string; id: string }>(db, {
    text:
      'SELECT type, id FROM resource ' +
      'WHERE (type, id) IN (SELECT type, id FROM unnest($1::text[], $2::text[]) AS wanted(type, id))',
    values: [resources.map(({ type }) => type), resources.map(({ id }) => id)],
  });
  return new Set(rows.map(({ type, id }) => `${type}/${id}`));
}
