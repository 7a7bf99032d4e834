// People's conditions of the plain JSON API ⇄ Condition, coded by the list of terms (medicalConditions.ts).
import { FhirError } from '../../errors.ts';
import type { Services } from '../../services.ts';
import { namingSchema, patientSystem } from '../patients/patientIds.ts';
import { findPerson } from '../people/personReference.ts';
import type { ClinicFilter, ClinicResource, Json, SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { NO_MARK } from '../things/thingIds.ts';
import { type ConditionContext, conditionJson, conditionOf, LONGEST_ID } from './conditionJson.ts';
import { CLINICAL, conditionSystem, VERIFICATION } from './conditionResource.ts';
import { readConditionTerms, shippedConditions, type TermIndex } from './conditionTerms.ts';
import { prepareCondition } from './prepareCondition.ts';

const ZONE = '(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)';
const TIME = `T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?${ZONE}`;
const DATE = `^[12]\\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\\d|3[01])(?:${TIME})?)?)?$`;

/** What follows from words has blanks in it. */
const ID = `^(?!\\.{1,2}$)${NO_MARK}(?!\\s)[^\\u0000-\\u001f\\u007f]+(?<!\\s)$`;

const date = (description: string, example: string): Json => ({
  ...{ type: 'string', pattern: DATE, examples: [example] },
  description: `${description} YYYY-MM-DD; YYYY-MM or YYYY where no more is known.`,
});

const statusSchema: Json = {
  ...{ type: 'string', enum: ['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'] },
  description: 'How it stands with it; active where it is left out.',
};

const verificationSchema: Json = {
  ...{ type: 'string', enum: ['unconfirmed', 'provisional', 'differential', 'confirmed', 'refuted'] },
  description: 'How sure it is.',
  examples: ['confirmed'],
};

export const conditions: ClinicResource = {
  name: 'conditions',
  title: 'Condition',
  description:
    'Conditions of patients and leads, by the terms of /medical-conditions. Each is a FHIR Condition; those that other systems coded otherwise are shown with their words. The patient and the term have to be there first.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['patient_id', 'medical_condition'],
    properties: {
      id: {
        ...{ type: 'string', minLength: 1, maxLength: LONGEST_ID, pattern: ID },
        description: 'Your own id; given by the server where it is left out.',
        examples: ['c-1'],
      },
      patient_id: { ...namingSchema, description: 'The id of the patient.', examples: ['3'] },
      medical_condition: {
        ...{ type: 'string', minLength: 1, maxLength: 1_000, pattern: '\\S' },
        description: 'What it is: the id, name or abbreviation of a term; told back as its id.',
        examples: ['DMD'],
      },
      status: statusSchema,
      verification: verificationSchema,
      onset_date: date('When it began.', '2021-05'),
      abatement_date: date('When it ended; of one that is inactive, in remission or resolved.', '2024-02-11'),
      recorded_date: date('When it was recorded; of a new one, now where it is left out.', '2024-02-12'),
      note: {
        ...{ type: 'string', minLength: 1, maxLength: 10_000, pattern: '\\S' },
        description: 'What else there is to say.',
        examples: ['Seen at the first consultation.'],
      },
    },
    examples: [{ patient_id: '3', medical_condition: 'DMD', status: 'active', onset_date: '2021-05' }],
  },
  shown: {
    name: {
      ...{ type: 'string', description: 'What it is called: of a term, its name as it is now.' },
      examples: ['Duchenne Muscular Dystrophy'],
    },
    code: { type: 'string', description: 'Its code: of a term, the id.', examples: ['DMD'] },
    code_system: {
      ...{ type: 'string', description: 'What the code is of.', examples: [shippedConditions.url] },
    },
  },
  types: ['Condition'],
  system: conditionSystem,
  scope: [['verification-status:not', `${VERIFICATION}|entered-in-error`]],
  parts: [['_include', 'Condition:subject']],
  filters: {
    patient_id: {
      description: 'The id of the patient; Patient/[id] is a FHIR id.',
      schema: { type: 'string', examples: ['3'] },
      search: ofPerson,
    },
    medical_condition: {
      description:
        'What it is: the id, name or abbreviation of a term; of what is no term, texts that begin with this.',
      schema: { type: 'string', minLength: 1, maxLength: 1_000, pattern: '\\S', examples: ['DMD'] },
      search: async (value, services) => {
        const term = (await readConditionTerms(services, services.searchDb)).find(value);
        return [term ? ['code', token(shippedConditions.url, term.code)] : ['code:text', exactly(value)]];
      },
    },
    status: {
      description: 'With this status.',
      schema: statusSchema,
      search: (value) => [['clinical-status', token(CLINICAL, value)]],
    },
    verification: {
      description: 'This sure.',
      schema: verificationSchema,
      search: (value) => [['verification-status', token(VERIFICATION, value)]],
    },
    onset_from: onset('Those that began then or later.', 'ge'),
    onset_to: onset('Those that began then or earlier.', 'le'),
  },
  sorts: {
    onset_date: 'onset-date',
    abatement_date: 'abatement-date',
    recorded_date: 'recorded-date',
    medical_condition: 'code',
    status: 'clinical-status',
  },
  toJson: (main, parts, terms) => conditionJson(main, parts, terms as Pick<TermIndex, 'find'> | undefined),
  wordsNow: readConditionTerms,
  prepare: prepareCondition,
  toFhir: (input, id, known, context) => {
    const resource = conditionOf(input, id, known, context as ConditionContext);
    const isNew = known.length === 0;
    return [
      {
        method: 'PUT',
        type: 'Condition',
        id: resource.id!,
        resource,
        ...(isNew && { ifNoneMatchAny: true }),
      },
    ];
  },
  links: ({ patient_id, medical_condition, code_system }) => ({
    ...(patient_id !== undefined && { patient: `patients/${encodeURIComponent(String(patient_id))}` }),
    ...(code_system === shippedConditions.url && {
      medical_condition: `medical-conditions/${encodeURIComponent(String(medical_condition))}`,
    }),
  }),
};

function onset(description: string, prefix: string): ClinicFilter {
  const schema = {
    ...{ type: 'string', pattern: DATE, examples: ['2021-05'] },
    description: 'a date, which may be a year or a month',
  };
  return { description, schema, search: (value) => [['onset-date', `${prefix}${value}`]] };
}

/** Of whom /patients knows by an id, or of `Patient/[id]`. */
async function ofPerson(value: string, services: Services): Promise<SearchTerms> {
  if (/^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(value)) return [['subject', value]];
  try {
    const { reference } = await findPerson(services, { patient_id: value });
    return [['subject', reference]];
  } catch (error) {
    if (!(error instanceof FhirError) || error.status !== 422) throw error;
    // Nobody has the id, and so nothing is found.
    return [['patient.identifier', token(patientSystem, value)]];
  }
}
