// Patients of the plain JSON API and of CSV files ⇄ Patient. What is kept where: fhir-profiles/clinic/mapping.json.
import type { Resource } from '../../services.ts';
import { codeSystem, defined } from '../fhirParts.ts';
import { lastOutcomeEmbed } from '../interactions/lastOutcomes.ts';
import { toldName, toldPoints, withName, withPoints } from '../people/contactPoints.ts';
import { mergedSystem } from '../people/currentRecord.ts';
import type { ClinicResource, Json, SearchTerms } from '../things/clinicResource.ts';
import { HIDDEN } from '../things/hiddenCharacters.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { stableId } from '../things/stableId.ts';
import { fhirIdIn, isMarked } from '../things/thingIds.ts';
import { prepareDeletion } from './patientDeletion.ts';
import { type Identifier, idSchema, NAME, patientIdOf, patientSystem } from './patientIds.ts';
import { patientStudies } from './patientStudies.ts';

const PROFILE = 'https://salus.example/fhir/StructureDefinition/salus-patient';

export const patients: ClinicResource = {
  name: 'patients',
  title: 'Patient',
  description:
    'Patients of the clinic, and the leads who may become patients: each is one FHIR Patient, and `state` of the list tells them apart. A lead has no id of the clinic: it is listed by its FHIR id, and /leads tells more of it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['last_name'],
    properties: {
      id: {
        ...idSchema,
        description: 'The clinic’s own id; given by the server where it is left out.',
        examples: ['3'],
      },
      first_name: {
        ...{ type: 'string', minLength: 1, maxLength: 200, pattern: NAME },
        description: 'Given names, separated by a blank.',
        examples: ['Diana Laura'],
      },
      last_name: {
        ...{ type: 'string', minLength: 1, maxLength: 200, pattern: NAME },
        description: 'Family name; the whole name of whoever has only one.',
        examples: ['Del Toro'],
      },
      birth_date: {
        type: 'string',
        format: 'partial-date',
        description: 'Date of birth as YYYY-MM-DD; YYYY-MM or YYYY where no more is known.',
        examples: ['1988-08-29'],
      },
      email: {
        ...{ type: 'string', maxLength: 254, pattern: `^[^\\s@${HIDDEN}]+@[^\\s@${HIDDEN}]+$` },
        description: 'E-mail address.',
        examples: ['diana@ejemplo.com'],
      },
    },
  },
  types: ['Patient'],
  system: patientSystem,
  // Whom a merge has made part of somebody else is that other one.
  scope: [['identifier:not', `${mergedSystem}|`]],
  parts: [],
  filters: {
    first_name: {
      description:
        'Given names that begin with this, whatever the case and accents; each word has to be found.',
      schema: { type: 'string', examples: ['Diana'] },
      search: (value) => value.split(/\s+/).map((word) => ['given', exactly(word)]),
    },
    last_name: {
      description: 'Family names that begin with this, whatever the case and accents.',
      schema: { type: 'string', examples: ['Del Toro'] },
      search: (value) => [['family', exactly(value)]],
    },
    birth_date: {
      description: 'Date of birth; a year or month stands for all days of it.',
      schema: { type: 'string', format: 'partial-date', examples: ['1988-08-29', '1988'] },
      search: (value) => [['birthdate', exactly(value)]],
    },
    email: {
      description: 'E-mail address, as it was given.',
      schema: { type: 'string', examples: ['diana@ejemplo.com'] },
      search: (value) => [['email', exactly(value)]],
    },
    state: {
      description:
        'How far they have come: leads, or patients, to whom records of other systems count. Both, where it is left out.',
      schema: { type: 'string', enum: ['lead', 'patient'], examples: ['patient'] },
      // Records of other systems have no tag.
      search: (state) => [
        [state === 'lead' ? '_tag' : '_tag:not', token(codeSystem('person-states'), 'lead')],
      ],
    },
    id: {
      description: 'The one with this id.',
      schema: { type: 'string', maxLength: 255, examples: ['3'] },
      search: withId,
    },
  },
  sorts: { first_name: 'given', last_name: 'family', birth_date: 'birthdate', email: 'email' },
  toJson,
  toFhir: (input, id, known) => {
    const main = known.find(({ resourceType }) => resourceType === 'Patient');
    const fhirId = main?.id ?? stableId('Patient', patientSystem, id);
    return [{ method: 'PUT', type: 'Patient', id: fhirId, resource: patientOf(input, id, fhirId, main) }];
  },
  prepareDelete: prepareDeletion,
  embeds: { studies: patientStudies, last_outcome: lastOutcomeEmbed },
  links: ({ id }) => {
    const self = `patients/${encodeURIComponent(String(id))}`;
    return { interactions: `${self}/interactions`, history: `${self}/history` };
  },
  sublists: {
    studies: { of: 'studies', filter: 'patient_id' },
    bookings: { of: 'bookings', filter: 'patient_id' },
    conditions: { of: 'conditions', filter: 'patient_id' },
    referrals: { of: 'referrals', filter: 'patient_id' },
  },
};

function withId(id: string): SearchTerms {
  const identified = token(patientSystem, id);
  const own = fhirIdIn(id);
  if (own === undefined) return [['identifier', identified]];
  return [['_filter', `identifier eq ${JSON.stringify(identified)} or _id eq "${own}"`]];
}

function toJson(main: Resource): Json {
  const { email } = toldPoints(main);
  return {
    id: patientIdOf(main),
    ...toldName(main),
    ...(main.birthDate !== undefined && { birth_date: main.birthDate }),
    ...(email !== undefined && { email }),
  };
}

/** The Patient as it is, but for what the plain form tells otherwise. */
function patientOf(input: Json, id: string, fhirId: string, main: Resource | undefined): Resource {
  const before: Resource = main ?? { resourceType: 'Patient', meta: { profile: [PROFILE] } };
  const { name: _, telecom: __, birthDate, _birthDate, ...kept } = before;
  const identifiers = (main?.identifier ?? []) as Identifier[];
  // Whom another system has entered keeps its identifiers alone.
  const all = main || isMarked(id) ? identifiers : [{ system: patientSystem, value: id }];
  return {
    ...kept,
    ...{ resourceType: 'Patient', id: fhirId },
    ...(all.length > 0 && { identifier: all }),
    ...defined({ name: withName(main, input), telecom: withPoints(main, input, ['email']) }),
    ...(input.birth_date !== undefined && { birthDate: input.birth_date }),
    // Extensions of a date, such as the time of birth, are of that date.
    ...(birthDate === input.birth_date && _birthDate !== undefined && { _birthDate }),
  };
}
