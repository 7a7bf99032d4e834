// What a contact may say of itself: members of leads and of professionals, each only where it is one.

import { idSchema } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { leads } from './leads.ts';
import { personMembers, physicians, professionalMembers, rolesShown } from './physicians.ts';

const ofLeads = leads.schema.properties as Record<string, Json>;
/** Leads and physicians both have ids, and are both at a hospital. */
const shared = new Set(['id', ...Object.keys(personMembers), 'hospital_id']);
const only = (members: Record<string, Json>) => Object.keys(members).filter((name) => !shared.has(name));

/** Members that somebody of one of these types has not, and why. */
const without = (types: string[], names: string[], description: string): Json => ({
  if: { required: ['contact_type'], properties: { contact_type: { enum: types } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { properties: Object.fromEntries(names.map((name) => [name, { not: {}, description }])) },
});

export const contactSchema: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['contact_type', 'last_name'],
  properties: {
    id: {
      ...idSchema,
      description:
        'Your own id; given by the server where it is left out. It says nothing of /physicians and /patients, which know the same person by `physician_id` and `patient_id`.',
      examples: ['c-17'],
    },
    contact_type: {
      ...{ type: 'string', enum: ['lead', 'patient', 'physician', 'pharmacist'], examples: ['lead'] },
      description:
        'What the contact is; it cannot be changed. A lead becomes a patient by POST /leads/{id}:convert, so none is created here.',
    },
    ...Object.fromEntries(Object.entries(ofLeads).filter(([name]) => !['id', 'hospital_id'].includes(name))),
    ...professionalMembers,
    phone: personMembers.phone,
  },
  allOf: [
    without(
      ['lead', 'patient'],
      only(professionalMembers),
      'is of physicians and pharmacists only: leave it out',
    ),
    without(['physician', 'pharmacist'], only(ofLeads), 'is of leads and patients only: leave it out'),
  ],
  examples: [
    {
      ...{
        id: 'c-17',
        contact_type: 'lead',
        first_name: 'Rosa',
        last_name: 'Luna',
        birth_date: '1979-03-02',
      },
      ...{ email: 'rosa@ejemplo.com', phone: '+528180000017', medical_condition: 'Glioblastoma' },
      ...{ hospital_id: 'h-12', booking_date: '2031-02-03T10:20:00+01:00' },
    },
    {
      ...{ contact_type: 'pharmacist', first_name: 'Elena', last_name: 'Vega', email: 'elena@example.com' },
      ...{ phone: '+52 81 8000 0001', job_title: 'Chief pharmacist', specialization: 'Oncology' },
      ...{ medical_license_number: 'MX-448813', hospital_id: 'h-12' },
    },
  ],
};

const { state: _, physician_id, ...shownOfLeads } = leads.shown as Record<string, Json>;

export const contactShown: Record<string, Json> = {
  ...shownOfLeads,
  physician_id: {
    ...physician_id,
    description:
      'Of a patient, the physician who has taken on the person; of a physician, the id by which /physicians knows the same person.',
  },
  roles: { ...rolesShown, description: `Of physicians and pharmacists. ${rolesShown.description}` },
};

/** The members of a contact by which leads and physicians know it. */
export const membersOf = ({ contact_type: _, ...input }: Json): Json => input;

/** Filters that hold for contacts of every type. */
export const { first_name, last_name, email } = physicians.filters;
