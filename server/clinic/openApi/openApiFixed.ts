// The part of the OpenAPI document about what is no kind of thing: readings in bulk, versions.
import type { Json } from '../things/clinicResource.ts';
import { query } from './openApiPages.ts';
import { answer, json, operation, plainRefusals, ref, refusals, text, unchanged } from './openApiParts.ts';

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
};

/** Operations by path below the server's root. */
export function fixedPaths(base: string): Json {
  const links = { type: 'object', required: ['_links'], properties: { _links: ref('schemas', 'Links') } };
  const rows = { type: 'array', items: ref('schemas', 'Reading') };
  const known = [ref('parameters', 'IfNoneMatch')];
  return {
    '/api/v1/vitals': {
      post: operation('vitals', 'registerVitals', 'Register readings in bulk', {
        description:
          'Each is answered for by itself; only where none could be stored the whole is refused (422). A reading that is sent ' +
          'again is known, with or without an Idempotency-Key, which brings the same answer again.',
        parameters: [
          query('dryRun', 'Whether to check only.', { type: 'boolean', default: false }),
          ref('parameters', 'IdempotencyKey'),
        ],
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
          200: answer(
            'What became of each reading.',
            json(ref('schemas', 'ReadingsResult')),
            'Idempotency-Replayed',
          ),
          ...refusals(400, 413, 415, 422),
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
