import { afterAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { knownMigrations } from '../../server/store/migrate.ts';
import { cloneDatabase, emptyDatabase } from '../support/postgres.ts';
import { cleanUp, startSalus } from './serverProcess.ts';

afterAll(cleanUp);

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('salus serve on DATABASE_URL', () => {
  it('lets two servers start at once on an empty database', async () => {
    const { url, drop } = await emptyDatabase();
    const settings = { DATABASE_URL: url, PORT: '0', WORKERS: '1' };
    const servers = [startSalus(['serve'], settings), startSalus(['serve'], settings)];
    for (const server of servers) {
      const ready = await server.logged('ready');
      expect((await fetch(`${new URL(ready.url as string).origin}/readyz`)).status).toBe(200);
    }
    const rows = await query(url, 'SELECT name FROM knex_migrations ORDER BY id');
    expect(rows.map((row) => row.name)).toEqual(knownMigrations());
    for (const server of servers) server.kill('SIGTERM');
    for (const server of servers) expect(await server.ended).toBe(0);
    await drop();
  });

  it('refuses a database that a newer version migrated, and changes nothing', async () => {
    const { url, drop } = await cloneDatabase();
    await query(
      url,
      `INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('9999_from_the_future', 9, now())`,
    );
    const server = startSalus(['serve'], { DATABASE_URL: url, PORT: '0' });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe(
      'salus: The database is newer than this version of Salus (it has the migration 9999_from_the_future): run the newer version\n',
    );
    expect(await query(url, 'SELECT count(*)::int AS n FROM knex_migrations')).toEqual([
      { n: knownMigrations().length + 1 },
    ]);
    await drop();
  });

  it('refuses a database that is not in UTF-8', async () => {
    const { url, drop } = await emptyDatabase(
      "ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0",
    );
    const server = startSalus(['serve'], { DATABASE_URL: url, PORT: '0' });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe("salus: The database's encoding is LATIN1: Salus needs UTF8\n");
    await drop();
  });

  it('says in one line, without the password, that the database cannot be reached', async () => {
    const server = startSalus(['serve'], {
      DATABASE_URL: 'postgres://someone:tops3cret@127.0.0.1:9/records',
      PORT: '0',
    });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe(
      'salus: Cannot connect to the database postgres://someone:***@127.0.0.1:9/records: connect ECONNREFUSED 127.0.0.1:9\n',
    );
    expect(server.stdout()).not.toContain('tops3cret');
  });

  it('says in one line that the database refuses the login', async () => {
    const { url, drop } = await cloneDatabase();
    const server = startSalus(['serve'], {
      DATABASE_URL: url.replace(/:[^:@/]+@/, ':tops3cret@'),
      PORT: '0',
    });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toMatch(
      /^salus: Cannot connect to the database \S+: password authentication failed for user "salus"\n$/,
    );
    expect(server.stderr() + server.stdout()).not.toContain('tops3cret');
    await drop();
  });

  it('migrates with `salus migrate` and says what it did', async () => {
    const { url, drop } = await emptyDatabase();
    const first = startSalus(['migrate'], { DATABASE_URL: url });
    expect(await first.ended).toBe(0);
    expect(first.stdout()).toBe(
      knownMigrations()
        .map((name) => `applied ${name}\n`)
        .join(''),
    );
    await drop();
  });
});
