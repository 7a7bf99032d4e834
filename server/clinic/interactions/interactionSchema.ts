// What a doctor's interaction is in the plain form: JSON Schemas of what clients send, of what the server tells, and of filters.
import type { Json } from '../things/clinicResource.ts';
import { kinds, outcomes } from './interactionTerms.ts';

export const doctorSchema: Json = {
  ...{ type: 'string', minLength: 1, maxLength: 255, pattern: '^\\S+$' },
  description: 'The doctor: the id by which /physicians knows one, or Practitioner/[id].',
  examples: ['d-1'],
};

export const kindSchema: Json = { type: 'string', enum: Object.keys(kinds), description: 'How the two met.' };

export const outcomeSchema: Json = {
  ...{ type: 'string', enum: Object.keys(outcomes) },
  description: 'What the doctor concludes of the patient’s health.',
};

export const timeSchema: Json = {
  ...{ type: 'string', format: 'date-time', pattern: '^(?!.*:60)[0-9T:.Z+-]*$' },
  description: 'When it was, with its time zone.',
  examples: ['2026-01-31T10:20:00+01:00'],
};

/** JSON Schema of what a client sends. */
export const interactionSchema: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['doctor', 'time', 'kind', 'outcome'],
  properties: {
    doctor: doctorSchema,
    time: timeSchema,
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

/** A date or time of which the end may be left out. */
export const momentSchema: Json = {
  type: 'string',
  pattern:
    '^\\d{4}(?:-\\d{2}(?:-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?(?:Z|[+-]\\d{2}:\\d{2}))?)?)?$',
  examples: ['2026-01-31'],
};

/** JSON Schemas of what the server makes of it. */
export const shown: Record<string, Json> = {
  doctor_name: { type: 'string', description: 'What the doctor is called.' },
  evaluation: {
    type: 'array',
    description: 'What the server makes of each of the vitals.',
    items: { type: 'object' },
  },
};
