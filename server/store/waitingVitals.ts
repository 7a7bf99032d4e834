// What was written of a patient and is not followed up yet.
import { type Database, run } from './database.ts';

/** How many vital signs of a patient (id) wait in the queue, those that failed too. */
export async function waitingVitals(db: Database, patient: string): Promise<number> {
  const { rows } = await run<{ n: string }>(db, {
    text: 'SELECT count(*) AS n FROM vital_queue WHERE patient = $1',
    values: [patient],
  });
  return Number(rows[0]!.n);
}
