// Patients of the plain JSON API and of CSV files ⇄ Patient. What is kept where: fhir-profiles/clinic/mapping.json.
import type { Resource } from '../../services.ts';
import type { ClinicResource, Json } from '../clinicResource.ts';
import { lastOutcomeEmbed } from '../interactions/lastOutcomes.ts';
import { exactly } from '../searchTerms.ts';
import { stableId } from '../stableId.ts';
import { type Identifier, idSchema, patientIdOf, patientSystem, TEXT } from './patientIds.ts';
import { patientStudies } from './patientStudies.ts';

const PROFILE = 'https://salus.example/fhir/StructureDefinition/salus-patient';

interface HumanName {
  use?: string;
  text?: string;
  family?: string;
  given?: string[];
}
interface ContactPoint {
  system?: string;
  value?: string;
  use?: string;
}

export const patients: ClinicResource = {
  name: 'patients',
  title: 'Patient',
  description: 'Patients of the clinic. Each is a FHIR Patient.',
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
        ...{ type: 'string', minLength: 1, maxLength: 200, pattern: TEXT },
        description: 'Given names, separated by a blank.',
        examples: ['Diana Laura'],
      },
      last_name: {
        ...{ type: 'string', minLength: 1, maxLength: 200, pattern: TEXT },
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
        ...{ type: 'string', maxLength: 254, pattern: '^[^\\s@\\u0000-\\u001f]+@[^\\s@\\u0000-\\u001f]+$' },
        description: 'E-mail address.',
        examples: ['diana@ejemplo.com'],
      },
    },
  },
  types: ['Patient'],
  system: patientSystem,
  scope: [],
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
  },
  sorts: { first_name: 'given', last_name: 'family', birth_date: 'birthdate' },
  toJson,
  toFhir: (input, id, known) => {
    const main = known.find(({ resourceType }) => resourceType === 'Patient');
    const fhirId = main?.id ?? stableId('Patient', patientSystem, id);
    return [{ method: 'PUT', type: 'Patient', id: fhirId, resource: patientOf(input, id, fhirId, main) }];
  },
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

function toJson(main: Resource): Json {
  const name = namesOf(main)[nameAt(main)];
  const first = name?.given?.join(' ');
  const last = name?.family ?? (first === undefined ? name?.text : undefined);
  const email = emailsOf(main)[0]?.value;
  return {
    id: patientIdOf(main),
    ...(first !== undefined && { first_name: first }),
    ...(last !== undefined && { last_name: last }),
    ...(main.birthDate !== undefined && { birth_date: main.birthDate }),
    ...(email !== undefined && { email }),
  };
}

/** The Patient as it is, but for what the plain form tells otherwise. */
function patientOf(input: Json, id: string, fhirId: string, main: Resource | undefined): Resource {
  const before: Resource = main ?? { resourceType: 'Patient', meta: { profile: [PROFILE] } };
  const { name: _, telecom: __, birthDate: ___, _birthDate, ...kept } = before;
  const told = main ? toJson(main) : {};
  const identifiers = (main?.identifier ?? []) as Identifier[];
  const isIdentified = identifiers.some(({ system }) => system === patientSystem);
  const names = withName(main, told, input);
  const telecom = withEmail(main, told, input);
  const isSameDate = told.birth_date === input.birth_date;
  return {
    ...kept,
    ...{ resourceType: 'Patient', id: fhirId },
    identifier: isIdentified ? identifiers : [{ system: patientSystem, value: id }, ...identifiers],
    ...(names.length > 0 && { name: names }),
    ...(telecom.length > 0 && { telecom }),
    ...(input.birth_date !== undefined && { birthDate: input.birth_date }),
    // Extensions of a date, such as the time of birth, are of that date.
    ...(isSameDate && _birthDate !== undefined && { _birthDate }),
  };
}

const namesOf = (main: Resource | undefined) => (main?.name ?? []) as HumanName[];

/** Which of the names is the one to show: the official one, else the first that is not out of use. */
function nameAt(main: Resource | undefined): number {
  const names = namesOf(main);
  const official = names.findIndex(({ use }) => use === 'official');
  if (official >= 0) return official;
  return Math.max(
    names.findIndex(({ use }) => use !== 'old'),
    0,
  );
}

function withName(main: Resource | undefined, told: Json, { first_name, last_name }: Json): HumanName[] {
  const names = namesOf(main);
  if (main && told.first_name === first_name && told.last_name === last_name) return names;
  const at = nameAt(main);
  // A text of the whole name is no longer true.
  const { text: _, family: __, given, ...rest } = names[at] ?? { use: 'official' };
  const name = {
    ...rest,
    ...(last_name !== undefined && { family: last_name as string }),
    ...(first_name !== undefined && {
      given: told.first_name === first_name && given ? given : givenNames(first_name as string),
    }),
  };
  return names.length === 0 ? [name] : names.map((each, i) => (i === at ? name : each));
}

/** One name for each word; a text with other white space between them stays as it is, so that none of it is lost. */
export function givenNames(text: string): string[] {
  const words = text.split(' ');
  return words.every((word) => /^\S+$/.test(word)) ? words : [text];
}

const isEmail = ({ system, use }: ContactPoint) => system === 'email' && use !== 'old';
const emailsOf = (main: Resource | undefined) => ((main?.telecom ?? []) as ContactPoint[]).filter(isEmail);

function withEmail(main: Resource | undefined, told: Json, { email }: Json): ContactPoint[] {
  const all = (main?.telecom ?? []) as ContactPoint[];
  if (told.email === email) return all;
  const [shown] = emailsOf(main);
  if (email === undefined) return all.filter((each) => each !== shown);
  if (!shown) return [...all, { system: 'email', value: email as string }];
  return all.map((each) => (each === shown ? { ...each, value: email as string } : each));
}
