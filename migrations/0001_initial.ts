// The store: current resources, superseded versions, and one narrow table per kind of index row.
// No foreign keys and no surrogate ids on index rows: each would cost a lookup or a dead index per row.
import type { Knex } from 'knex';

/** Creates the tables. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE SEQUENCE resource_key;

    -- One row per identity, the current version. A deleted resource keeps its row with content NULL.
    -- tokens: hashes of its rows in search_token, so that they can be removed.
    -- traits: hashes of what the resource has (a value at all, a code of a system, a reference to a type).
    -- source: the exact text, only where jsonb would respell a number (1e-7 becomes 0.0000001, -0 becomes 0).
    CREATE TABLE resource (
      key bigint NOT NULL,
      last_updated timestamptz NOT NULL,
      version integer NOT NULL,
      deleted boolean NOT NULL,
      type text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      method text COLLATE "C" NOT NULL,
      tokens bigint[] NOT NULL,
      traits bigint[] NOT NULL,
      content jsonb,
      source text,
      PRIMARY KEY (type, id)
    );
    CREATE INDEX resource_traits ON resource USING gin (traits);
    CREATE UNIQUE INDEX resource_type_key ON resource (type, key);
    CREATE INDEX resource_type_last_updated ON resource (type, last_updated, key);

    -- Superseded versions only, so that an import writes each resource once.
    CREATE TABLE resource_history (
      key bigint NOT NULL,
      last_updated timestamptz NOT NULL,
      version integer NOT NULL,
      deleted boolean NOT NULL,
      type text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      method text COLLATE "C" NOT NULL,
      content jsonb,
      source text,
      PRIMARY KEY (type, id, version)
    );
    CREATE INDEX resource_history_type_last_updated ON resource_history (type, last_updated, key, version);

    -- hash covers type, index path and value; see server/search/hash64.ts.
    CREATE TABLE search_token (hash bigint NOT NULL, key bigint NOT NULL, PRIMARY KEY (hash, key));
    ALTER TABLE search_token ALTER hash SET STATISTICS 1000;

    CREATE TABLE search_string (
      path bigint NOT NULL,
      key bigint NOT NULL,
      value text COLLATE "C" NOT NULL,
      exact text COLLATE "C" NOT NULL
    );
    CREATE INDEX search_string_value ON search_string (path, value, key);
    CREATE INDEX search_string_key ON search_string (key);

    CREATE TABLE search_date (
      path bigint NOT NULL,
      low timestamptz NOT NULL,
      high timestamptz NOT NULL,
      key bigint NOT NULL
    );
    CREATE INDEX search_date_range ON search_date (path, low, high, key);
    CREATE INDEX search_date_key ON search_date (key);

    CREATE TABLE search_quantity (
      path bigint NOT NULL,
      low float8 NOT NULL,
      high float8 NOT NULL,
      unit bigint NOT NULL,
      unit_code bigint NOT NULL,
      key bigint NOT NULL
    );
    CREATE INDEX search_quantity_range ON search_quantity (path, low, high, key);
    CREATE INDEX search_quantity_key ON search_quantity (key);

    -- What importers have stored, by the SHA-256 of each unit (a bundle or a run of NDJSON lines), written in the
    -- same transaction as its resources: a restarted import skips exactly what is already there.
    CREATE TABLE import_journal (
      digest bytea PRIMARY KEY,
      entries integer NOT NULL,
      imported_at timestamptz NOT NULL DEFAULT now()
    );
  `);
}
