// Rows by patient and code for what is stored already (server/search/factRows.ts): Conditions, Flags that are no alerts, and
// Observations of pregnancy status, fasting status and gestational age. What refers to its patient by an absolute URL gets them
// with $reindex: which URLs are this server's is not known here.
import type { Knex } from 'knex';

/** Adds the rows. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TEMPORARY TABLE fact ON COMMIT DROP AS
      WITH question AS MATERIALIZED (
        -- As server/search/parameters/token.ts has them: a value with a zero byte, which search_hash cannot take.
        SELECT ('x' || encode(substring(sha256(convert_to('Observation.code', 'UTF8') || '\\x00'::bytea ||
          convert_to('system|code', 'UTF8') || '\\x00'::bytea || convert_to('http://loinc.org', 'UTF8') || '\\x00'::bytea ||
          convert_to(code, 'UTF8')) FROM 1 FOR 8), 'hex'))::bit(64)::bigint & (-2)::bigint AS hash, code
        FROM unnest(ARRAY['82810-3', '49541-6', '76516-4', '11884-4', '18185-9']) AS q(code)),
      told AS (
        SELECT r.key, r.type, r.id, r.content->'subject'->>'reference' AS subject, c.coding->>'system' AS system,
          c.coding->>'code' AS code
        FROM resource r CROSS JOIN LATERAL jsonb_path_query(r.content, '$.code.coding[*]') AS c(coding)
        WHERE NOT r.deleted AND (r.type = 'Condition' OR r.type = 'Flag' AND NOT coalesce(
          r.content->'identifier' @> '[{"system": "https://salus.example/fhir/sid/alerts"}]', false))
        UNION ALL
        SELECT r.key, r.type, r.id, r.content->'subject'->>'reference', 'http://loinc.org', q.code
        FROM question q JOIN search_token t ON t.hash = q.hash JOIN resource r ON r.type = 'Observation' AND r.key = t.key
        WHERE NOT r.deleted),
      -- As server/vitals/recordedFacts.ts has them: diagnoses that are kinds of a state.
      known AS (SELECT * FROM told UNION ALL SELECT t.key, t.type, t.id, t.subject, t.system, k.state FROM told t
        JOIN (VALUES ('72892002', '77386006'), ('47200007', '77386006'), ('16356006', '77386006'))
          AS k(code, state) ON t.system = 'http://snomed.info/sct' AND t.code = k.code)
      SELECT key, type, id, array_agg(DISTINCT search_hash('Patient', 'fact',
        substring(subject FROM '^Patient/[A-Za-z0-9.-]{1,64}') || '|' || system || '|' || code)) AS hashes
      FROM known
      WHERE subject ~ '^Patient/[A-Za-z0-9.-]{1,64}(/_history/|$)' AND system IS NOT NULL AND code IS NOT NULL
      GROUP BY key, type, id;

    INSERT INTO search_token (hash, key) SELECT unnest(hashes), key FROM fact ON CONFLICT DO NOTHING;
    UPDATE resource r SET tokens = r.tokens || ARRAY(SELECT h FROM unnest(f.hashes) AS h WHERE h <> ALL (r.tokens)) FROM fact f
      WHERE r.type = f.type AND r.id = f.id AND NOT r.tokens @> f.hashes;
  `);
}
