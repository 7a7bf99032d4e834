// Reads of stored resources: current and past versions by identity, and the rows behind a list of keys.
import type { Database, Statement } from './database.ts';
import { run } from './database.ts';

/** One stored version. `content` is JSON text exactly as it goes to a client, null once deleted. */
export interface StoredVersion {
  type: string;
  id: string;
  /** creation order, shared by all versions of a resource */
  key: number;
  version: number;
  lastUpdated: Date;
  deleted: boolean;
  /** the interaction that made this version: POST, PUT, PATCH or DELETE */
  method: string;
  content: string | null;
}

/** What a Bundle entry needs of a stored resource that is there. */
export type FoundResource = Pick<StoredVersion, 'type' | 'id' | 'key' | 'content'>;

interface Row {
  type: string;
  id: string;
  key: string;
  version: number;
  last_updated: Date;
  deleted: boolean;
  method: string;
  content: string | null;
}

/** Select list of a version; `source` wins over jsonb's spelling where it was kept. */
export const versionColumns = (alias: string) =>
  `${alias}.type, ${alias}.id, ${alias}.key, ${alias}.version, ${alias}.last_updated, ${alias}.deleted, ` +
  `${alias}.method, coalesce(${alias}.source, ${alias}.content::text) AS content`;

/** Turns a row of {@link versionColumns} into a {@link StoredVersion}. */
export function toStoredVersion(row: Row): StoredVersion {
  const { type, id, version, deleted, method, content } = row;
  return { type, id, key: Number(row.key), version, lastUpdated: row.last_updated, deleted, method, content };
}

async function versions(db: Database, statement: Statement): Promise<StoredVersion[]> {
  const { rows } = await run<Row>(db, statement);
  return rows.map(toStoredVersion);
}

/** Current contents of the resources of a type with these ids; deleted ones are left out. */
export async function readContents(
  db: Database,
  type: string,
  ids: string[],
): Promise<{ id: string; content: string }[]> {
  const { rows } = await run<{ id: string; content: string }>(db, {
    text:
      // Joined, so that the primary key is used whatever the statement's generic plan takes the list for.
      'SELECT r.id, coalesce(r.source, r.content::text) AS content FROM unnest($2::text[]) AS wanted(id) ' +
      'JOIN LATERAL (SELECT * FROM resource WHERE type = $1 AND id = wanted.id OFFSET 0) r ON NOT r.deleted',
    values: [type, ids],
  });
  return rows;
}

/** Leaves out what is known, which a read by id notices. */
const READ =
  'SELECT r.key, r.version, r.last_updated, r.deleted, r.method, coalesce(r.source, r.content::text) AS content ' +
  'FROM resource r WHERE r.type = $1 AND r.id = $2';
const READ_LOCKED = `${READ} FOR UPDATE OF r`;

/** The current version (which may be a deletion), or undefined when the identity was never used. */
export async function readCurrent(
  db: Database,
  type: string,
  id: string,
): Promise<StoredVersion | undefined> {
  return readOne(db, READ, type, id);
}

async function readOne(
  db: Database,
  text: string,
  type: string,
  id: string,
): Promise<StoredVersion | undefined> {
  const { rows } = await run<Row>(db, { text, values: [type, id] });
  const row = rows[0];
  return row && toStoredVersion({ ...row, type, id });
}

const READ_VERSION =
  `SELECT ${versionColumns('r')} FROM resource r WHERE r.type = $1 AND r.id = $2 AND r.version = $3 UNION ALL ` +
  `SELECT ${versionColumns('h')} FROM resource_history h WHERE h.type = $1 AND h.id = $2 AND h.version = $3`;

/** One version, current or superseded. */
export async function readVersion(
  db: Database,
  type: string,
  id: string,
  version: number,
): Promise<StoredVersion | undefined> {
  return (await versions(db, { text: READ_VERSION, values: [type, id, version] }))[0];
}

/** An identity as `Type/id`. */
export interface Identity {
  type: string;
  id: string;
}

/**
 * The current versions of the given identities, in the order of (type, id); absent ones are left out. With `lock`,
 * rows stay locked until the transaction ends, always in that order, so that two writers cannot deadlock.
 */
export async function readMany(db: Database, identities: Identity[], lock = false): Promise<StoredVersion[]> {
  // The usual case deserves the simple statement, whose plan Postgres keeps; the other one it plans each time.
  const [only] = identities;
  if (only && identities.length === 1) {
    const found = await readOne(db, lock ? READ_LOCKED : READ, only.type, only.id);
    return found ? [found] : [];
  }
  return versions(db, {
    text:
      `SELECT ${versionColumns('r')} FROM resource r ` +
      'JOIN (SELECT DISTINCT t, i FROM unnest($1::text[], $2::text[]) AS u(t, i)) u ' +
      `ON r.type = u.t AND r.id = u.i ORDER BY r.type, r.id ${lock ? 'FOR UPDATE OF r' : ''}`,
    values: [identities.map((i) => i.type), identities.map((i) => i.id)],
  });
}
