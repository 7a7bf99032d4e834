// Full text, contained resources, and substrings of strings.
import type { Knex } from 'knex';

/** Creates the tables, and the extension pg_trgm where the database lacks it. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  const trigrams = await trigramSchema(knex);
  await knex.raw(`
    -- For substrings (:contains). Only texts of three characters and more profit.
    CREATE INDEX search_string_trigrams ON search_string USING gin (value ${trigrams}.gin_trgm_ops);

    -- Words of a resource for _text (weight A: its narrative) and _content (all of them).
    CREATE TABLE search_text (key bigint NOT NULL, words tsvector NOT NULL);
    CREATE INDEX search_text_key ON search_text (key);
    CREATE INDEX search_text_words ON search_text USING gin (words);

    -- The distinct texts of coded values at an index path, for :text. hash is a trait of the resources that have it.
    -- Rows are written ahead of the resources that use them, and stay.
    CREATE TABLE search_term (hash bigint PRIMARY KEY, path bigint NOT NULL, words tsvector NOT NULL);
    CREATE INDEX search_term_words ON search_term USING gin (words);

    -- Contained resources of current versions. key is from resource_key; index rows under it belong to paths with a '#'
    -- before their id ('#Patient.name.family').
    CREATE TABLE contained (
      key bigint PRIMARY KEY,
      container_key bigint NOT NULL,
      container_type text COLLATE "C" NOT NULL,
      type text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      tokens bigint[] NOT NULL,
      traits bigint[] NOT NULL
    );
    CREATE INDEX contained_container ON contained (container_key);
    CREATE INDEX contained_type_key ON contained (type, key);
    CREATE INDEX contained_type_id ON contained (type, id);
    CREATE INDEX contained_traits ON contained USING gin (traits);
  `);
}

/** The schema that pg_trgm is in, quoted; the extension is created where it is missing. */
async function trigramSchema(knex: Knex): Promise<string> {
  try {
    await knex.raw('CREATE EXTENSION IF NOT EXISTS pg_trgm');
  } catch (error) {
    throw new Error(
      `The database needs the extension pg_trgm, and this user may not create it (${(error as Error).message}): ` +
        'have an administrator run CREATE EXTENSION pg_trgm in this database, then start again',
    );
  }
  const { rows } = await knex.raw(
    "SELECT quote_ident(nspname) AS name FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = 'pg_trgm'",
  );
  return rows[0].name;
}
