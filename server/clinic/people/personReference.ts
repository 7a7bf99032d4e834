// Whom a member such as `contact_id`, `patient_id` or `physician_id` means: what the path of that kind takes, the identifier or else the
// FHIR id of a person without one.
import { refuse } from '../../errors.ts';
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { codeSystem } from '../fhirParts.ts';
import { patientSystem } from '../patients/patientIds.ts';
import { token } from '../things/searchTerms.ts';
import { fhirIdIn, idOf } from '../things/thingIds.ts';
import { currentRecord } from './currentRecord.ts';
import { doctorSystem } from './physicianReference.ts';

export interface Person {
  /** `Patient/[id]` or `Practitioner/[id]` */
  reference: string;
  resource: Resource;
}

interface Named {
  member: string;
  /** as clients call it, with the path that lists them */
  what: string;
  path: string;
  system: string;
  types: readonly string[];
}

const CONTACT: Named = {
  ...{ member: 'contact_id', what: 'contact', path: 'contacts', system: crmSystems.Contact },
  types: ['Patient', 'Practitioner'],
};
const PATIENT: Named = {
  ...{ member: 'patient_id', what: 'patient', path: 'patients', system: patientSystem, types: ['Patient'] },
};
const PHYSICIAN: Named = {
  ...{ member: 'physician_id', what: 'physician', path: 'physicians', system: doctorSystem },
  types: ['Practitioner'],
};

/** The id by which /contacts and /leads know a Patient or Practitioner. */
export const contactIdOf = (person: Resource): string => idOf(person, crmSystems.Contact);

/** The id by which /physicians knows a Practitioner. */
export const physicianIdOf = (practitioner: Resource): string => idOf(practitioner, doctorSystem);

/**
 * The person whom a body means by `contact_id`, by `patient_id`, or by both.
 * @param at JSON pointer of the body, `#`
 * @throws FhirError 422 for an id that nobody has, two ids of different people, and where there is neither; 409 for an id of several
 */
export async function findPerson(
  services: Services,
  { contact_id, patient_id }: { contact_id?: unknown; patient_id?: unknown },
  at = '#',
): Promise<Person> {
  const contact = contact_id === undefined ? undefined : await lookUp(services, CONTACT, contact_id, at);
  const patient = patient_id === undefined ? undefined : await lookUp(services, PATIENT, patient_id, at);
  if (contact && patient && contact.reference !== patient.reference) {
    const message = `"contact_id" is ${contact.reference}, "patient_id" is ${patient.reference}: both must mean the same person. Leave one out.`;
    throw refuse(422, 'business-rule', message, `${at}/patient_id`);
  }
  const person = contact ?? patient;
  if (person) return person;
  const advice = 'name the person by "contact_id" or by "patient_id".';
  throw refuse(422, 'required', `"contact_id" is missing: ${advice}`, `${at}/contact_id`);
}

/** The Practitioner whom /physicians knows by an id. @throws FhirError as {@link findPerson} */
export async function findPhysician(services: Services, physician_id: unknown, at = '#'): Promise<Person> {
  const person = await lookUp(services, PHYSICIAN, physician_id, at);
  if (!isPharmacist(person.resource)) return person;
  const message = `"physician_id": ${person.reference} is a pharmacist: GET /api/v1/physicians lists the physicians.`;
  throw refuse(422, 'not-found', message, `${at}/physician_id`);
}

/** Whether a Practitioner is tagged as a pharmacist; all others count as physicians. */
export const isPharmacist = ({ meta }: Resource): boolean =>
  ((meta?.tag ?? []) as { system?: string; code?: string }[]).some(
    ({ system, code }) => system === codeSystem('contact-types') && code === 'pharmacist',
  );

async function lookUp(services: Services, named: Named, value: unknown, at: string): Promise<Person> {
  const { member, what, path, system, types } = named;
  const id = String(value);
  const found = (await Promise.all(types.map((type) => identified(services, type, system, id)))).flat();
  const fhirId = fhirIdIn(id);
  if (found.length === 0 && fhirId !== undefined) {
    const read = await Promise.all(types.map((type) => readContents(services.db, type, [fhirId])));
    const unnamed = read.flat().map(({ content }) => parseJson(content) as Resource);
    // Who has such an identifier is known by it alone.
    const own = unnamed.filter((person) => idOf(person, system) === id);
    const current = await Promise.all(own.map((person) => currentRecord(services, person)));
    found.push(...current.filter((person) => person !== undefined));
  }
  const [first, second] = found;
  const pointer = `${at}/${member}`;
  const shown = id.slice(0, 80);
  if (!first) {
    const hint = named === PHYSICIAN ? await asContact(services, id) : undefined;
    const advice = `GET /api/v1/${path} lists those there are.${hint === undefined ? '' : ` ${hint}`}`;
    throw refuse(422, 'not-found', `"${member}": there is no ${what} "${shown}": ${advice}`, pointer);
  }
  const reference = `${first.resourceType}/${first.id}`;
  if (!second) return { reference, resource: first };
  const names = `${reference} and ${second.resourceType}/${second.id}`;
  const advice = `take the identifier ${system}|${shown} from all but one through the FHIR endpoint.`;
  throw refuse(409, 'multiple-matches', `"${member}": "${shown}" is the id of ${names}: ${advice}`, pointer);
}

/** What to say of an id by which /physicians knows nobody, and /contacts a physician: a CRM has told the id. */
export async function asContact(services: Services, id: string): Promise<string | undefined> {
  const found = await identified(services, 'Practitioner', crmSystems.Contact, id);
  const physician = found.find((one) => !isPharmacist(one));
  if (!physician) return undefined;
  const path = `/api/v1/contacts/${encodeURIComponent(id.slice(0, 80))}`;
  return `As a contact there is one, ${path}: the physician_id is "${physicianIdOf(physician)}".`;
}

async function identified(services: Services, type: string, system: string, id: string): Promise<Resource[]> {
  if (id === '' || id.includes('\0')) return [];
  const query: [string, string][] = [
    ['identifier', token(system, id)],
    ['_count', '2'],
  ];
  const request = { type, query, base: services.baseUrls[0]!, handling: 'strict' as const };
  const { matches } = await find(services, request, services.db);
  return matches.map(({ resource }) => parseJson(resource.content!) as Resource);
}
