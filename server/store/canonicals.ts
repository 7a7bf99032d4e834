// Stored resources by the hashes of their canonical urls.
import { type Database, run } from './database.ts';

/** A stored resource with its business version, and the hash it was found by. */
export interface StoredCanonical {
  hash: bigint;
  id: string;
  version?: string;
}

/** The resources of a type that have one of the tokens, at most `limit`, newest first. */
export async function canonicalsOf(
  db: Database,
  type: string,
  hashes: readonly bigint[],
  limit: number,
): Promise<StoredCanonical[]> {
  const { rows } = await run<{ hash: string; id: string; version: string | null }>(db, {
    text:
      "SELECT t.hash, r.id, r.content->>'version' AS version FROM search_token t JOIN resource r ON r.key = t.key " +
      'WHERE t.hash = ANY($2::bigint[]) AND r.type = $1 AND NOT r.deleted ORDER BY r.key DESC LIMIT $3',
    values: [type, hashes.map(String), limit],
  });
  return rows.map(({ hash, id, version }) => ({
    ...{ hash: BigInt(hash), id },
    ...(version === null ? {} : { version }),
  }));
}

/** Stored implementation guides of these packages (ImplementationGuide.packageId); few are stored, each is looked at. */
export async function installedGuides(
  db: Database,
  packages: readonly string[],
): Promise<{ name: string; version?: string }[]> {
  if (packages.length === 0) return [];
  const { rows } = await run<{ name: string; version: string | null }>(db, {
    text:
      "SELECT content->>'packageId' AS name, content->>'version' AS version FROM resource " +
      "WHERE type = 'ImplementationGuide' AND NOT deleted AND content->>'packageId' = ANY($1::text[])",
    values: [packages],
  });
  return rows.map(({ name, version }) => ({ name, ...(version === null ? {} : { version }) }));
}
