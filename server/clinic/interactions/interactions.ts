// Doctors' interactions with one patient as a kind of thing of the plain JSON API, kept below the patient.
import { refuse } from '../../errors.ts';
import type { Resource, Services } from '../../services.ts';
import type { ClinicResource, Json } from '../clinicResource.ts';
import { patients } from '../patients/patients.ts';
import { withDoctor } from '../people/physicianReference.ts';
import { token } from '../searchTerms.ts';
import { findThing, type Thing } from '../thing.ts';
import { IN_ERROR, interactionJson, isPart } from './interactionJson.ts';
import { type Interaction, interactionWrites, withdrawal } from './interactionResources.ts';
import { kindSystem, kinds, outcomeSystem, outcomes } from './interactionTerms.ts';

export { doctorSystem } from '../people/physicianReference.ts';

/** A patient whom interactions are of. */
export interface PatientOf {
  /** in the plain form */
  id: string;
  /** `Patient/[id]` */
  reference: string;
}

const doctorSchema: Json = {
  ...{ type: 'string', minLength: 1, maxLength: 255, pattern: '^\\S+$' },
  description: 'The doctor: the id by which /physicians knows one, or Practitioner/[id].',
  examples: ['dr-7'],
};

const kindSchema: Json = { type: 'string', enum: Object.keys(kinds), description: 'How the two met.' };

const outcomeSchema: Json = {
  ...{ type: 'string', enum: Object.keys(outcomes) },
  description: 'What the doctor concludes of the patient’s health.',
};

/** JSON Schema of what a client sends. */
export const interactionSchema: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['doctor', 'time', 'kind', 'outcome'],
  properties: {
    doctor: doctorSchema,
    time: {
      ...{ type: 'string', format: 'date-time', pattern: '^(?!.*:60)[0-9T:.Z+-]*$' },
      description: 'When it was, with its time zone.',
      examples: ['2026-01-31T10:20:00+01:00'],
    },
    kind: kindSchema,
    outcome: outcomeSchema,
    notes: {
      ...{ type: 'string', maxLength: 100_000, pattern: '\\S' },
      description: 'What the doctor writes about it.',
    },
    vitals: {
      ...{ type: 'array', minItems: 1, maxItems: 50 },
      description: 'Readings taken in it, evaluated like all others. Numbers keep their digits.',
      items: {
        type: 'object',
        required: ['code', 'value'],
        properties: {
          code: { description: 'A LOINC code, system|code, or a name.', examples: ['heart rate', '8310-5'] },
          value: { description: 'A number, 120/80, or a word.', examples: [72, '120/80', 'alert'] },
          unit: { description: 'Of UCUM, or as people write it.', examples: ['/min', '°C'] },
          device: { description: 'Device/[id], or how it is called.' },
          note: { description: 'What is to be known of the reading.' },
        },
      },
    },
  },
};

const momentSchema: Json = {
  type: 'string',
  pattern:
    '^\\d{4}(?:-\\d{2}(?:-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2}))?)?)?$',
  examples: ['2026-01-31'],
};

/** The interactions of a patient, withdrawn ones too; `interaction` is what a create or a correction is to store. */
export function interactionsOf(patient: PatientOf, interaction?: Interaction): ClinicResource {
  const name = `patients/${encodeURIComponent(patient.id)}/interactions`;
  return {
    name,
    title: 'Interaction',
    description:
      'What doctors document of meeting a patient. Each is a FHIR Encounter with what refers to it.',
    schema: interactionSchema,
    types: ['Encounter'],
    // None has such an identifier: an interaction is known by the id of its Encounter.
    system: 'https://salus.example/fhir/sid/interactions',
    scope: [
      ['type', `${kindSystem}|`],
      ['subject', patient.reference],
    ],
    parts: [
      ['_revinclude', 'Observation:encounter'],
      ['_revinclude', 'DocumentReference:encounter'],
    ],
    isPart,
    filters: {
      from: {
        description: 'Not before this date or time.',
        schema: momentSchema,
        search: (value) => [['date', `ge${value}`]],
      },
      to: {
        description: 'Not after this date or time; a date stands for the whole day.',
        schema: momentSchema,
        search: (value) => [['date', `le${value}`]],
      },
      doctor: {
        description: 'With this doctor.',
        schema: doctorSchema,
        search: withDoctor,
      },
      kind: {
        description: 'Of this kind.',
        schema: kindSchema,
        search: (value) => [['type', token(kindSystem, kinds[value]!.code)]],
      },
      outcome: {
        description: 'With this outcome.',
        schema: outcomeSchema,
        search: (value) => [
          ['_has:Observation:encounter:value-concept', token(outcomeSystem, outcomes[value]!.code)],
        ],
      },
    },
    sorts: { time: 'date' },
    toJson: interactionJson,
    toFhir: (_input, id, known) => {
      if (!interaction) throw new Error('There is nothing to store');
      refuseWithdrawn(name, known[0]);
      return interactionWrites(interaction, id, known);
    },
    toDelete: (known) => {
      refuseWithdrawn(name, known[0]);
      return withdrawal(known);
    },
    links: ({ id }) => ({
      patient: `patients/${encodeURIComponent(patient.id)}`,
      versions: `${name}/${id}/versions`,
    }),
  };
}

/** Those that count: without the withdrawn ones. */
export function liveInteractionsOf(patient: PatientOf): ClinicResource {
  const all = interactionsOf(patient);
  return { ...all, scope: [...all.scope, ['status:not', IN_ERROR]] };
}

function refuseWithdrawn(name: string, main: Resource | undefined): void {
  if (main?.status !== IN_ERROR) return;
  throw refuse(
    410,
    'deleted',
    `The interaction was withdrawn as entered in error; what it was is at /api/v1/${name}/${main.id}/versions.`,
  );
}

/** @throws FhirError 404 */
export async function patientOf(services: Services, id: string): Promise<PatientOf> {
  const thing = await findThing(services, patients, id);
  return { id: thing.id, reference: `Patient/${thing.main.id}` };
}

/** @throws FhirError 404; 410 for one that was withdrawn */
export async function findInteraction(services: Services, patient: PatientOf, id: string): Promise<Thing> {
  const resource = interactionsOf(patient);
  const thing = await findThing(services, resource, id);
  refuseWithdrawn(resource.name, thing.main);
  return thing;
}
