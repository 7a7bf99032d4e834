// Physicians of the plain JSON API ⇄ Practitioner with its PractitionerRoles. What is kept where: docs/crm-model.md.

import { crmSystems } from '../crm/crmTables.ts';
import { idSchema, namingSchema, TEXT } from '../patients/patientIds.ts';
import { patients } from '../patients/patients.ts';
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import { phoneFilter } from './contactPoints.ts';
import { asContact, contactIdOf, physicianIdOf } from './personReference.ts';
import { doctorSystem } from './physicianReference.ts';
import { hospitalTerms, specialtyTerms } from './professionalFilters.ts';
import { professionalJson, TYPES } from './professionalJson.ts';
import { prepareProfessional, refuseNeeded } from './professionalLookups.ts';
import {
  type ProfessionalContext,
  professionalDeletes,
  professionalWrites,
} from './professionalResources.ts';

const text = { type: 'string', minLength: 1, maxLength: 200, pattern: TEXT };
const { first_name, last_name, email } = patients.schema.properties as Record<string, Json>;
const { first_name: byFirst, last_name: byLast, email: byEmail } = patients.filters;

/** Members of a person of any kind. */
export const personMembers: Record<string, Json> = {
  first_name: { ...first_name, examples: ['Lucia'] },
  last_name: { ...last_name, examples: ['Ortega'] },
  email: { ...email, examples: ['lucia@example.com'] },
  phone: {
    ...{ type: 'string', minLength: 3, maxLength: 50, pattern: '^[+0-9(][0-9 ()./x#-]*[0-9]$' },
    description: 'Phone number, with the country code where it is known.',
    examples: ['+52 81 8000 0000'],
  },
};

/** Members of who has a job in health care. */
export const professionalMembers: Record<string, Json> = {
  job_title: { ...text, description: 'What the job is called.', examples: ['Head of Neurology'] },
  specialization: { ...text, description: 'The field of work.', examples: ['Neurology'] },
  medical_license_number: {
    ...{ type: 'string', minLength: 1, maxLength: 100, pattern: '^\\S(?:[^\\u0000-\\u001f]*\\S)?$' },
    description: 'Number of the medical licence: no two people have the same.',
    examples: ['MX-448812'],
  },
  hospital_id: { ...namingSchema, description: 'The id of the hospital.', examples: ['h-12'] },
};

const told = (description: string, example: string): Json => ({
  ...{ type: 'string', description, examples: [example] },
});

/** What is told of every job. */
export const rolesShown: Json = {
  type: 'array',
  description:
    'All jobs; the first is the one that the members above tell and change. Others are changed as PractitionerRole, through the FHIR endpoint.',
  items: {
    type: 'object',
    required: ['id'],
    properties: {
      id: told('FHIR id of the PractitionerRole.', '0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b12'),
      hospital_id: told('The id of the hospital.', 'h-12'),
      hospital_name: told('What it is called, where it is there.', 'Hospital San José'),
      job_title: told('What the job is called.', 'Head of Neurology'),
      specialization: told('The field of work.', 'Neurology'),
      active: { const: false, description: 'Told of jobs that have ended.' },
    },
  },
};

export const physicians: ClinicResource = {
  name: 'physicians',
  title: 'Physician',
  description:
    'Physicians: doctors of interactions, to whom leads are assigned. Each is a FHIR Practitioner with a PractitionerRole for each job. Ids of /physicians and of /contacts are apart: `contact_id` tells the other one. A hospital has to be there before `hospital_id` names it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['last_name'],
    properties: {
      id: {
        ...idSchema,
        description:
          'Your own id; given by the server where it is left out. It says nothing of /contacts, which know the same person by `contact_id`.',
        examples: ['d-1'],
      },
      ...personMembers,
      ...professionalMembers,
    },
  },
  shown: {
    contact_id: told(
      'The id by which /contacts knows the physician.',
      '0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b10',
    ),
    roles: rolesShown,
  },
  types: ['Practitioner'],
  system: doctorSystem,
  // Who an EHR has written has no tag.
  scope: [['_tag:not', `${TYPES}|pharmacist`]],
  parts: [
    ['_revinclude', 'PractitionerRole:practitioner'],
    ['_include:iterate', 'PractitionerRole:organization'],
  ],
  filters: {
    first_name: { ...byFirst!, schema: { type: 'string', examples: ['Lucia'] } },
    last_name: { ...byLast!, schema: { type: 'string', examples: ['Ortega'] } },
    email: { ...byEmail!, schema: { type: 'string', examples: ['lucia@example.com'] } },
    phone: phoneFilter,
    specialization: {
      description: 'Fields of work, of any of the jobs, that begin with this, whatever the case and accents.',
      schema: { type: 'string', examples: ['Neuro'] },
      search: specialtyTerms,
    },
    medical_license_number: {
      description: 'Number of the medical licence.',
      schema: { type: 'string', examples: ['MX-448812'] },
      search: (value) => [['identifier', token(crmSystems.licences, value)]],
    },
    hospital_id: {
      description: 'The id of a hospital where one of the jobs is.',
      schema: { type: 'string', examples: ['h-12'] },
      search: hospitalTerms,
    },
  },
  sorts: { last_name: 'family', first_name: 'given', email: 'email' },
  toJson: (main, parts) => {
    const { roles, ...json } = professionalJson(main, parts);
    return { id: physicianIdOf(main), ...json, contact_id: contactIdOf(main), roles };
  },
  prepare: prepareProfessional,
  prepareDelete: refuseNeeded,
  toFhir: (input, id, known, context) =>
    professionalWrites(input, id, known, context as ProfessionalContext, {
      ...{ type: 'physician', system: doctorSystem },
    }),
  toDelete: professionalDeletes,
  elsewhere: asContact,
  sublists: { bookings: { of: 'bookings', filter: 'physician_id' } },
  links: (thing) => ({
    contact: `contacts/${encodeURIComponent(String(thing.contact_id))}`,
    ...hospitalLink(thing),
  }),
};

/** The hospital of the job that is shown, where it is there. */
export function hospitalLink({ hospital_id, roles }: Json): Record<string, string> {
  const [role] = (roles ?? []) as Json[];
  if (hospital_id === undefined || role?.hospital_name === undefined) return {};
  return { hospital: `hospitals/${encodeURIComponent(String(hospital_id))}` };
}
