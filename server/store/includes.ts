// Reads for _include and _revinclude: named versions, resources by canonical url, and what refers to a resource.
import type { Database } from './database.ts';
import { run } from './database.ts';
import { type StoredVersion, toStoredVersion, versionColumns } from './resources.ts';

type Row = Parameters<typeof toStoredVersion>[0];

/** A version that a reference names. */
export interface NamedVersion {
  type: string;
  id: string;
  version: number;
}

/** The named versions of resources that are not deleted, and whether each is the current one. */
export async function readNamedVersions(
  db: Database,
  named: NamedVersion[],
): Promise<{ stored: StoredVersion; current: boolean }[]> {
  const asked = 'unnest($1::text[], $2::text[], $3::int[]) AS u(type, id, version)';
  const text =
    `SELECT true AS current, ${versionColumns('r')} FROM ${asked} ` +
    'JOIN resource r ON r.type = u.type AND r.id = u.id AND r.version = u.version AND NOT r.deleted UNION ALL ' +
    `SELECT false, ${versionColumns('h')} FROM ${asked} ` +
    'JOIN resource r ON r.type = u.type AND r.id = u.id AND NOT r.deleted ' +
    'JOIN resource_history h ON h.type = u.type AND h.id = u.id AND h.version = u.version AND NOT h.deleted';
  const values = [named.map(({ type }) => type), named.map(({ id }) => id), named.map((n) => n.version)];
  const { rows } = await run<Row & { current: boolean }>(db, { text, values });
  return rows.map(({ current, ...row }) => ({ stored: toStoredVersion(row), current }));
}

/** A canonical as one type may be found by it: the hash of its url, the version where one is named. */
export interface CanonicalProbe {
  /** which canonical it is of */
  canonical: number;
  type: string;
  hash: bigint;
  version: string | undefined;
}

/** For each canonical the resource it means; without a version the one that was stored last. */
export async function readByCanonical(
  db: Database,
  probes: CanonicalProbe[],
): Promise<Map<number, StoredVersion>> {
  const text =
    `SELECT DISTINCT ON (u.canonical) u.canonical, ${versionColumns('r')} ` +
    'FROM unnest($1::int[], $2::text[], $3::bigint[], $4::text[]) AS u(canonical, type, hash, version) ' +
    'JOIN search_token t ON t.hash = u.hash JOIN resource r ON r.type = u.type AND r.key = t.key ' +
    "WHERE NOT r.deleted AND (u.version IS NULL OR r.content->>'version' = u.version) " +
    'ORDER BY u.canonical, r.last_updated DESC, r.key DESC';
  const values = [
    probes.map(({ canonical }) => canonical),
    probes.map(({ type }) => type),
    probes.map(({ hash }) => String(hash)),
    probes.map(({ version }) => version ?? null),
  ];
  const { rows } = await run<Row & { canonical: number }>(db, { text, values });
  return new Map(rows.map(({ canonical, ...row }) => [canonical, toStoredVersion(row)]));
}

/** The place of a current resource in the index tables. */
export interface KeyOfType {
  type: string;
  key: number;
}

/** The newest resources that have any of the rows, each once, at most `limit`. */
export async function newestByHash(
  db: Database,
  hashes: { type: string; hash: bigint }[],
  limit: number,
): Promise<KeyOfType[]> {
  // Of each hash no more than all of them together may give: an organization that thousands refer to stays cheap.
  const text =
    'SELECT DISTINCT t.key, s.type FROM unnest($1::bigint[], $2::text[]) AS s(hash, type) CROSS JOIN LATERAL ' +
    '(SELECT key FROM search_token t WHERE t.hash = s.hash ORDER BY key DESC LIMIT $3) t ' +
    'ORDER BY t.key DESC LIMIT $3';
  const values = [hashes.map(({ hash }) => String(hash)), hashes.map(({ type }) => type), limit];
  const { rows } = await run<{ key: string; type: string }>(db, { text, values });
  return rows.map(({ key, type }) => ({ key: Number(key), type }));
}

/** The current resources behind keys, newest first. */
export async function readByKeys(db: Database, keys: KeyOfType[]): Promise<StoredVersion[]> {
  if (keys.length === 0) return [];
  const text =
    `SELECT ${versionColumns('r')} FROM unnest($1::text[], $2::bigint[]) AS k(type, key) ` +
    'JOIN resource r ON r.type = k.type AND r.key = k.key WHERE NOT r.deleted ORDER BY r.key DESC';
  const values = [keys.map(({ type }) => type), keys.map(({ key }) => key)];
  return (await run<Row>(db, { text, values })).rows.map(toStoredVersion);
}
