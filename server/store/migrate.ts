// Brings a database to this version's schema: knex runs migrations/*.ts, forward only, under an advisory lock so that servers
// which start at once wait for one another. A database that is already there is recognised with one query, without knex.
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Knex } from 'knex';
import pg from 'pg';
import { withoutPasswords } from '../telemetry.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const OLDEST_POSTGRES = 15;
// Any constant would do; advisory locks are per database. ("salus" in ASCII)
const MIGRATION_LOCK = 0x73616c7573;
const FOLDER = new URL('../../migrations/', import.meta.url);

/** The parts of a pg Pool or Client that are used here. */
interface Queryable {
  query(sql: string): Promise<{ rows: Record<string, unknown>[] }>;
}

/** What `migrate` found and did. */
export interface MigrationReport {
  /** Names of the migrations that were run now, in order. */
  applied: string[];
  /** How many the database had before. */
  before: number;
}

/** Names of the migrations of this version, in order (`0001_initial`, …). */
export function knownMigrations(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d{4}_\w+\.ts$/.test(file))
    .map((file) => basename(file, '.ts'))
    .sort();
}

/**
 * Runs the migrations that the database lacks. Throws an Error with a one-line message when Postgres is too old, the
 * database is not UTF-8, or it was migrated by a newer version; nothing is changed then. `onWait` is called when another
 * server is migrating and this one waits for it.
 */
export async function migrate(
  databaseUrl: string,
  onWait: () => void = () => undefined,
): Promise<MigrationReport> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'salus migrate',
  });
  client.on('error', () => undefined); // a broken connection also fails the statement that runs
  await client.connect().catch((error) => {
    throw new Error(`Cannot connect to the database ${withoutPasswords(databaseUrl)}: ${reason(error)}`);
  });
  try {
    await checkServer(client);
    const before = await appliedMigrations(client);
    if (missingMigrations(before).length === 0) return { applied: [], before: before.length };
    const { rows } = await client.query(`SELECT pg_try_advisory_lock(${MIGRATION_LOCK}) AS locked`);
    if (!rows[0].locked) {
      onWait();
      await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    }
    const present = await appliedMigrations(client);
    const missing = missingMigrations(present);
    if (missing.length > 0) await runMigrations(databaseUrl);
    return { applied: missing, before: present.length };
  } finally {
    await client.end();
  }
}

/** Whether the database has exactly the migrations of this version: one query, for readiness checks. */
export async function isMigrated(database: Queryable): Promise<boolean> {
  const applied = await appliedMigrations(database);
  knownCount ??= knownMigrations().length;
  return applied.length === knownCount && missingMigrations(applied).length === 0;
}
let knownCount: number | undefined;

/** The migrations that `applied` lacks. Throws when it has one that this version does not know. */
function missingMigrations(applied: string[]): string[] {
  const known = knownMigrations();
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `The database is newer than this version of Salus (it has the migration ${unknown.at(-1)}): run the newer version`,
    );
  }
  return known.filter((name) => !applied.includes(name));
}

async function checkServer(database: Queryable): Promise<void> {
  const { rows } = await database.query(
    `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('server_encoding') AS encoding`,
  );
  const { major, encoding } = rows[0] as { major: number; encoding: string };
  if (major < OLDEST_POSTGRES)
    throw new Error(`Postgres ${major} is too old: Salus needs ${OLDEST_POSTGRES} or newer`);
  if (encoding !== 'UTF8') throw new Error(`The database's encoding is ${encoding}: Salus needs UTF8`);
}

async function appliedMigrations(database: Queryable): Promise<string[]> {
  try {
    const { rows } = await database.query('SELECT name FROM knex_migrations ORDER BY id');
    return rows.map((row) => row.name as string);
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return []; // undefined_table: a new database
    throw error;
  }
}

/** A host with several addresses fails with one error for each. */
function reason(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => each.message).join(', ')
    : error.message;
}

async function runMigrations(databaseUrl: string): Promise<void> {
  const { default: knex } = await import('knex');
  const migrationSource: Knex.MigrationSource<string> = {
    getMigrations: async () => knownMigrations(),
    getMigrationName: (name) => name,
    getMigration: async (name) => {
      const { up, config } = await import(new URL(`${name}.ts`, FOLDER).href);
      const down = () => Promise.reject(new Error('Migrations only go forward'));
      return { up, down, config };
    },
  };
  const database = knex({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 2 } });
  try {
    // Knex's own lock is a row that a killed server leaves locked for ever; the advisory lock we hold makes it superfluous.
    await database.migrate.forceFreeMigrationsLock({ migrationSource });
    await database.migrate.latest({ migrationSource });
  } finally {
    await database.destroy();
  }
}
