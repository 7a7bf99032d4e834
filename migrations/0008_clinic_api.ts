// Answers to requests with an Idempotency-Key, kept for a day.
import type { Knex } from 'knex';

/** Adds the table. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- key: SHA-256 of method, path and Idempotency-Key; request: SHA-256 of the body; answer: status, headers and body, as they were sent.
    CREATE TABLE idempotent_answer (
      key bytea PRIMARY KEY,
      request bytea NOT NULL,
      answer json NOT NULL,
      made timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX idempotent_answer_made ON idempotent_answer (made);
  `);
}
