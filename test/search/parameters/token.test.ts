import { describe, expect, it } from '@jest/globals';
import { parametersOf } from '../../../server/definitions/parametersOf.ts';
import { createExtractor } from '../../../server/search/createExtractor.ts';
import { matchToken, parseToken, presence } from '../../../server/search/parameters/token.ts';
import { definitions } from '../../definitions/testDefinitions.ts';

const extract = createExtractor(definitions, { baseUrls: [] });

/** Whether a token search finds a resource. */
function finds(resource: Record<string, unknown>, code: string, text: string): boolean {
  const { paths } = parametersOf(definitions, resource.resourceType as string).get(code)!;
  const { hashes, always } = matchToken(code, paths, parseToken(code, text));
  const { tokens } = extract(resource);
  return always || hashes.some((hash) => tokens.includes(hash));
}

const observation = {
  resourceType: 'Observation',
  status: 'final',
  category: [
    { coding: [{ system: 'http://s', code: 'a' }, { code: 'plain' }] },
    { coding: [{ system: 'http://t', code: 'b' }] },
  ],
  code: { text: 'only text' },
  component: [{ code: { coding: [{ system: 'http://s', code: 'c' }] } }],
};

const patient = {
  resourceType: 'Patient',
  active: true,
  gender: 'female',
  identifier: [{ system: 'http://mrn', value: 'x|1' }, { value: 'loose' }],
  telecom: [
    { system: 'phone', value: '555' },
    { system: 'email', value: 'a@b' },
  ],
};

describe('tokens', () => {
  it.each([
    ['category', 'a', true],
    ['category', 'http://s|a', true],
    ['category', 'http://s|', true],
    ['category', 'http://s|b', false], // system and code of different codings
    ['category', '|a', false],
    ['category', '|plain', true],
    ['category', 'plain', true],
    ['category', 'A', false],
    ['category', 'http://x|', false],
    ['status', 'final', true],
    ['status', 'http://hl7.org/fhir/observation-status|final', true],
    ['status', 'http://hl7.org/fhir/observation-status|', true],
    ['status', 'http://other|final', false],
    ['status', '|final', true],
    ['combo-code', 'http://s|c', true],
    ['code', 'http://s|c', false],
  ])('Observation %s=%s: %s', (code, text, found) => {
    expect(finds(observation, code, text)).toBe(found);
  });

  it.each([
    ['active', 'true', true],
    ['active', 'false', false],
    ['gender', 'female', true],
    ['gender', 'http://hl7.org/fhir/administrative-gender|female', true],
    ['identifier', 'http://mrn|x\\|1', true],
    ['identifier', 'http://mrn|x|1', true],
    ['identifier', 'x\\|1', true],
    ['identifier', '|loose', true],
    ['identifier', 'http://mrn|loose', false],
    ['phone', '555', true],
    ['phone', 'phone|555', true],
    ['phone', 'a@b', false],
    ['phone', 'email|a@b', false],
    ['email', 'a@b', true],
    ['telecom', '555', true],
    ['deceased', 'false', true],
    ['deceased', 'true', false],
  ])('Patient %s=%s: %s', (code, text, found) => {
    expect(finds(patient, code, text)).toBe(found);
  });

  it.each([
    [{ deceasedBoolean: false }, 'false'],
    [{ deceasedBoolean: true }, 'true'],
    [{ deceasedDateTime: '2020' }, 'true'],
  ])('Patient %j has deceased=%s', (fields, value) => {
    expect(finds({ resourceType: 'Patient', ...fields }, 'deceased', value)).toBe(true);
  });

  it('keeps types and paths apart', () => {
    const one = extract({ resourceType: 'Patient', active: true }).tokens;
    const other = extract({ resourceType: 'Practitioner', active: true }).tokens;
    expect(one.filter((hash) => other.includes(hash))).toEqual([]);
  });

  it('notes presence, except where it goes without saying', () => {
    const present = (resource: Record<string, unknown>, code: string) => {
      const { paths } = parametersOf(definitions, resource.resourceType as string).get(code)!;
      const { hashes, always } = presence(paths);
      return always || hashes.some((hash) => extract(resource).tokens.includes(hash));
    };
    expect(present(observation, 'category')).toBe(true);
    expect(present({ resourceType: 'Observation' }, 'category')).toBe(false);
    expect(present({ resourceType: 'Observation', category: [{ text: 'x' }] }, 'category')).toBe(true);
    expect(present({ resourceType: 'Observation' }, 'status')).toBe(true);
    expect(present(patient, 'phone')).toBe(true);
    expect(present({ ...patient, telecom: [patient.telecom[1]] }, 'phone')).toBe(false);
    expect(present({ ...patient, telecom: [patient.telecom[1]] }, 'telecom')).toBe(true);
  });
});

describe('parseToken', () => {
  it.each([
    ['a', { code: 'a' }],
    ['s|a', { system: 's', code: 'a' }],
    ['s|', { system: 's' }],
    ['|a', { system: '', code: 'a' }],
    ['s\\|t|a\\,b', { system: 's|t', code: 'a,b' }],
  ])('%j', (text, token) => {
    expect(parseToken('code', text)).toEqual(token);
  });

  it.each(['', '|'])('refuses %j', (text) => {
    expect(() => parseToken('code', text)).toThrow("'code'");
  });
});

describe('matchToken', () => {
  it('refuses what cannot be a boolean', () => {
    expect(() => finds(patient, 'active', 'yes')).toThrow('true or false');
  });

  it('leaves boolean alternatives out of a mixed parameter', () => {
    const group = {
      resourceType: 'Group',
      characteristic: [{ valueCodeableConcept: { coding: [{ code: 'x' }] } }],
    };
    expect(finds(group, 'value', 'x')).toBe(true);
  });
});
