// Doctors' interactions with one patient as a kind of thing of the plain JSON API, kept below the patient.
import { FhirError, refuse } from '../../errors.ts';
import type { Resource, Services } from '../../services.ts';
import { patients } from '../patients/patients.ts';
import { withDoctor } from '../people/physicianReference.ts';
import type { ClinicBelow, ClinicResource } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import { findThing } from '../things/thing.ts';
import { IN_ERROR, interactionJson, isPart } from './interactionJson.ts';
import { type Interaction, interactionWrites, withdrawal } from './interactionResources.ts';
import {
  doctorSchema,
  interactionSchema,
  kindSchema,
  momentSchema,
  outcomeSchema,
  shown,
} from './interactionSchema.ts';
import { kindSystem, kinds, outcomeSystem, outcomes } from './interactionTerms.ts';
import { readInteraction } from './readInteraction.ts';

export { doctorSystem } from '../people/physicianReference.ts';

/** A patient whom interactions are of. */
export interface PatientOf {
  /** in the plain form */
  id: string;
  /** `Patient/[id]` */
  reference: string;
}

/** The interactions of a patient, withdrawn ones too. */
export function interactionsOf(patient: PatientOf): ClinicResource {
  const name = `patients/${encodeURIComponent(patient.id)}/interactions`;
  return {
    name,
    title: 'Interaction',
    description:
      'What doctors document of meeting a patient. Each is a FHIR Encounter with what refers to it.',
    schema: interactionSchema,
    shown,
    exactNumbers: true,
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
    withdrawing: {
      live: [['status:not', IN_ERROR]],
      refusal: (main) => (main.status === IN_ERROR ? withdrawn(name, main) : undefined),
    },
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
    standardSort: '-time',
    toJson: interactionJson,
    alsoWrong: async (services, wanted, faults) =>
      (await readInteraction(services, patient, wanted, faults)).issues,
    prepare: async (services, wanted) => {
      const { interaction, issues } = await readInteraction(services, patient, wanted);
      if (issues.length > 0) throw new FhirError(422, issues);
      return { context: interaction };
    },
    toFhir: (_input, id, known, context) => interactionWrites(context as Interaction, id, known),
    toDelete: withdrawal,
    links: ({ id }) => ({
      patient: `patients/${encodeURIComponent(patient.id)}`,
      versions: `${name}/${id}/versions`,
    }),
  };
}

const withdrawn = (name: string, { id }: Resource): FhirError =>
  refuse(
    410,
    'deleted',
    `The interaction was withdrawn as entered in error; what it was is at /api/v1/${name}/${id}/versions.`,
  );

/** @throws FhirError 404; 409 where the id stands for several */
export async function patientOf(services: Services, id: string): Promise<PatientOf> {
  const thing = await findThing(services, patients, id);
  return { id: thing.id, reference: `Patient/${thing.main.id}` };
}

/** What is kept below each patient. */
export const interactions: ClinicBelow = {
  ...{ parent: 'patients', name: 'interactions', id: 'iid' },
  example: interactionsOf({ id: '3', reference: 'Patient/3' }),
  of: async (services, id) => interactionsOf(await patientOf(services, id)),
};
