// The part of the OpenAPI document about what is no kind of thing: alerts, readings in bulk, versions.
import type { Json } from './clinicResource.ts';
import { PAGES, pageMembers, pageParametersOf, query } from './openApiPages.ts';
import { answer, json, plainRefusals, ref, refusals, unchanged } from './openApiParts.ts';
import { MOST_PER_PAGE } from './pageStyles.ts';

const text = (description: string, example?: string): Json => ({
  type: 'string',
  description,
  ...(example === undefined ? {} : { examples: [example] }),
});

const reading: Json = {
  type: 'object',
  required: ['patient', 'code', 'value', 'time'],
  properties: {
    patient: text('Id of the patient, or `system|value` of an identifier.', 'urn:example:mrn|12'),
    code: text('LOINC code or name.', 'pulse'),
    value: {
      type: ['string', 'number', 'boolean'],
      description: 'With its unit where there is no `unit`.',
      examples: [190],
    },
    unit: text('UCUM code or what people write.', '/min'),
    time: text('ISO 8601 with time zone.', '2026-01-31T10:00:00Z'),
    id: text('Of this reading, by its sender: sent again, it is stored once.', 'm-1'),
    device: text('Id of the device.', 'monitor-7'),
    note: text('Anything to note.', 'after exercise'),
    encounter: text('Id of the encounter.'),
  },
};

const rowResult: Json = {
  type: 'object',
  required: ['status'],
  properties: {
    index: { type: 'integer', description: 'Of a reading in JSON.' },
    line: { type: 'integer', description: 'Of a reading in CSV.' },
    status: { type: 'string', enum: ['created', 'known', 'refused'] },
    id: text('Of the Observation.'),
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detail'],
        properties: {
          detail: text('What is wrong.'),
          pointer: text('JSON pointer.'),
          column: text('Of CSV.'),
        },
      },
    },
  },
};

const patientOf: Json = {
  type: 'object',
  required: ['id', 'reference'],
  properties: { id: text('FHIR id.', '12'), reference: text('FHIR reference.', 'Patient/12') },
};

export const fixedSchemas: Json = {
  Reading: reading,
  ReadingsResult: {
    type: 'object',
    required: ['created', 'known', 'refused', 'results'],
    properties: {
      dryRun: { type: 'boolean' },
      created: { type: 'integer' },
      known: { type: 'integer' },
      refused: { type: 'integer' },
      results: { type: 'array', items: rowResult },
    },
  },
  Alert: {
    type: 'object',
    description: 'What readings of a patient gave rise to: a FHIR Flag and DetectedIssue.',
    required: [
      'id',
      'status',
      'severity',
      'title',
      'text',
      'patient',
      'start',
      'latest',
      'acknowledged',
      '_links',
    ],
    properties: {
      id: text('Its id.'),
      status: { type: 'string', enum: ['active', 'resolved', 'withdrawn'] },
      severity: { type: 'string', enum: ['low', 'moderate', 'high'] },
      title: text('Heading.', 'Heart rate'),
      text: text('In one sentence.'),
      patient: patientOf,
      start: { ...text('When it began.'), format: 'date-time' },
      latest: { ...text('Of its latest reading.'), format: 'date-time' },
      end: { ...text('When it ended.'), format: 'date-time' },
      acknowledged: { type: 'boolean', description: 'Whether somebody has seen it as severe as it is now.' },
      acknowledgements: { type: 'array', items: { type: 'object' } },
      _links: ref('schemas', 'Links'),
    },
  },
  AlertPage: {
    type: 'object',
    required: ['data', '_links'],
    properties: {
      data: { type: 'array', items: ref('schemas', 'Alert') },
      ...pageMembers,
      _links: ref('schemas', 'Links'),
    },
  },
  Acknowledgement: {
    type: 'object',
    additionalProperties: false,
    required: ['who'],
    properties: {
      who: text('Reference to who has seen it.', 'Practitioner/12'),
      when: { ...text('Now, where it is left out.', '2026-01-31T10:20:00+01:00'), format: 'date-time' },
      note: text('What is done about it.', 'seen at the bedside'),
    },
  },
};

const words = (...some: string[]): Json => ({ type: 'array', items: { type: 'string', enum: some } });

const filters: Json[] = [
  { ...query('severity', 'One or more.', words('low', 'moderate', 'high')), explode: false },
  query('patient', 'Id of the patient.', text('As `[id]` or `Patient/[id]`.', '12')),
];

const alertId: Json = {
  ...{ name: 'id', in: 'path', required: true, description: 'Id of the alert.', schema: { type: 'string' } },
};

const operation = (tag: string, operationId: string, summary: string, rest: Json): Json => ({
  ...{ tags: [tag], operationId, summary },
  ...rest,
});

/** Operations by path below the server's root. */
export function fixedPaths(base: string): Json {
  const links = { type: 'object', required: ['_links'], properties: { _links: ref('schemas', 'Links') } };
  const rows = { type: 'array', items: ref('schemas', 'Reading') };
  const known = [ref('parameters', 'IfNoneMatch')];
  return {
    '/api/v1/vitals': {
      post: operation('vitals', 'registerVitals', 'Register readings in bulk', {
        description:
          'Each is answered for by itself; only where none could be stored the whole is refused (422).',
        parameters: [query('dryRun', 'Whether to check only.', { type: 'boolean', default: false })],
        requestBody: {
          required: true,
          content: {
            ...json(
              { anyOf: [rows, { type: 'object', required: ['vitals'], properties: { vitals: rows } }] },
              [{ patient: 'urn:example:mrn|12', code: 'pulse', value: 190, time: '2026-01-31T10:00:00Z' }],
            ),
            'text/csv': {
              schema: { type: 'string' },
              example: 'patient,code,value,time\nurn:example:mrn|12,pulse,190,2026-01-31T10:00:00Z\n',
            },
          },
        },
        responses: {
          200: answer('What became of each reading.', json(ref('schemas', 'ReadingsResult'))),
          ...refusals(400, 413, 415, 422),
        },
      }),
    },
    '/api/v1/alerts': {
      get: operation('alerts', 'listAlerts', 'Alerts, the latest begun first', {
        description: PAGES,
        parameters: [
          { ...query('status', 'One or more.', words('active', 'resolved', 'withdrawn')), explode: false },
          ...filters,
          query('acknowledged', 'Whether somebody has seen them.', { type: 'boolean' }),
          ...pageParametersOf(MOST_PER_PAGE),
          ref('parameters', 'IfNoneMatch'),
        ],
        responses: {
          200: answer('A page.', json(ref('schemas', 'AlertPage')), 'ETag', 'Link'),
          ...unchanged,
          ...refusals(400),
        },
      }),
    },
    '/api/v1/alerts/stream': {
      get: operation('alerts', 'streamAlerts', 'Alerts as they begin and change', {
        description:
          'Server-sent events, which go on where the client was: by Last-Event-ID, in any process.',
        parameters: [
          ...filters,
          query('lastEventId', 'Go on after this event.', { type: 'integer', minimum: 0 }),
        ],
        responses: {
          200: answer('Events without end.', { 'text/event-stream': { schema: { type: 'string' } } }),
          ...refusals(400),
        },
      }),
    },
    '/api/v1/alerts/{id}': {
      parameters: [alertId],
      get: operation('alerts', 'readAlert', 'One alert', {
        parameters: [ref('parameters', 'IfNoneMatch')],
        responses: {
          200: answer('It.', json(ref('schemas', 'Alert')), 'ETag'),
          ...unchanged,
          ...refusals(400, 404),
        },
      }),
    },
    '/api/v1/alerts/{id}/acknowledge': {
      parameters: [alertId],
      post: operation('alerts', 'acknowledgeAlert', 'Say that somebody has seen it', {
        requestBody: {
          required: true,
          content: json(ref('schemas', 'Acknowledgement'), { who: 'Practitioner/12', note: 'seen' }),
        },
        responses: {
          200: answer('It, as it is now.', json(ref('schemas', 'Alert'))),
          ...refusals(400, 404, 413, 415),
        },
      }),
    },
    '/api': {
      get: operation('api', 'listVersions', 'Which versions there are', {
        parameters: known,
        responses: { 200: answer('Versions.', json(links), 'ETag'), ...unchanged, ...plainRefusals(400) },
      }),
    },
    '/api/v1': {
      get: operation('api', 'readIndex', 'What there is in this version', {
        parameters: known,
        responses: {
          200: answer('Links.', json(links, { _links: { self: { href: base } } }), 'ETag'),
          ...unchanged,
          ...plainRefusals(400),
        },
      }),
    },
    '/api/openapi.json': {
      get: operation('api', 'readOpenApi', 'This document', {
        parameters: known,
        responses: {
          200: answer('OpenAPI 3.1.', json({ type: 'object' }), 'ETag'),
          ...unchanged,
          ...plainRefusals(400),
        },
      }),
    },
    '/api/docs': {
      get: operation('api', 'readDocs', 'This document as a page to try it out (Swagger UI)', {
        parameters: known,
        responses: {
          200: answer('The page.', { 'text/html': { schema: { type: 'string' } } }, 'ETag'),
          ...plainRefusals(400),
        },
      }),
    },
  };
}
