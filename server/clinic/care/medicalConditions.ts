// The list of terms for conditions of the plain JSON API: the concepts of one CodeSystem.
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import { TEXT } from '../patients/patientIds.ts';
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import type { Thing } from '../things/thing.ts';
import {
  abbreviationOf,
  type Concept,
  nameOfTerm,
  shippedConditions,
  withAbbreviation,
} from './conditionTerms.ts';
import { currentSystem, storeTerms } from './storeTerms.ts';
import { termJson, termThings } from './termThings.ts';

const text = (maxLength: number): Json => ({ type: 'string', minLength: 1, maxLength, pattern: TEXT });

export const medicalConditions: ClinicResource = {
  name: 'medical-conditions',
  title: 'MedicalCondition',
  description:
    'The terms for conditions that people come for: one list, which grows. Each is a concept of one FHIR CodeSystem.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      id: {
        ...{ type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
        description:
          'Its code; where it is left out, the abbreviation if that is free, else one that is made of the name.',
        examples: ['ALS'],
      },
      name: { ...text(200), description: 'What it is called.', examples: ['Amyotrophic Lateral Sclerosis'] },
      abbreviation: { ...text(40), description: 'How it is called for short.', examples: ['ALS'] },
    },
  },
  shown: {
    other_names: {
      ...{ type: 'array', items: { type: 'string' } },
      description: 'What it is found by, too: names that it had.',
      examples: [["Lou Gehrig's Disease"]],
    },
  },
  types: ['CodeSystem'],
  system: shippedConditions.url,
  scope: [],
  parts: [],
  filters: {
    id: {
      description: 'Codes that begin with this, whatever the case.',
      schema: { ...text(200), examples: ['AL'] },
      search: (value) => [['id', value]],
    },
    name: {
      description: 'Names that begin with this, whatever the case and accents.',
      schema: { ...text(200), examples: ['Amyo'] },
      search: (value) => [['name', value]],
    },
  },
  sorts: { name: 'name', id: 'id' },
  kept: { read: readTerms, store: storeTerms, fhirPath },
  toJson: ({ concept }) => termJson((concept as Concept[])[0]!),
  toFhir: (input, _id, [known]) => [
    fragment(changed(input, (known?.concept as Concept[] | undefined)?.[0]), known?.id),
  ],
  links: ({ id }) => ({ conditions: `conditions?medical_condition=${encodeURIComponent(String(id))}` }),
};

/** All terms; of a code system that is not stored yet, the shipped ones. */
async function readTerms(services: Services, db: Database): Promise<Thing[]> {
  return termThings((await currentSystem(services, db)).base);
}

/** SNOMED CT's synonym: what the name becomes when there is another. */
const SYNONYM = { system: 'http://snomed.info/sct', code: '900000000000013009', display: 'Synonym' };

/** The concept as it is, but for what the plain form tells otherwise; without a code where none is chosen. */
function changed({ id, name, abbreviation }: Json, known: Concept | undefined): Concept {
  const before = (known ?? { code: id }) as Concept;
  const was = known && nameOfTerm(known);
  const { designation = [], ...rest } = before;
  const others = designation.filter(({ value }) => value !== name);
  const isKnown = was === undefined || was === name || others.some(({ value }) => value === was);
  const names = isKnown ? others : [...others, { use: SYNONYM, value: was }];
  const renamed: Concept = {
    ...{ ...rest, display: name as string },
    ...(names.length > 0 && { designation: names }),
  };
  if (abbreviationOf(before) === abbreviation) return renamed;
  return withAbbreviation(renamed, abbreviation as string | undefined);
}

/** A change of one concept, as a code system that has it only. */
function fragment(concept: Concept, id = shippedConditions.id!) {
  const resource: Resource = { resourceType: 'CodeSystem', concept: [concept] };
  return { method: 'PUT' as const, type: 'CodeSystem', id, resource };
}

function fhirPath({ id }: Thing): string {
  const query = new URLSearchParams({ system: shippedConditions.url, code: id });
  return `CodeSystem/$lookup?${query}`;
}
