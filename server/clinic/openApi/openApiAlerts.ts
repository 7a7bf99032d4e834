// The part of the OpenAPI document about alerts.
import type { Json } from '../things/clinicResource.ts';
import { MOST_PER_PAGE } from '../things/pageStyles.ts';
import { PAGES, pageMembers, pageParametersOf, query } from './openApiPages.ts';
import { answer, json, operation, ref, refusals, text, unchanged } from './openApiParts.ts';

const patientOf: Json = {
  type: 'object',
  required: ['id', 'reference'],
  properties: { id: text('FHIR id.', '12'), reference: text('FHIR reference.', 'Patient/12') },
};

export const alertSchemas: Json = {
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

/** Operations by path below the server's root. */
export const alertPaths: Json = {
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
      description: 'Server-sent events, which go on where the client was: by Last-Event-ID, in any process.',
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
      description: 'Faults of the members of the body are answered with 400 here, not 422.',
      parameters: [ref('parameters', 'IdempotencyKey')],
      requestBody: {
        required: true,
        content: json(ref('schemas', 'Acknowledgement'), { who: 'Practitioner/12', note: 'seen' }),
      },
      responses: {
        200: answer('It, as it is now.', json(ref('schemas', 'Alert')), 'Idempotency-Replayed'),
        ...refusals(400, 404, 409, 413, 415, 422),
      },
    }),
  },
};
