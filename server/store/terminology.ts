// What terminology needs to know of stored resources before it reads one of them whole.
import type { Database } from './database.ts';
import { run } from './database.ts';

/** A stored resource with its business version. */
export interface StoredCanonical {
  id: string;
  version?: string;
}

/** Id and `version` of at most `limit` resources of a type that have one of the tokens, newest first. */
export async function versionsOf(
  db: Database,
  type: string,
  hashes: bigint[],
  limit: number,
): Promise<StoredCanonical[]> {
  const { rows } = await run<{ id: string; version: string | null }>(db, {
    text:
      "SELECT r.id, r.content->>'version' AS version FROM resource r WHERE r.type = $1 AND NOT r.deleted AND r.key IN " +
      '(SELECT key FROM search_token WHERE hash = ANY($2::bigint[])) ORDER BY r.key DESC LIMIT $3',
    values: [type, hashes.map(String), limit],
  });
  return rows.map(({ id, version }) => ({ id, version: version ?? undefined }));
}

/**
 * The urls of stored code systems (supplements are none) that may have a code: it stands somewhere in their concepts, or
 * they do not care for its case. Each stored one is looked into.
 */
export async function codeSystemsWithCode(db: Database, code: string): Promise<string[]> {
  const { rows } = await run<{ url: string }>(db, {
    text:
      "SELECT DISTINCT content->>'url' AS url FROM resource WHERE type = 'CodeSystem' AND NOT deleted " +
      "AND content->>'content' <> 'supplement' AND content ? 'url' " +
      "AND (content->>'caseSensitive' = 'false' OR " +
      "jsonb_path_exists(content, '$.concept.**.code ? (@ == $code)', jsonb_build_object('code', $1::text))) " +
      'ORDER BY 1',
    values: [code],
  });
  return rows.map(({ url }) => url);
}

/** Ids of stored code systems that name `url` as the value set of all their codes, newest first. Each one is looked into. */
export async function codeSystemsOfValueSet(db: Database, url: string): Promise<string[]> {
  const { rows } = await run<{ id: string }>(db, {
    text:
      "SELECT id FROM resource WHERE type = 'CodeSystem' AND NOT deleted AND content->>'content' <> 'supplement' " +
      "AND split_part(content->>'valueSet', '|', 1) = $1 ORDER BY key DESC LIMIT 1",
    values: [url],
  });
  return rows.map(({ id }) => id);
}

/** Id and url of at most `limit` concept maps that have one of the tokens, newest first. */
export async function conceptMapsWith(
  db: Database,
  hashes: bigint[],
  limit: number,
): Promise<{ id: string; url: string | null }[]> {
  const { rows } = await run<{ id: string; url: string | null }>(db, {
    text:
      "SELECT r.id, r.content->>'url' AS url FROM resource r WHERE r.type = 'ConceptMap' AND NOT r.deleted AND r.key IN " +
      '(SELECT key FROM search_token WHERE hash = ANY($1::bigint[])) ORDER BY r.key DESC LIMIT $2',
    values: [hashes.map(String), limit],
  });
  return rows;
}

/** What is said of a stored code system without its concepts. */
export interface StoredCodeSystem {
  url: string;
  version?: string;
  /** whether its hierarchy is one of subsumption */
  isA: boolean;
  /** codes of the properties that its concepts may have */
  properties: string[];
}

/** The stored code systems that have codes and a url, newest first. Each one is looked into. */
export async function heldCodeSystems(db: Database): Promise<StoredCodeSystem[]> {
  const { rows } = await run<{ url: string; version: string | null; isA: boolean; properties: string[] }>(
    db,
    {
      text:
        "SELECT content->>'url' AS url, content->>'version' AS version, " +
        "coalesce(content->>'hierarchyMeaning', 'is-a') = 'is-a' AS \"isA\", " +
        "jsonb_path_query_array(content, '$.property[*].code') AS properties " +
        "FROM resource WHERE type = 'CodeSystem' AND NOT deleted AND content ? 'url' " +
        "AND content->>'content' NOT IN ('supplement', 'not-present') ORDER BY key DESC",
      values: [],
    },
  );
  return rows.map(({ version, ...system }) => ({ ...system, ...(version === null ? {} : { version }) }));
}
