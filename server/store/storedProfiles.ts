// The profiles of resource types that are stored here, by name.
import { type Database, run } from './database.ts';

/** Profiles that are listed. */
const MOST = 2_000;

/** Type and url of each stored StructureDefinition that constrains a resource type and is not retired. */
export async function storedProfiles(db: Database): Promise<{ type: string; url: string }[]> {
  const { rows } = await run<{ type: string; url: string }>(db, {
    text:
      "SELECT DISTINCT r.content->>'type' AS type, r.content->>'url' AS url FROM resource r " +
      "WHERE r.type = 'StructureDefinition' AND NOT r.deleted AND r.content->>'kind' = 'resource' " +
      "AND r.content->>'derivation' = 'constraint' AND r.content->>'status' <> 'retired' ORDER BY 1, 2 LIMIT $1",
    values: [MOST],
  });
  return rows;
}
