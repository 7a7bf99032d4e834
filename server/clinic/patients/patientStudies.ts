// GET /patients?include=studies: each patient with all of its studies.
import { refuse } from '../../errors.ts';
import type { Resource } from '../../services.ts';
import type { ClinicEmbed, Json } from '../clinicResource.ts';
import { studies } from '../studies/studies.ts';
import { searchThings } from '../thing.ts';
import { patientIdOf } from './patientIds.ts';

/** Studies of all the patients of one page. */
const MOST = 1_000;

export const patientStudies: ClinicEmbed = {
  description: 'The studies of the patient, newest first.',
  schema: { type: 'array', items: studies.schema },
  load: async (services, db, mains) => {
    if (mains.length === 0) return [];
    const subjects = mains.map(({ id }) => `Patient/${id}`).join();
    const { things, matches } = await searchThings(
      services,
      studies,
      { terms: [['subject', subjects]], count: MOST },
      db,
    );
    if (matches.length > things.length) {
      const advice = 'ask for fewer patients at once, or for /patients/{id}/studies';
      throw refuse(422, 'too-costly', `These patients have more than ${things.length} studies: ${advice}.`);
    }
    const found = new Map<unknown, Json[]>();
    for (const { json } of things) found.set(json.patient_id, [...(found.get(json.patient_id) ?? []), json]);
    return mains.map((main: Resource) => found.get(patientIdOf(main)) ?? []);
  },
};
