// Patients and what is known of them, by the rows that search/factRows.ts makes: one statement for all of them.
import { type Database, run } from './database.ts';

/** A Patient, or something of one (a Condition, a Flag, an Observation); `content` is JSON text. */
export interface PatientRecord {
  /** id of the Patient */
  patient: string;
  type: string;
  id: string;
  content: string;
}

/** Resources read for each patient and code: the ones stored last. */
const MOST_PER_CODE = 100;

const content = 'coalesce(r.source, r.content::text) AS content';

const facts =
  `(SELECT t.key FROM search_token t WHERE t.hash = f.hash ORDER BY t.key DESC LIMIT ${MOST_PER_CODE}) k ` +
  "CROSS JOIN LATERAL (SELECT * FROM resource WHERE type IN ('Condition', 'Flag', 'Observation') AND key = k.key " +
  'OFFSET 0) r WHERE NOT r.deleted';

// Nearly all requests are of one patient. With the id as it is, the estimates are the same for each, so that Postgres keeps
// the plan; it would plan a list of one each time.
const OF_ONE =
  `SELECT $1::text AS patient, 'Patient' AS type, r.id, ${content} FROM resource r ` +
  "WHERE r.type = 'Patient' AND r.id = $1::text AND NOT r.deleted " +
  `UNION ALL SELECT $1::text, r.type, r.id, ${content} FROM unnest($2::bigint[]) AS f(hash) CROSS JOIN LATERAL ${facts}`;

const OF_MANY =
  `SELECT r.id AS patient, 'Patient' AS type, r.id, ${content} FROM unnest($1::text[]) AS wanted(id) ` +
  "JOIN LATERAL (SELECT * FROM resource WHERE type = 'Patient' AND id = wanted.id OFFSET 0) r ON NOT r.deleted " +
  `UNION ALL SELECT f.patient, r.type, r.id, ${content} FROM unnest($2::bigint[], $3::text[]) AS f(hash, patient) ` +
  `CROSS JOIN LATERAL ${facts}`;

/**
 * The current Patients of these ids, and what else is found for each of them under its hashes; a resource with several of
 * them comes as often.
 */
export async function readPatientRecords(
  db: Database,
  patients: ReadonlyMap<string, readonly bigint[]>,
): Promise<PatientRecord[]> {
  if (patients.size === 0) return [];
  const [only] = patients;
  if (only && patients.size === 1) {
    const [id, hashes] = only;
    return (await run<PatientRecord>(db, { text: OF_ONE, values: [id, hashes.map(String)] })).rows;
  }
  const pairs = [...patients].flatMap(([id, hashes]) => hashes.map((hash) => [String(hash), id]));
  const values = [[...patients.keys()], pairs.map(([hash]) => hash), pairs.map(([, id]) => id)];
  return (await run<PatientRecord>(db, { text: OF_MANY, values })).rows;
}
