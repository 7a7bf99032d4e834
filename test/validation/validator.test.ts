import { describe, expect, it } from '@jest/globals';
import { specification, validatorWith } from './testValidator.ts';

const { validate, judge, prepare } = specification.validator;
const patient = (more: object) => ({ resourceType: 'Patient', ...more });

describe('createValidator', () => {
  it('asks for the rules of a resource only where its structure is sound', () => {
    const broken = patient({ active: 1, contact: [{ gender: 'male' }] });
    expect(validate(broken).map(({ expression }) => expression)).toEqual([['Patient.active']]);
    expect(validate({ ...broken, active: true })).toEqual([
      {
        severity: 'error',
        code: 'invariant',
        diagnostics: expect.stringMatching(/^pat-1: SHALL at least contain a contact's details/),
        details: { coding: [{ code: 'pat-1' }], text: expect.stringMatching(/^SHALL at least contain/) },
        expression: ['Patient.contact[0]'],
      },
    ]);
  });

  it('lists at most as many issues as are asked for, and counts the rest', () => {
    const few = validatorWith({ maxIssues: 2 });
    const issues = few.validate(patient({ contact: Array(5).fill({ gender: 'male' }) }));
    expect(issues.map(({ code }) => code)).toEqual(['invariant', 'invariant', 'incomplete']);
    expect(issues[2]?.diagnostics).toBe('3 more errors are not listed');
  });

  it('reports best practice only where advice is wanted', () => {
    const loaded = { find: () => undefined, boundSet: () => undefined, rules: new Map() };
    const question = { profiles: [], claimed: false, extensions: true };
    expect(judge(patient({}), { ...question, advice: false }, loaded)).toEqual([]);
    expect(judge(patient({}), { ...question, advice: true }, loaded)).toMatchObject([
      { severity: 'warning', code: 'invariant', details: { coding: [{ code: 'dom-6' }] } },
    ]);
  });

  it('can be prepared for types, also for one that does not exist', () => {
    expect(() => prepare(['Patient', 'Observation', 'Nothing'])).not.toThrow();
  });
});
