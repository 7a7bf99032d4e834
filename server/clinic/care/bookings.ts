// Bookings of the plain JSON API ⇄ Appointment: every call that somebody books is one of its own, and none is written over another.

import { crmSystems } from '../crm/crmTables.ts';
import { patientSystem, TEXT } from '../patients/patientIds.ts';
import { doctorSystem } from '../people/physicianReference.ts';
import type { ClinicResource, Json, SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { fhirIdIn, NO_MARK } from '../things/thingIds.ts';
import { BOOKED_CALL } from './bookingAppointment.ts';
import { type BookingPlan, bookingAppointment, bookingJson } from './bookingJson.ts';
import { bookingStatuses } from './bookingStatus.ts';
import { prepareBooking } from './prepareBooking.ts';

/** Ids that a CRM has given may hold blanks. */
const ID =
  '(?!\\.{1,2}$)[^\\s\\u0000-\\u001f\\u007f](?:[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f])?$';
const anyId = { type: 'string', minLength: 1, maxLength: 255, pattern: `^${ID}` };

const MOMENT =
  '^(?!0000)\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?:T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,3})?(?:Z|[+-](?:0\\d|1[0-3]):[0-5]\\d|[+-]14:00))?$';
export const moment = (description: string, example: string): Json => ({
  ...{ type: 'string', pattern: MOMENT, description, examples: [example, example.slice(0, 10)] },
});
const kindSchema: Json = {
  ...{ type: 'string', minLength: 1, maxLength: 200, pattern: TEXT },
  description: `What kind of call it is; "${BOOKED_CALL}" where it is left out.`,
  examples: ['Initial consultation'],
};
const statusSchema: Json = {
  ...{ type: 'string', enum: bookingStatuses },
  description:
    'What has become of it. Left out, it is booked, or proposed without a booking_date; of one that is there, it stays as it is.',
};

const momentFilter: Json = {
  ...{ type: 'string', pattern: MOMENT, examples: ['2031-01-31'] },
  description: 'a date, or a date and time with its zone',
};

export const bookings: ClinicResource = {
  name: 'bookings',
  title: 'Booking',
  description:
    'Calls that contacts, leads and patients have booked. Each is a FHIR Appointment of its own, and none is ever written over another: who moves a call changes its booking_date and its former versions stay; who books again makes another one. Whoever takes part has to be there first.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [
      {
        ...{ contact_id: 'c-17', physician_id: 'd-1', kind: 'Initial consultation', duration_minutes: 30 },
        ...{ booking_date: '2031-01-31T10:20:00+01:00', reminder_date: '2031-01-30T09:00:00+01:00' },
        note: 'Call the mother.',
      },
    ],
    properties: {
      id: {
        ...{ ...anyId, pattern: `^${NO_MARK}${ID}` },
        description: 'Your own id; given by the server where it is left out.',
        examples: ['b-1'],
      },
      contact_id: {
        ...anyId,
        description:
          'The id of the contact or lead whom the call is with. A new booking needs it or patient_id; where both are given, they must be the same person. A booking stays with its person.',
        examples: ['c-17'],
      },
      patient_id: { ...anyId, description: 'The id of the patient whom it is with.', examples: ['3'] },
      physician_id: {
        ...anyId,
        description: 'The id of a physician who takes part too.',
        examples: ['d-1'],
      },
      kind: kindSchema,
      status: statusSchema,
      no_show: {
        type: 'boolean',
        description:
          'true: the person did not come, the same as the status noshow. false of a call that has begun: fulfilled, where the status is not told.',
      },
      booking_date: moment(
        'When the call begins, with its time zone; YYYY-MM-DD where only the day is known. Told back as it was sent.',
        '2031-01-31T10:20:00+01:00',
      ),
      duration_minutes: {
        ...{ type: 'integer', minimum: 1, maximum: 1_440 },
        description: 'How long it takes, in minutes: a day at most.',
        examples: [30],
      },
      reminder_date: moment(
        'When the person is to be reminded, not after the call; YYYY-MM-DD for a day.',
        '2031-01-30T09:00:00+01:00',
      ),
      note: {
        ...{ type: 'string', minLength: 1, maxLength: 10_000, pattern: TEXT },
        description: 'What is to be known of it.',
        examples: ['Call the mother.'],
      },
    },
  },
  shown: { end: { type: 'string', description: 'When it ends, where that is known.' } },
  types: ['Appointment'],
  system: crmSystems.bookings,
  scope: [],
  parts: [
    ['_include', 'Appointment:patient'],
    ['_include', 'Appointment:practitioner'],
  ],
  filters: {
    contact_id: {
      description:
        'The id of the contact or lead whom it is with; Patient/[id] and Practitioner/[id] are FHIR ids.',
      schema: { type: 'string', examples: ['c-17'] },
      search: (value) => callsOf(value, crmSystems.Contact, ['patient', 'practitioner']),
    },
    patient_id: {
      description: 'The id of the patient whom it is with; Patient/[id] is a FHIR id.',
      schema: { type: 'string', examples: ['3'] },
      search: (value) => callsOf(value, patientSystem, ['patient']),
    },
    physician_id: {
      description:
        'The id of a physician who takes part, also in calls of the physician’s own; Practitioner/[id] is a FHIR id.',
      schema: { type: 'string', examples: ['d-1'] },
      search: (value) =>
        /^Practitioner\//.test(value)
          ? [['practitioner', exactly(value)]]
          : [['_filter', terms('practitioner', doctorSystem, value)]],
    },
    status: {
      description: 'What has become of it.',
      schema: { type: 'string', enum: bookingStatuses },
      search: (value) => [['status', value]],
    },
    no_show: {
      description: 'true: those to which the person did not come; false: all others.',
      schema: { type: 'string', enum: ['true', 'false'] },
      search: (value) => [[value === 'true' ? 'status' : 'status:not', 'noshow']],
    },
    kind: {
      description: 'Kinds that begin with this, whatever the case.',
      schema: { type: 'string', examples: ['Initial consultation'] },
      search: (value) => [['service-type:text', exactly(value)]],
    },
    from: {
      description: 'Those that begin not before this date or time.',
      schema: momentFilter,
      search: (value) => [['date', `ge${value}`]],
    },
    to: {
      description: 'Those that begin not after this date or time; a date stands for the whole day.',
      schema: momentFilter,
      search: (value) => [['date', `le${value}`]],
    },
  },
  sorts: { booking_date: 'date', status: 'status' },
  toJson: bookingJson,
  prepare: prepareBooking,
  toFhir: (input, id, [known], context) => {
    const resource = bookingAppointment(input, id, known, context as BookingPlan);
    const request = { method: 'PUT' as const, type: 'Appointment', id: resource.id!, resource };
    return [known ? request : { ...request, ifNoneMatchAny: true }];
  },
  links: ({ contact_id, patient_id, physician_id }) => ({
    ...linkTo('contact', contact_id),
    ...linkTo('patient', patient_id),
    ...linkTo('physician', physician_id),
  }),
};

const linkTo = (name: string, id: unknown): Record<string, string> =>
  id === undefined ? {} : { [name]: `${name}s/${encodeURIComponent(String(id))}` };

/** Calls with a person: who is a professional takes part in those of patients too, which are not of that person. */
function callsOf(
  value: string,
  system: string,
  people: readonly ('patient' | 'practitioner')[],
): SearchTerms {
  if (/^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(value)) return [['patient', value]];
  if (people.includes('practitioner') && /^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.test(value)) {
    return [
      ['practitioner', value],
      ['patient:missing', 'true'],
    ];
  }
  const any = people.map((name) =>
    name === 'patient'
      ? terms(name, system, value)
      : `((${terms(name, system, value)}) and patient pr false)`,
  );
  return [['_filter', any.join(' or ')]];
}

/** A `_filter` of who takes part: by the identifier, or by a FHIR id. */
function terms(name: 'patient' | 'practitioner', system: string, id: string): string {
  const identified = `${name}.identifier eq ${quoted(token(system, id))}`;
  const fhirId = fhirIdIn(id);
  if (fhirId === undefined) return identified;
  const type = name === 'patient' ? 'Patient' : 'Practitioner';
  return `${identified} or ${name} eq "${type}/${fhirId}"`;
}

/** A string of `_filter`, which takes no control characters. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
