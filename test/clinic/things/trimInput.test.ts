// Blanks at the ends of what people type: left out where the schema refuses them, and nowhere else.
import { expect, it } from '@jest/globals';
import { hiddenIn } from '../../../server/clinic/things/hiddenCharacters.ts';
import { trimInput } from '../../../server/clinic/things/trimInput.ts';

const schema = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: '^\\S+$' },
    name: { type: 'string', pattern: '^(?!\\s).*(?<!\\s)$' },
    born: { type: 'string', format: 'date' },
    kind: { type: 'string', enum: ['a', 'b'] },
    note: { type: 'string', pattern: '\\S' },
    free: { type: 'string' },
    count: { type: 'integer' },
  },
};

it.each<[what: string, input: unknown, told: Record<string, unknown>, expected: unknown]>([
  ['by a pattern', { name: ' Ana\u00a0\n' }, {}, { name: 'Ana' }],
  ['by a format', { born: ' 2020-01-02' }, {}, { born: '2020-01-02' }],
  ['by a list of values', { kind: 'a ' }, {}, { kind: 'a' }],
  ['nothing but blanks', { name: '  ' }, {}, { name: '' }],
  ['not of ids', { id: ' x' }, {}, { id: ' x' }],
  ['not of notes', { note: ' x ', free: ' x ' }, {}, { note: ' x ', free: ' x ' }],
  ['not where it was told so', { name: ' x' }, { name: ' x' }, { name: ' x' }],
  [
    'not of what is no text',
    { count: ' 1', name: 1, other: ' x' },
    {},
    { count: ' 1', name: 1, other: ' x' },
  ],
  ['not of what is no object', [' x'], {}, [' x']],
])('are left out %s', (_what, input, told, expected) => {
  expect(trimInput(schema, input, told)).toEqual(expected);
});

it.each([
  ['a\u202eb', 'U+202E'],
  ['\u0000', 'U+0000'],
  ['a\tb\nc', undefined],
  ['\u200c\u200d\u200e\u200f', undefined],
  ['José 👩‍⚕️', undefined],
])('hidden in %j: %s', (text, expected) => {
  expect(hiddenIn(text)).toBe(expected);
});
