// All versions of a few resources, those that are current and those that were.
import { type Database, run } from './database.ts';
import { type Identity, type StoredVersion, toStoredVersion, versionColumns } from './resources.ts';

/** Every version of these resources, oldest first, at most `limit`. */
export async function versionsOf(
  db: Database,
  identities: readonly Identity[],
  limit: number,
): Promise<StoredVersion[]> {
  const side = (table: string) =>
    `SELECT ${versionColumns('v')} FROM unnest($1::text[], $2::text[]) AS u(t, i) ` +
    `CROSS JOIN LATERAL (SELECT * FROM ${table} WHERE type = u.t AND id = u.i OFFSET 0) v`;
  const { rows } = await run<Parameters<typeof toStoredVersion>[0]>(db, {
    text: `${side('resource')} UNION ALL ${side('resource_history')} ORDER BY last_updated, type, id, version LIMIT $3`,
    values: [identities.map(({ type }) => type), identities.map(({ id }) => id), limit],
  });
  return rows.map(toStoredVersion);
}
