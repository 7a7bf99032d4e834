// What has to be looked up before a physician or pharmacist is written or deleted: the hospital, whether the licence is somebody
// else's, and who refers to them.
import { type FhirError, refuse } from '../../errors.ts';
import type { Resource, Services } from '../../services.ts';
import { hospitals } from '../hospitals.ts';
import type { Prepared, Wanted } from '../things/clinicResource.ts';
import { type NamedBy, refuseNamed, stillThere } from '../things/refuseNamed.ts';
import { findThings } from '../things/thing.ts';
import { fullName } from './contactPoints.ts';
import { holdersOf, isSameLicence, licencesOf } from './licences.ts';
import { contactIdOf, physicianIdOf } from './personReference.ts';
import { contactTypeOf, professionalJson } from './professionalJson.ts';
import type { ProfessionalContext } from './professionalResources.ts';

/**
 * Looks up the hospital and the licence, where they are other than before.
 * @throws FhirError 422 for a hospital that does not exist, 409 for a licence that somebody else has
 */
export async function prepareProfessional(
  services: Services,
  { input, known, at }: Wanted,
): Promise<Prepared> {
  const [main, ...parts] = known;
  const told = main ? professionalJson(main, parts) : {};
  const { hospital_id, medical_license_number: licence } = input as Record<string, string | undefined>;
  const context: ProfessionalContext = {};
  if (hospital_id !== undefined && hospital_id !== told.hospital_id) {
    context.hospital = await hospitalReference(services, hospital_id, at);
  }
  const seen = context.hospital ? stillThere(context.hospital.reference!) : [];
  if (licence === undefined || licence === told.medical_license_number) return { context, seen };
  const holders = await holdersOf(services, licence);
  const other = holders.found.find(({ id }) => id !== main?.id);
  if (other) throw sameLicence(other, licence, at);
  return { context, seen: [...seen, ...holders.seen] };
}

/** @throws FhirError 422 where there is none */
export async function hospitalReference(
  services: Services,
  hospital_id: string,
  at: string,
): Promise<{ reference: string }> {
  const hospital = (await findThings(services, hospitals, [hospital_id])).get(hospital_id);
  if (hospital) return { reference: `Organization/${hospital.main.id}` };
  const message = `"hospital_id": there is no hospital "${hospital_id.slice(0, 80)}": GET /api/v1/hospitals lists those there are.`;
  throw refuse(422, 'not-found', message, `${at}/hospital_id`);
}

function sameLicence(other: Resource, licence: string, at: string): FhirError {
  const isPharmacist = contactTypeOf(other) === 'pharmacist';
  const where = isPharmacist
    ? `/api/v1/contacts/${encodeURIComponent(contactIdOf(other))}`
    : `/api/v1/physicians/${encodeURIComponent(physicianIdOf(other))}`;
  const own = licencesOf(other).find((each) => isSameLicence(each, licence));
  const as = own === undefined || own === licence ? '' : `, as "${own}"`;
  const message = `The licence "${licence}" is that of ${fullName(other) || 'somebody else'} (${where})${as}: change that record, or correct the number.`;
  return refuse(409, 'duplicate', message, `${at}/medical_license_number`);
}

/** What may name a Practitioner, as the plain form calls it; and by which search parameter. */
const NAMED_BY: readonly NamedBy[] = [
  { type: 'Patient', by: 'general-practitioner', what: ['patient or lead', 'patients and leads'] },
  { type: 'Appointment', by: 'practitioner', what: ['booking', 'bookings'] },
  { type: 'ServiceRequest', by: 'requester', what: ['referral', 'referrals'] },
  { type: 'ServiceRequest', by: 'performer', what: ['referral to them', 'referrals to them'] },
  { type: 'Encounter', by: 'participant', what: ['interaction', 'interactions'] },
  { type: 'EpisodeOfCare', by: 'care-manager', what: ['access episode', 'access episodes'] },
];

/**
 * Whether others go on to name a Practitioner, who cannot be deleted then.
 * @throws FhirError 409 that says by how many of what
 */
export const refuseNeeded = (services: Services, known: readonly Resource[]) =>
  refuseNamed(services, known, fullName(known[0]!) || 'The record', NAMED_BY);
