// The part of the OpenAPI document about doctors' interactions and a patient's timeline, which are kept below the patient.

import { interactions } from '../interactions/interactions.ts';
import { MOST_OF_HISTORY } from '../interactions/patientHistory.ts';
import type { ClinicBelow, Json } from '../things/clinicResource.ts';
import { PAGES, pageMembers, pageParametersOf, query } from './openApiPages.ts';
import { answer, json, ref, refusals, unchanged } from './openApiParts.ts';
import { thingSchemas } from './openApiSchemas.ts';
import { type ThingExamples, thingPaths } from './openApiThings.ts';

const PATH = '/api/v1/patients/{id}/interactions';

const made = thingSchemas(interactions.example);
const { _links: _, ...members } = (made.Interaction as Json & { properties: Json }).properties;
const data = (item: Json, more: Json = {}): Json => ({
  type: 'object',
  required: ['data', '_links'],
  properties: { data: { type: 'array', items: item }, ...more, _links: ref('schemas', 'Links') },
});

const historyEntry: Json = {
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
};

export const interactionSchemas: Json = {
  ...made,
  InteractionVersions: data({
    type: 'object',
    required: ['version', 'recorded', 'withdrawn'],
    properties: {
      version: { type: 'integer', description: 'From 1 on.' },
      recorded: { type: 'string', format: 'date-time', description: 'When it was stored.' },
      withdrawn: { type: 'boolean', description: 'Whether it was entered in error.' },
      ...members,
    },
  }),
  HistoryPage: data(historyEntry, pageMembers),
};

const inPath = (name: string, description: string): Json => ({
  ...{ name, in: 'path', required: true, description },
  schema: { type: 'string' },
});

type Item = Record<string, Json & { responses: Json }> & { parameters?: Json[] };

/** The operations of a kind that is kept below another, as those of any kind. */
function pathsBelow({ parent, name, id, example }: ClinicBelow, bases: ThingExamples): Record<string, Item> {
  const given = `/api/v1/${example.name}`;
  const above = inPath('id', `Id of what it is below, in /api/v1/${parent}.`);
  const paths = Object.entries(thingPaths(example, [], bases) as Record<string, Item>);
  return Object.fromEntries(
    paths.map(([path, { parameters = [], ...operations }]) => [
      `/api/v1/${parent}/{id}/${name}${path.slice(given.length).replace('{id}', `{${id}}`)}`,
      {
        parameters: [above, ...parameters.map((parameter) => ({ ...parameter, name: id }))],
        ...Object.fromEntries(
          Object.entries(operations).map(([method, operation]) => [
            method,
            {
              ...operation,
              tags: [name],
              responses: { ...operation.responses, ...refusals(404, 409) },
            },
          ]),
        ),
      } as Item,
    ]),
  );
}

/** Operations by path below the server's root. */
export function interactionPaths(bases: ThingExamples): Json {
  const paths = pathsBelow(interactions, bases);
  const one = paths[`${PATH}/{iid}`]!;
  one.put!.summary = 'Correct an Interaction; what it was stays among its versions';
  one.patch!.summary = 'Correct some of an Interaction; what it was stays among its versions';
  one.delete!.summary = 'Withdraw an Interaction as entered in error; what it was stays among its versions';
  const patient = inPath('id', 'Id of the patient.');
  return {
    ...paths,
    [`${PATH}/{iid}/versions`]: {
      parameters: [patient, inPath('iid', 'Id of the interaction.')],
      get: {
        ...{ tags: ['interactions'], operationId: 'listInteractionVersions' },
        summary: 'All versions of an Interaction, the newest first',
        parameters: [ref('parameters', 'IfNoneMatch')],
        responses: {
          200: answer('Versions.', json(ref('schemas', 'InteractionVersions')), 'ETag'),
          ...unchanged,
          ...refusals(400, 404, 409),
        },
      },
    },
    '/api/v1/patients/{id}/history': {
      parameters: [patient],
      get: {
        ...{ tags: ['interactions'], operationId: 'readHistory' },
        summary: 'All that is known of a patient, newest first',
        description: PAGES,
        parameters: [
          {
            ...query('kind', 'One or more.', {
              type: 'array',
              items: { type: 'string', enum: ['interaction', 'study', 'vital', 'condition', 'referral'] },
            }),
            explode: false,
          },
          ...pageParametersOf(MOST_OF_HISTORY),
          ref('parameters', 'IfNoneMatch'),
        ],
        responses: {
          200: answer('A page.', json(ref('schemas', 'HistoryPage')), 'ETag', 'Link'),
          ...unchanged,
          ...refusals(400, 404, 409),
        },
      },
    },
  };
}
