// What a CRM's last export told of each resource: what is told the same again changes nothing.
import type { Knex } from 'knex';

/** Adds the table. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE crm_told (
      type text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      told jsonb NOT NULL,
      PRIMARY KEY (type, id)
    );
  `);
}
