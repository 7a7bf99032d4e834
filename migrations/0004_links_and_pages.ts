// Reference hashes computed by Postgres, for chains and _has; the secret that page links are signed with.
import type { Knex } from 'knex';

/** Creates the function and the table. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- The same as hash64 in server/search/hash64.ts, for forms that are values (last bit 0).
    CREATE FUNCTION search_hash(path text, form text, value text) RETURNS bigint
      LANGUAGE sql STABLE PARALLEL SAFE
      AS $$ SELECT ('x' || encode(substring(sha256(convert_to(path, 'UTF8') || '\\x00'::bytea ||
        convert_to(form, 'UTF8') || '\\x00'::bytea || convert_to(value, 'UTF8')) FROM 1 FOR 8), 'hex'))
        ::bit(64)::bigint & (-2)::bigint $$;

    -- One secret for all processes of this database.
    CREATE TABLE page_secret (secret bytea NOT NULL, single boolean PRIMARY KEY DEFAULT true CHECK (single));
    INSERT INTO page_secret (secret)
      SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'));
  `);
}
