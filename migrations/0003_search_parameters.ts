// Custom search parameters, background jobs, and the revision by which every process knows when its definitions are old.
import type { Knex } from 'knex';

/** Creates the tables. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- One row. revision: raised by every change of a conformance resource, and when a custom parameter becomes usable.
    -- index_revision: raised when what is extracted from resources changes; writers store nothing under an old one.
    CREATE TABLE definitions_revision (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      revision bigint NOT NULL,
      index_revision bigint NOT NULL
    );
    INSERT INTO definitions_revision (revision, index_revision) VALUES (0, 0);

    -- Background work. types: whose resources; walks: the types to walk, in order, those that contain such resources too;
    -- at_type and at_key: the last resource dealt with; up_to: the last key to deal with, later ones are indexed by writers.
    -- waits_for: transactions that may still write by older definitions; null until they have been listed.
    -- owner: the process at work, which is taken to be dead when alive is old.
    CREATE TABLE job (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      kind text NOT NULL,
      status text NOT NULL DEFAULT 'queued',
      reason text,
      types text[] NOT NULL,
      walks text[],
      for_parameters boolean NOT NULL,
      waits_for text[],
      at_type text COLLATE "C" NOT NULL DEFAULT '',
      at_key bigint NOT NULL DEFAULT 0,
      up_to bigint,
      processed bigint NOT NULL DEFAULT 0,
      total bigint,
      failed bigint NOT NULL DEFAULT 0,
      failures jsonb NOT NULL DEFAULT '[]',
      owner text,
      alive timestamptz,
      created timestamptz NOT NULL DEFAULT now(),
      started timestamptz,
      finished timestamptz
    );
    CREATE INDEX job_unfinished ON job (id) WHERE finished IS NULL;

    -- SearchParameter resources, by id. definition: what counts of the resource. state: unused (not active, or the same as a
    -- published one), building (extracted by writers, being indexed by the job), ready, or failed (reason says why).
    CREATE TABLE search_parameter (
      id text COLLATE "C" PRIMARY KEY,
      url text NOT NULL,
      definition jsonb NOT NULL,
      state text NOT NULL,
      reason text,
      job bigint REFERENCES job (id)
    );
  `);
}
