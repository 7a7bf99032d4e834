// Leads of the plain JSON API ⇄ Patient: people who got in touch, and the patients whom they became. POST is the form of the landing
// page. Who is known already is not entered twice; who only may be is entered and put on the review list. Told in docs/crm-model.md.
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import { moment } from '../care/bookings.ts';
import { shippedConditions } from '../care/conditionTerms.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { referenceTo } from '../fhirParts.ts';
import { idSchema, namingSchema, TEXT } from '../patients/patientIds.ts';
import { patients } from '../patients/patients.ts';
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import { phoneFilter } from './contactPoints.ts';
import { convertLead } from './convertLead.ts';
import { callWrites, correctedWrites, saidWrites } from './leadCare.ts';
import { leadDeletes, prepareLeadDeletion } from './leadDeletion.ts';
import { STATES } from './leadFacts.ts';
import { isLeadPart, leadJson } from './leadJson.ts';
import { correctedPatient, newPatient, returningPatient } from './leadPatient.ts';
import { type LeadContext, prepareLead } from './leadPreparation.ts';
import { reviewTask } from './leadReviews.ts';
import { personMembers } from './physicians.ts';

const { first_name, last_name } = personMembers as Record<string, Json>;
const { birth_date } = patients.schema.properties as Record<string, Json>;
const inState = (state: string): string => token(STATES, state);

export const leads: ClinicResource = {
  name: 'leads',
  title: 'Lead',
  description: [
    'People who got in touch, and the patients whom some of them became. Each is one FHIR Patient, whose tag says which.',
    'POST is the form of the landing page. Let the server of the landing page call it, and hand the answer on to nobody: it tells the whole record of whoever the form is of.',
    'Somebody new is answered with 201. Somebody who certainly is known (the same e-mail or phone and name, or date of birth and name) is answered with 200 and `returning`: the call is booked beside the older ones, the record gets a new version, and nothing of it is lost. Of a lead, what was told last is shown; of a patient, the name, e-mail, phone and hospital that are shown stay, and new ones come behind them. Somebody who only may be known is a new lead, and is put on the list of /lead-reviews.',
    'A hospital has to be there before `hospital_id` names it (POST /hospitals), a condition before `medical_condition` does (POST /medical-conditions). Blanks at the ends of texts are left out.',
  ].join(' '),
  returning:
    'It is somebody who is known, as `returning` says: nothing was lost of what was known, and the new booking is beside the older ones.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['last_name'],
    properties: {
      id: {
        ...idSchema,
        description:
          'Your own id; given by the server where it is left out. Somebody who is known already keeps the id that is told, and is found by this one too.',
        examples: ['l-1'],
      },
      first_name: { ...first_name, examples: ['Diana Laura'] },
      last_name: { ...last_name, examples: ['Del Toro'] },
      email: { ...personMembers.email, examples: ['diana@ejemplo.com'] },
      phone: {
        ...personMembers.phone,
        description: 'Phone number, with the country code; kept without blanks and signs between the digits.',
        examples: ['+528180000000'],
      },
      birth_date,
      first_contact_date: moment(
        'When the person first got in touch: now, where a new lead does not say.',
        '2026-01-31T10:20:00+01:00',
      ),
      hospital_id: { ...namingSchema, description: 'The id of the hospital.', examples: ['h-12'] },
      booking_date: moment(
        'When the call is that the form books; without it, a call is asked for. Told is the latest of the calls. PUT and PATCH leave calls as they are: they are changed at /bookings.',
        '2031-01-31T10:20:00+01:00',
      ),
      reminder_date: moment(
        'When the person is to be reminded of that call, not after it.',
        '2031-01-30T09:00:00+01:00',
      ),
      medical_condition: {
        ...{ type: 'string', minLength: 1, maxLength: 200, pattern: TEXT },
        description:
          'What the person says to have: a code, name or abbreviation of /medical-conditions; told by its name. Of several, one that is more than what the person says, else the one that was told last.',
        examples: ['Glioblastoma'],
      },
    },
  },
  shown: {
    state: {
      ...{ type: 'string', enum: ['lead', 'patient'], examples: ['lead'] },
      description: 'How far the person has come.',
    },
    returning: {
      ...{ type: 'boolean', examples: [false] },
      description: 'Whether the person got in touch again after the first time.',
    },
    last_contact_date: {
      ...{ type: 'string', examples: ['2026-01-31T10:20:00+01:00'] },
      description: 'When the person last sent the form.',
    },
    patient_id: { type: 'string', description: 'Of a patient: the id by which /patients knows the person.' },
    physician_id: { type: 'string', description: 'The id of the physician who has taken on the person.' },
  },
  types: ['Patient'],
  system: crmSystems.Contact,
  scope: [
    ['_tag', `${inState('lead')},${inState('patient')}`],
    ['active:not', 'false'],
  ],
  parts: [
    ['_include', 'Patient:general-practitioner'],
    ['_revinclude', 'Appointment:patient'],
    ['_revinclude', 'Condition:subject'],
    ['_revinclude', 'Task:focus'],
  ],
  isPart: isLeadPart,
  filters: {
    first_name: patients.filters.first_name!,
    last_name: patients.filters.last_name!,
    email: patients.filters.email!,
    birth_date: patients.filters.birth_date!,
    phone: phoneFilter,
    medical_condition: {
      description: 'The code of a condition that the person has, as /medical-conditions tells it.',
      schema: { type: 'string', examples: ['GBM'] },
      search: (value) => [['_has:Condition:subject:code', token(shippedConditions.url, value)]],
    },
    state: {
      description: 'How far they have come.',
      schema: { type: 'string', enum: ['lead', 'patient', 'all'] },
      standard: 'lead',
      search: (state) => (state === 'all' ? [] : [['_tag', inState(state)]]),
    },
  },
  sorts: { first_name: 'given', last_name: 'family', birth_date: 'birthdate', email: 'email' },
  toJson: leadJson,
  prepare: (services, wanted) => prepareLead(services, leads, wanted),
  toFhir: (input, id, known, context) => {
    const { at, coding, candidates, ...told } = context as LeadContext;
    const [main] = known;
    if (!main) {
      const human = newPatient(input, id, { at, ...told });
      const of = { id, human, known };
      const task = candidates.length > 0 ? [reviewTask(referenceTo(human), candidates, at)] : [];
      return [
        put(human),
        ...saidWrites(coding, of),
        ...callWrites(input, of, at),
        ...task.map((resource) => ({ method: 'POST' as const, type: 'Task', resource })),
      ];
    }
    const of = { id, human: main, known };
    if (told.isReturning) {
      const human = returningPatient(input, main, { at, ...told });
      return [put(human), ...saidWrites(coding, of), ...callWrites(input, of, at)];
    }
    const human = correctedPatient(input, leadJson(main, known), main, { at, ...told });
    return [put(human), ...(told.isOtherCondition ? correctedWrites(coding, of) : [])];
  },
  prepareDelete: prepareLeadDeletion,
  toDelete: leadDeletes,
  actions: { convert: convertLead },
  sublists: { bookings: { of: 'bookings', filter: 'contact_id' } },
  links: ({ state, patient_id, physician_id, hospital_id }) => ({
    ...(state === 'patient' && { patient: `patients/${encodeURIComponent(String(patient_id))}` }),
    ...linkTo('physician', physician_id),
    ...linkTo('hospital', hospital_id),
  }),
};

const linkTo = (name: string, id: unknown): Record<string, string> =>
  id === undefined ? {} : { [name]: `${name}s/${encodeURIComponent(String(id))}` };

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType },
  ...{ id: resource.id!, resource },
});
