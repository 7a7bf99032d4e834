// The part of the OpenAPI document about doctors' interactions and a patient's timeline, which are kept below the patient.
import type { Json } from './clinicResource.ts';
import { interactionsOf } from './interactions/interactions.ts';
import { answer, json, ref, refusals } from './openApiParts.ts';
import { thingSchemas } from './openApiSchemas.ts';
import { type ThingExamples, thingPaths } from './openApiThings.ts';

const PATH = '/api/v1/patients/{id}/interactions';

/** Those of one patient, whom the examples are about. */
const example = interactionsOf({ id: '3', reference: 'Patient/3' });

const made = thingSchemas(example);
const shown = made.Interaction as Json & { properties: Json };
const data = (item: Json): Json => ({
  type: 'object',
  required: ['data', '_links'],
  properties: { data: { type: 'array', items: item }, _links: ref('schemas', 'Links') },
});
const { _links: _, ...members } = shown.properties;

const evaluation: Json = {
  doctor_name: { type: 'string', description: 'What the doctor is called.' },
  evaluation: {
    type: 'array',
    description: 'What the server makes of each of the vitals.',
    items: { type: 'object' },
  },
};

export const interactionSchemas: Json = {
  InteractionInput: made.InteractionInput,
  Interaction: { ...shown, properties: { ...members, ...evaluation, _links: ref('schemas', 'Links') } },
  InteractionPage: made.InteractionPage,
  InteractionVersions: data({
    type: 'object',
    required: ['version', 'recorded', 'withdrawn'],
    properties: {
      version: { type: 'integer', description: 'From 1 on.' },
      recorded: { type: 'string', format: 'date-time', description: 'When it was stored.' },
      withdrawn: { type: 'boolean', description: 'Whether it was entered in error.' },
      ...members,
      ...evaluation,
    },
  }),
  HistoryPage: data({
    type: 'object',
    required: ['kind', 'resource', '_links'],
    properties: {
      kind: { type: 'string', enum: ['interaction', 'study', 'vital', 'condition', 'referral'] },
      time: { type: 'string', description: 'When it was; absent where it is not known.' },
      text: { type: 'string', description: 'What it is.' },
      status: { type: 'string', description: 'Of the FHIR resource.' },
      value: { description: 'What it says: the value of a reading, the conclusion of a study.' },
      unit: { type: 'string' },
      resource: { type: 'string', description: 'FHIR reference.', examples: ['Encounter/12'] },
      _links: ref('schemas', 'Links'),
    },
  }),
};

const inPath = (name: string, description: string): Json => ({
  ...{ name, in: 'path', required: true, description },
  schema: { type: 'string' },
});

const query = (name: string, description: string, schema: Json): Json => ({
  ...{ name, in: 'query', required: false, description, schema },
});

/** Operations by path below the server's root. */
export function interactionPaths(bases: ThingExamples): Json {
  const paths = thingPaths(example, [], bases) as Record<string, Record<string, Json>>;
  const list = paths[`/api/v1/${example.name}`]!;
  const one = paths[`/api/v1/${example.name}/{id}`]!;
  const patient = inPath('id', 'Id of the patient.');
  const both = [patient, inPath('iid', 'Id of the interaction.')];
  const tagged = (operation: Json, more: Json = {}): Json => ({
    ...operation,
    tags: ['interactions'],
    ...more,
  });
  const { responses } = one.get as { responses: Json };
  const withdrawn = { 410: ref('responses', 'Gone') };
  return {
    [PATH]: {
      parameters: [patient],
      get: tagged(list.get!, { responses: { ...(list.get!.responses as Json), ...refusals(404) } }),
      post: tagged(list.post!, { responses: { ...(list.post!.responses as Json), ...refusals(404) } }),
    },
    [`${PATH}/{iid}`]: {
      parameters: both,
      get: tagged(one.get!, {
        parameters: [ref('parameters', 'IfNoneMatch')],
        responses: { ...responses, ...withdrawn },
      }),
      put: tagged(one.put!, {
        summary: 'Correct an Interaction; what it was stays among its versions',
        responses: { ...(one.put!.responses as Json), ...withdrawn },
      }),
      delete: tagged(one.delete!, {
        summary: 'Withdraw an Interaction as entered in error; what it was stays among its versions',
        responses: { ...(one.delete!.responses as Json), ...withdrawn },
      }),
    },
    [`${PATH}/{iid}/versions`]: {
      parameters: both,
      get: {
        ...{ tags: ['interactions'], operationId: 'listInteractionVersions' },
        summary: 'All versions of an Interaction, the newest first',
        responses: {
          200: answer('Versions.', json(ref('schemas', 'InteractionVersions')), 'ETag'),
          ...refusals(400, 404),
        },
      },
    },
    '/api/v1/patients/{id}/history': {
      parameters: [patient],
      get: {
        ...{ tags: ['interactions'], operationId: 'readHistory' },
        summary: 'All that is known of a patient, newest first',
        parameters: [
          {
            ...query('kind', 'One or more.', {
              type: 'array',
              items: { type: 'string', enum: ['interaction', 'study', 'vital', 'condition', 'referral'] },
            }),
            explode: false,
          },
          query('pageSize', 'Most on a page.', { type: 'integer', minimum: 1, maximum: 200, default: 50 }),
          query('pageToken', 'Where the page before ended; from its `next` link.', { type: 'string' }),
        ],
        responses: {
          200: answer('A page.', json(ref('schemas', 'HistoryPage')), 'ETag', 'Link'),
          ...refusals(400, 404),
        },
      },
    },
  };
}
