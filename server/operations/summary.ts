// What the parts of a summary of vital signs are made from.
import type { PatientReadings } from '../monitor/patientReadings.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { StoredReading } from '../store/vitalReadings.ts';
import type { PatientFacts } from '../vitals/vitalSign.ts';

export interface Summary {
  services: Services;
  /** a snapshot */
  db: Database;
  /** id of the Patient */
  patient: string;
  facts: PatientFacts;
  readings: PatientReadings;
  /** milliseconds since 1970 */
  now: number;
  /** readings dated later than this are mistyped */
  until: number;
  /** the latest reading of each code, mistyped ones too */
  latest: readonly StoredReading[];
}
