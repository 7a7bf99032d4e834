// POST /leads/{id}:convert: a lead becomes a patient. It is a new version of the same record, with a physician; nothing is copied.
import { refuse } from '../../errors.ts';
import { moment } from '../care/bookings.ts';
import type { Coding, Reference } from '../fhirParts.ts';
import { namingSchema, TEXT } from '../patients/patientIds.ts';
import type { ClinicAction } from '../things/clinicResource.ts';
import { confirmedWrites, consultationWrites } from './leadCare.ts';
import { stateOf } from './leadFacts.ts';
import { patientTakenOn } from './leadPatient.ts';
import { codingOf, refuseNoDays } from './leadPreparation.ts';
import { findPhysician } from './personReference.ts';

interface Conversion {
  at: string;
  physician: Reference;
  coding: Coding | undefined;
}

export const convertLead: ClinicAction = {
  summary: 'Take on a lead as a patient',
  description:
    'The lead becomes a patient of a physician: a new version of the same record, of which nothing is copied and nothing lost.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['physician_id'],
    properties: {
      physician_id: { ...namingSchema, description: 'The id of the physician.', examples: ['d-1'] },
      initial_consult_date: moment(
        'When the first consultation is, which becomes a booking.',
        '2031-02-10T09:00:00+01:00',
      ),
      medical_condition: {
        ...{ type: 'string', minLength: 1, maxLength: 200, pattern: TEXT },
        description: 'The condition that the physician confirms: a code or name of /medical-conditions.',
        examples: ['GBM'],
      },
      first_contact_date: moment(
        'When the person first got in touch, where that is not what is known.',
        '2026-01-31T10:20:00+01:00',
      ),
    },
  },
  async prepare(services, { input, id, known: [main], at }) {
    if (stateOf(main!) === 'patient') {
      const message = `"${id}" is a patient already: another physician is set as Patient.generalPractitioner, through the FHIR endpoint.`;
      throw refuse(409, 'business-rule', message);
    }
    refuseNoDays(input, at);
    const { reference } = await findPhysician(services, input.physician_id, at);
    const context: Conversion = {
      ...{ at: new Date().toISOString(), physician: { reference } },
      coding: await codingOf(services, input, at),
    };
    return { context };
  },
  toFhir({ first_contact_date, initial_consult_date }, id, known, context) {
    const { at, physician, coding } = context as Conversion;
    const human = known[0]!;
    const resource = patientTakenOn(human, physician, first_contact_date as string | undefined);
    const of = { id, human, known };
    return [
      { method: 'PUT', type: 'Patient', id: human.id!, resource },
      ...consultationWrites(initial_consult_date as string | undefined, of, at),
      ...confirmedWrites(coding, of),
    ];
  },
};
