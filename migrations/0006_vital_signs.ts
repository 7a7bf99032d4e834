// What follows from vital signs: a queue that is written with them, the readings of each patient by time, alerts and what is
// told of them.
import type { Knex } from 'knex';

/** Adds the tables. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    -- Vital signs that were written, corrected or deleted, and alerts that clients changed: written in the statement that
    -- stores them, removed in the transaction that stores what follows. Low ranks first (server/store/vitalQueue.ts); what is
    -- dated ahead of its time waits until it is due.
    CREATE TABLE vital_queue (
      rank int NOT NULL,
      seq bigint GENERATED ALWAYS AS IDENTITY,
      patient text COLLATE "C" NOT NULL,
      type text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL,
      due timestamptz,
      failures smallint NOT NULL DEFAULT 0,
      reason text,
      PRIMARY KEY (rank, seq)
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

    -- One row per value: of an Observation as it was followed up last, or of a score. code is system|code; value is in the unit of the vital
    -- sign, null where it is a code or was not judged.
    CREATE TABLE vital_reading (
      patient text COLLATE "C" NOT NULL,
      code text COLLATE "C" NOT NULL,
      time timestamptz NOT NULL,
      observation text COLLATE "C" NOT NULL,
      component smallint NOT NULL,
      version int NOT NULL,
      value float8,
      PRIMARY KEY (patient, code, time, observation, component)
    );
    CREATE INDEX vital_reading_observation ON vital_reading (observation);

    -- One row per alert; state is the whole of it, the columns are what it is found by.
    CREATE TABLE alert (
      id text COLLATE "C" PRIMARY KEY,
      patient text COLLATE "C" NOT NULL,
      status text COLLATE "C" NOT NULL,
      severity text COLLATE "C" NOT NULL,
      acknowledged boolean NOT NULL,
      started timestamptz NOT NULL,
      latest timestamptz NOT NULL,
      state jsonb NOT NULL
    );
    CREATE INDEX alert_patient ON alert (patient, latest);
    CREATE INDEX alert_newest ON alert (started, id);
    CREATE INDEX alert_status ON alert (status, started, id);

    -- What listeners are told, in the order of commits: writers take turns.
    CREATE TABLE alert_event (
      seq bigint PRIMARY KEY,
      kind text COLLATE "C" NOT NULL,
      at timestamptz NOT NULL,
      alert text COLLATE "C" NOT NULL,
      state jsonb NOT NULL
    );

    -- Jobs of the kind evaluate-vitals. patient: whose readings, null for everybody's; changed: how many have another version now.
    ALTER TABLE job ADD COLUMN patient text COLLATE "C", ADD COLUMN changed bigint NOT NULL DEFAULT 0;

    -- What is stored already is followed up as if it were written now, and gets no new version by that.
    INSERT INTO vital_queue (rank, patient, type, id)
      SELECT 3, substring(r.content->'subject'->>'reference' FROM '^Patient/([A-Za-z0-9.-]{1,64})'), 'Observation', r.id
      FROM resource r
      WHERE r.type = 'Observation' AND NOT r.deleted AND r.content->'subject'->>'reference' ~ '^Patient/[A-Za-z0-9.-]{1,64}(/_history/|$)'
      ORDER BY r.key;
  `);
}
