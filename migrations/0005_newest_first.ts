// Values of one index path in the order of keys, so that a page of a wide range is found among the newest; ranges of dates
// by their end. Index rows are found by path and key from now on, also to remove them: `paths` lists those of a resource.
import type { Knex } from 'knex';

/** Adds the column and exchanges the indexes. Forward-only: there is no `down`. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    ALTER TABLE resource ADD COLUMN paths bigint[] NOT NULL DEFAULT '{}';
    ALTER TABLE contained ADD COLUMN paths bigint[] NOT NULL DEFAULT '{}';
    CREATE TEMPORARY TABLE value_paths ON COMMIT DROP AS SELECT key, array_agg(DISTINCT path) AS paths
      FROM (SELECT key, path FROM search_date UNION ALL SELECT key, path FROM search_quantity) rows GROUP BY key;
    UPDATE resource r SET paths = v.paths FROM value_paths v WHERE v.key = r.key;
    UPDATE contained c SET paths = v.paths FROM value_paths v WHERE v.key = c.key;

    DROP INDEX search_date_key;
    CREATE INDEX search_date_newest ON search_date (path, key) INCLUDE (low, high);
    CREATE INDEX search_date_end ON search_date (path, high, low, key);
    DROP INDEX search_quantity_key;
    CREATE INDEX search_quantity_newest ON search_quantity (path, key);
    -- Amounts are compared within a unit; plain numbers have the unit 0.
    DROP INDEX search_quantity_range;
    CREATE INDEX search_quantity_unit ON search_quantity (path, unit_code, low, high, key);
    -- Most amounts are points; the others are found by their end, too.
    CREATE INDEX search_quantity_end ON search_quantity (path, unit_code, high) WHERE high <> low;

    -- What is stored already was indexed by fewer rules: a background job indexes it anew.
    INSERT INTO job (kind, types, for_parameters)
      SELECT 'reindex', array_agg(DISTINCT type::text ORDER BY type::text), false FROM resource
      WHERE NOT deleted HAVING count(*) > 0;
  `);
}
