// Contacts of the plain JSON API: everybody, one view over leads and patients (Patient) and over physicians and pharmacists
// (Practitioner). What one does here is what one would do at /leads or /physicians.
import { refuse } from '../../errors.ts';
import type { Resource, Services } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import type { ClinicResource, Json, SearchTerms, Wanted } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';
import { checkChanged } from '../things/validateThing.ts';
import { phoneFilter } from './contactPoints.ts';
import { contactSchema, contactShown, email, first_name, last_name, membersOf } from './contactSchema.ts';
import { leads } from './leads.ts';
import { mergedSystem } from './mergePeople.ts';
import { contactIdOf, physicianIdOf } from './personReference.ts';
import { hospitalLink, physicians } from './physicians.ts';
import { type ContactType, contactTypeOf, professionalJson, STATES, TYPES } from './professionalJson.ts';
import { prepareProfessional, refuseNeeded } from './professionalLookups.ts';
import {
  type ProfessionalContext,
  professionalDeletes,
  professionalWrites,
} from './professionalResources.ts';

const isProfessional = (type: unknown): boolean => type === 'physician' || type === 'pharmacist';
const isPractitioner = (main: Resource | undefined): boolean => main?.resourceType === 'Practitioner';

/** Whom an EHR has written has no tag, and is a patient or a physician. */
const ofType: Readonly<Record<ContactType, SearchTerms>> = {
  lead: [
    ['_type', 'Patient'],
    ['_tag', token(STATES, 'lead')],
  ],
  patient: [
    ['_type', 'Patient'],
    ['_tag:not', token(STATES, 'lead')],
  ],
  physician: [
    ['_type', 'Practitioner'],
    ['_tag:not', token(TYPES, 'pharmacist')],
  ],
  pharmacist: [
    ['_type', 'Practitioner'],
    ['_tag', token(TYPES, 'pharmacist')],
  ],
};

export const contacts: ClinicResource = {
  name: 'contacts',
  title: 'Contact',
  description:
    'Everybody: leads, patients, physicians and pharmacists. Each is one FHIR Patient or Practitioner, whom /leads, /patients and /physicians show too, by ids of their own: `patient_id` and `physician_id` tell them. A hospital has to be there before `hospital_id` names it.',
  returning: leads.returning!,
  schema: contactSchema,
  shown: contactShown,
  types: ['Patient', 'Practitioner'],
  system: crmSystems.Contact,
  // A record that was merged into another shows there.
  scope: [['identifier:not', `${mergedSystem}|`]],
  parts: [...leads.parts, ...physicians.parts],
  isPart: (part, main) => isPractitioner(main) || leads.isPart!(part, main),
  filters: {
    contact_type: {
      description: 'What they are.',
      schema: { type: 'string', enum: Object.keys(ofType) },
      search: (type) => ofType[type as ContactType],
    },
    ...{ first_name: first_name!, last_name: last_name!, email: email! },
    medical_condition: {
      ...leads.filters.medical_condition!,
      description:
        'The code of a condition that a lead or patient has, as /medical-conditions tells it; no others are found.',
      search: (value, services) => ofPatients(leads.filters.medical_condition!.search(value, services)),
    },
    phone: phoneFilter,
  },
  sorts: { last_name: 'family', first_name: 'given', email: 'email' },
  toJson: (main, parts) => {
    const contact_type = contactTypeOf(main);
    if (!isPractitioner(main)) {
      const { id, state: _, ...json } = leads.toJson(main, parts);
      return { id, contact_type, ...json };
    }
    const { roles, ...json } = professionalJson(main, parts);
    const own = contact_type === 'physician' && { physician_id: physicianIdOf(main) };
    return { id: contactIdOf(main), contact_type, ...json, ...own, roles };
  },
  prepare: async (services, wanted) => {
    refuseOtherType(wanted);
    const { input, at } = wanted;
    const own = { ...wanted, input: membersOf(input) };
    if (!isProfessional(input.contact_type)) {
      checkChanged(leads.schema, own.input, toldOf(wanted), at);
    }
    const prepared = isProfessional(input.contact_type)
      ? await prepareProfessional(services, own)
      : await leads.prepare!(services, own);
    return { ...prepared, seen: [...(prepared.seen ?? []), ...freeId(wanted)] };
  },
  toFhir: (input, id, known, context) => {
    const own = membersOf(input);
    if (!isProfessional(input.contact_type)) return leads.toFhir(own, id, known, context);
    const type = input.contact_type as ContactType;
    const made = { type, system: crmSystems.Contact };
    return professionalWrites(own, id, known, context as ProfessionalContext, made);
  },
  prepareDelete: (services: Services, known: readonly Resource[]) =>
    isPractitioner(known[0]) ? refuseNeeded(services, known) : leads.prepareDelete!(services, known),
  toDelete: (known) => (isPractitioner(known[0]) ? professionalDeletes(known) : leads.toDelete!(known)),
  sublists: { bookings: { of: 'bookings', filter: 'contact_id' } },
  links: (thing) => {
    const { id, contact_type, physician_id } = thing;
    const self = encodeURIComponent(String(id));
    if (!isProfessional(contact_type)) {
      const others = leads.links!({ ...thing, state: contact_type });
      return { ...(contact_type === 'lead' && { lead: `leads/${self}` }), ...others };
    }
    return {
      ...(physician_id !== undefined && {
        physician: `physicians/${encodeURIComponent(String(physician_id))}`,
      }),
      ...hospitalLink(thing),
    };
  },
};

/** Of Patients only. */
const ofPatients = async (terms: SearchTerms | Promise<SearchTerms>): Promise<SearchTerms> => [
  ['_type', 'Patient'],
  ...(await terms),
];

/** What a lead told before; a new one nothing. */
const toldOf = ({ known: [main, ...parts] }: Wanted): Json => (main ? leads.toJson(main, parts) : {});

/** A chosen id is of nobody, neither of a Patient nor of a Practitioner, when it is written. */
function freeId({ op, input: { id } }: Wanted): Seen[] {
  if (op !== 'create' || id === undefined) return [];
  const query = `identifier=${encodeURIComponent(token(crmSystems.Contact, String(id)))}`;
  return contacts.types.map((type) => ({ type, query, ids: [] }));
}

/** @throws FhirError 422 for a new patient, and for a contact that would become something else */
function refuseOtherType({ op, input, id, known: [main], at }: Wanted): void {
  const pointer = `${at}/contact_type`;
  const wanted = input.contact_type;
  if (op === 'create') {
    if (wanted !== 'patient') return;
    const message =
      '"contact_type": a patient comes of a lead by POST /api/v1/leads/{id}:convert, which names the physician, or by POST /api/v1/patients.';
    throw refuse(422, 'business-rule', message, pointer);
  }
  const is = contactTypeOf(main!);
  if (wanted === is) return;
  const advice =
    is === 'lead' && wanted === 'patient'
      ? `POST /api/v1/leads/${encodeURIComponent(id)}:convert takes on a lead as a patient.`
      : 'create another contact where the person is both.';
  throw refuse(422, 'business-rule', `"contact_type" is ${is} and cannot be changed: ${advice}`, pointer);
}
