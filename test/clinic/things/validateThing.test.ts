// Faults of bodies as sentences with their places.
import { describe, expect, it } from '@jest/globals';
import { faultsOf, textProblem } from '../../../server/clinic/things/validateThing.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['kind'],
  properties: {
    kind: { type: 'string', enum: ['one', 'two'] },
    day: { type: 'string', format: 'date' },
    mail: { type: 'string', format: 'email' },
    at: { type: 'string', format: 'date-time' },
    count: { type: 'integer', minimum: 1 },
    list: {
      type: 'array',
      maxItems: 60,
      items: { type: 'object', required: ['x'], properties: { x: { type: 'number' } } },
    },
  },
};

describe('faultsOf', () => {
  it('finds none in what is valid', () => {
    const value = {
      kind: 'one',
      day: '2024-02-29',
      mail: 'a@b.example',
      at: '2024-02-29T10:00:00Z',
      count: 3,
    };
    expect(faultsOf(schema, value)).toEqual([]);
  });

  it.each<[value: object, pointer: string, detail: string]>([
    [{ kind: 'three' }, '#/kind', '"kind" must be one of one, two, not "three".'],
    [
      { kind: 'one', day: '2023-02-29' },
      '#/day',
      '"day" must be a date that exists, such as 1988-08-29, not "2023-02-29".',
    ],
    [
      { kind: 'one', mail: 'nobody' },
      '#/mail',
      '"mail" must be an e-mail address, such as diana@example.com, not "nobody".',
    ],
    [
      { kind: 'one', at: '2024-02-29' },
      '#/at',
      '"at" must be a date and time with its time zone, such as 2026-01-31T10:20:00+01:00, not "2024-02-29".',
    ],
    [{ kind: 'one', count: 0 }, '#/count', '"count" must be >= 1, not 0.'],
    [{ kind: 'one', count: 1.5 }, '#/count', '"count" must be a whole number, not 1.5.'],
    [{ kind: 'one', list: [{ x: 1 }, {}] }, '#/list/1/x', '"list[1].x" is missing.'],
    [{ kind: 'one', list: [{ x: '1' }] }, '#/list/0/x', '"list[0].x" must be a number, not "1".'],
    [
      { kind: 'one', 'ä b~c': 1 },
      '#/%C3%A4%20b~0c',
      '"ä b~c" is not known here; known are kind, day, mail, at, count, list.',
    ],
  ])('%j', (value, pointer, detail) => {
    expect(faultsOf(schema, value)).toEqual([
      expect.objectContaining({ diagnostics: detail, expression: [pointer] }),
    ]);
  });

  it('tells fifty and how many more there are', () => {
    const issues = faultsOf(schema, { kind: 'one', list: Array(60).fill({}) }, '#/data');
    expect(issues).toHaveLength(51);
    expect(issues[0]!.expression).toEqual(['#/data/list/0/x']);
    expect(issues[50]!.diagnostics).toBe('There are 10 more faults: correct these first.');
  });
});

describe('textProblem', () => {
  it('takes numbers and truth values as text', () => {
    expect(textProblem({ type: 'integer', minimum: 1 }, '7')).toBeUndefined();
    expect(textProblem({ type: 'integer', minimum: 1 }, '0')).toBe('must be >= 1, not 0');
    expect(textProblem({ type: 'integer' }, '1e3')).toBe('must be a whole number, not "1e3"');
    expect(textProblem({ type: 'boolean' }, 'true')).toBeUndefined();
    expect(textProblem({ type: 'string', format: 'date' }, '2024-13-01')).toMatch(
      'must be a date that exists',
    );
  });
});
