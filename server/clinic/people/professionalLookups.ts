// What has to be looked up before a physician or pharmacist is written or deleted: the hospital, whether the licence is somebody
// else's, and who refers to them.
import { type FhirError, refuse } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import { parseJson } from '../../json/parseJson.ts';
import { referenceTargetsOf } from '../../search/compartmentHashes.ts';
import type { Resource, Services } from '../../services.ts';
import { readMembers } from '../../store/compartment.ts';
import { readContents } from '../../store/resources.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { hospitals } from '../hospitals.ts';
import type { Prepared, Wanted } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';
import { findThings } from '../things/thing.ts';
import { nameOf } from '../things/thingParts.ts';
import { fullName } from './contactPoints.ts';
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
  if (licence === undefined || licence === told.medical_license_number) return { context };
  const seen = await looked(
    services,
    'Practitioner',
    `identifier=${encodeURIComponent(token(crmSystems.licences, licence))}`,
  );
  const other = seen.ids.find((id) => id !== main?.id);
  if (other !== undefined) throw await sameLicence(services, other, licence, at);
  return { context, seen: [seen] };
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

async function sameLicence(services: Services, id: string, licence: string, at: string): Promise<FhirError> {
  const [read] = await readContents(services.db, 'Practitioner', [id]);
  const other = read && (parseJson(read.content) as Resource);
  const isPharmacist = other !== undefined && contactTypeOf(other) === 'pharmacist';
  const where = !other
    ? `Practitioner/${id}`
    : isPharmacist
      ? `/api/v1/contacts/${encodeURIComponent(contactIdOf(other))}`
      : `/api/v1/physicians/${encodeURIComponent(physicianIdOf(other))}`;
  const message = `The licence "${licence}" is that of ${(other && fullName(other)) || 'somebody else'} (${where}): change that record, or correct the number.`;
  return refuse(409, 'duplicate', message, `${at}/medical_license_number`);
}

/** What may name a Practitioner, as the plain form calls it; and by which search parameter. */
const NAMED_BY = [
  { type: 'Patient', by: 'general-practitioner', what: ['patient or lead', 'patients and leads'] },
  { type: 'Appointment', by: 'practitioner', what: ['booking', 'bookings'] },
  { type: 'ServiceRequest', by: 'requester', what: ['referral', 'referrals'] },
  { type: 'ServiceRequest', by: 'performer', what: ['referral to them', 'referrals to them'] },
  { type: 'Encounter', by: 'participant', what: ['interaction', 'interactions'] },
  { type: 'EpisodeOfCare', by: 'care-manager', what: ['access episode', 'access episodes'] },
] as const;

/** Of each kind, as many are counted. */
const MOST = 100;
/** Other records that a refusal names. */
const MOST_NAMED = 5;

/**
 * Whether others go on to name a Practitioner, who cannot be deleted then.
 * @throws FhirError 409 that says by how many of what
 */
export async function refuseNeeded(
  services: Services,
  known: readonly Resource[],
): Promise<{ seen: readonly Seen[] }> {
  const [main] = known;
  const name = encodeURIComponent(`Practitioner/${main!.id}`);
  const seen = await Promise.all(NAMED_BY.map(({ type, by }) => looked(services, type, `${by}=${name}`)));
  const told = seen.flatMap(({ ids: { length } }, i) => {
    const [one, many] = NAMED_BY[i]!.what;
    if (length === 0) return [];
    return [length === 1 ? `1 ${one}` : `${length > MOST ? `more than ${MOST}` : length} ${many}`];
  });
  if (told.length === 0) {
    const own = new Set(known.map(nameOf));
    const hashes = referenceTargetsOf(services.definitions, 'Practitioner', main!.id!);
    const members = await readMembers(services.db, hashes, undefined, 0, own.size + MOST_NAMED);
    told.push(...members.map(({ type, id }) => `${type}/${id}`).filter((name) => !own.has(name)));
  }
  if (told.length === 0) return { seen };
  const message = `${fullName(main!)} is still named by ${told.join(', ')}: name somebody else there first, so that none of them leads nowhere.`;
  throw refuse(409, 'business-rule', message);
}

async function looked(services: Services, type: string, query: string): Promise<Seen> {
  const criteria = parseCriteria(services, type, query);
  const found = await findMatches(services, services.db, [criteria], MOST + 1);
  return { type, query, ids: found.get(criteria.text)!.map(({ id }) => id) };
}
