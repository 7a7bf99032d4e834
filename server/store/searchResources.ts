// Runs compiled searches: a statement that selects keys becomes a page of resources, a count, or identities.
import type { Database, Statement } from './database.ts';
import { run, runPlanned } from './database.ts';
import type { Identity, StoredVersion } from './resources.ts';
import { toStoredVersion, versionColumns } from './resources.ts';

/** Appends a value to a compiled statement's own and returns its placeholder. */
const extend = (values: unknown[], value: unknown) => `$${values.push(value)}`;

/** The resources of one type behind a statement that selects `key`, newest first. */
export async function searchPage(db: Database, type: string, keys: Statement): Promise<StoredVersion[]> {
  const values = [...keys.values];
  const text =
    `WITH page AS MATERIALIZED (${keys.text}) SELECT ${versionColumns('r')} FROM page ` +
    `JOIN resource r ON r.type = ${extend(values, type)} AND r.key = page.key AND NOT r.deleted ORDER BY r.key DESC`;
  const { rows } = await runPlanned<Parameters<typeof toStoredVersion>[0]>(db, { text, values });
  return rows.map(toStoredVersion);
}

/** The identities behind a statement that selects `key`. */
export async function searchIdentities(db: Database, type: string, keys: Statement): Promise<Identity[]> {
  const values = [...keys.values];
  const text =
    `WITH page AS MATERIALIZED (${keys.text}) SELECT r.type, r.id FROM page ` +
    `JOIN resource r ON r.type = ${extend(values, type)} AND r.key = page.key AND NOT r.deleted`;
  return (await runPlanned<Identity>(db, { text, values })).rows;
}

/** A statement that selects one `count`. */
export async function searchCount(db: Database, count: Statement): Promise<number> {
  const { rows } = await runPlanned<{ count: string }>(db, count);
  return Number(rows[0]?.count ?? 0);
}

/** For many single-token searches at once, each hash once: the ids of `type` behind it, at most `limit`. */
export async function identitiesByHash(
  db: Database,
  searches: { type: string; hash: bigint }[],
  limit: number,
): Promise<Map<bigint, Identity[]>> {
  const { rows } = await run<Identity & { hash: string }>(db, {
    text:
      'SELECT s.hash, r.type, r.id FROM unnest($1::bigint[], $2::text[]) AS s(hash, type) ' +
      'CROSS JOIN LATERAL (SELECT key FROM search_token t WHERE t.hash = s.hash LIMIT $3) t ' +
      'JOIN resource r ON r.type = s.type AND r.key = t.key AND NOT r.deleted',
    values: [searches.map((s) => String(s.hash)), searches.map((s) => s.type), limit],
  });
  const found = new Map<bigint, Identity[]>();
  for (const { hash, type, id } of rows) {
    const list = found.get(BigInt(hash)) ?? [];
    list.push({ type, id });
    found.set(BigInt(hash), list);
  }
  return found;
}
