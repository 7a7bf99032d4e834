// Deleting a patient: only somebody of whom there is nothing. The FHIR store keeps no referential integrity, so that records would be
// left of nobody, and whoever gets the same id later would inherit them.
import { refuse } from '../../errors.ts';
import { referenceTargetsOf } from '../../search/compartmentHashes.ts';
import type { Resource, Services } from '../../services.ts';
import { readMembers } from '../../store/compartment.ts';
import type { Seen } from '../things/seen.ts';
import { nameOf } from '../things/thingParts.ts';
import { patientIdOf } from './patientIds.ts';

/** Records that are counted. */
const MOST = 1_000;

/** What clients know them as, one and many. */
const WORDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  DiagnosticReport: ['study', 'studies'],
  Encounter: ['interaction', 'interactions'],
  Appointment: ['booking', 'bookings'],
  Condition: ['condition', 'conditions'],
  ServiceRequest: ['order or referral', 'orders or referrals'],
};

/** @throws FhirError 409 that says of what records the patient has */
export async function prepareDeletion(
  services: Services,
  [main]: readonly Resource[],
): Promise<{ seen: readonly Seen[] }> {
  const hashes = referenceTargetsOf(services.definitions, 'Patient', main!.id!);
  const members = await readMembers(services.db, hashes, undefined, 0, MOST + 1);
  const others = members.filter(({ type, id }) => `${type}/${id}` !== nameOf(main!));
  if (others.length === 0) {
    const query = `patient=Patient/${main!.id}`;
    return { seen: Object.keys(WORDS).map((type) => ({ type, query, ids: [] })) };
  }
  const told = [...Map.groupBy(others, ({ type }) => type)].map(([type, { length }]) => {
    const [one, many] = WORDS[type] ?? [type, type];
    return `${length > MOST ? `more than ${MOST}` : length} ${length === 1 ? one : many}`;
  });
  throw refuse(
    409,
    'business-rule',
    `There are records of patient "${patientIdOf(main!)}": ${told.join(', ')}. Delete them first; what has no path here, at the FHIR endpoint (Patient/${main!.id}/$everything lists all of it).`,
  );
}
