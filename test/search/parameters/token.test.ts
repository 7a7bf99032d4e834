import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parametersOf } from '../../../server/definitions/parametersOf.ts';
import { createExtractor } from '../../../server/search/createExtractor.ts';
import {
  matchOfType,
  matchToken,
  parseToken,
  presence,
  tokenTexts,
} from '../../../server/search/parameters/token.ts';
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

describe('letter case', () => {
  const speaking = (code: string, system?: string) => ({
    resourceType: 'Patient',
    communication: [{ language: { coding: [{ ...(system ? { system } : {}), code }] } }],
  });
  const bcp47 = 'urn:ietf:bcp:47';

  it.each<[string, string | undefined, string, boolean]>([
    // languages are the same in any case
    ['en-US', bcp47, `${bcp47}|en-us`, true],
    ['EN-us', bcp47, `${bcp47}|en-US`, true],
    ['en-US', bcp47, 'en-us', true],
    ['en-US', bcp47, 'EN-US', true],
    ['EN-us', bcp47, 'en-US', true],
    ['en-GB', bcp47, 'en-US', false],
    ['en-US', bcp47, '|en-US', false],
    // codes of other systems are not
    ['en-US', 'http://s', 'http://s|en-US', true],
    ['en-US', 'http://s', 'http://s|en-us', false],
    ['en-US', 'http://s', 'en-US', true],
    ['en-US', 'http://s', 'en-us', false],
    ['EN', 'http://s', 'en', false],
    ['en', 'http://s', 'EN', false],
    ['en', 'http://s', 'En', true], // in mixed case, the lower case is looked up too
    // nor those without a system
    ['en-US', undefined, '|en-US', true],
    ['en-US', undefined, '|en-us', false],
    ['EN', undefined, 'en', false],
  ])('language %s of %s by %s: %s', (code, system, text, found) => {
    expect(finds(speaking(code, system), 'language', text)).toBe(found);
  });

  it.each<[string, string, boolean]>([
    ['email', 'ANNA@EXAMPLE.ORG', true],
    ['email', 'anna@example.org', true],
    ['email', 'email|Anna@Example.org', true],
    ['telecom', 'aNNa@example.org', true],
    ['phone', 'anna@example.org', false],
    ['identifier', 'x1', false],
    ['identifier', 'X1', true],
    ['identifier', 'http://mrn|X1', true],
    ['identifier', 'http://mrn|x1', false],
    ['identifier', 'http://loinc.org|Mixed', true],
    ['identifier', 'http://loinc.org|mixed', false], // a value, whatever its system
    ['identifier', 'mixed', false],
    ['gender', 'Female', false],
  ])('Patient %s=%s: %s', (code, text, found) => {
    const resource = {
      ...patient,
      identifier: [
        { system: 'http://mrn', value: 'X1' },
        { system: 'http://loinc.org', value: 'Mixed' },
      ],
      telecom: [{ system: 'email', value: 'Anna@Example.ORG' }],
    };
    expect(finds(resource, code, text)).toBe(found);
  });

  const medication = { resourceType: 'Medication', batch: { lotNumber: 'Lot-7' }, status: 'active' };
  const codeSystem = {
    resourceType: 'CodeSystem',
    concept: [{ code: 'Abc', designation: [{ language: 'de-AT', value: 'x' }] }],
  };
  const document = {
    resourceType: 'DocumentReference',
    content: [{ attachment: { contentType: 'Text/HTML' } }],
  };
  it.each<[Record<string, unknown>, string, string, boolean]>([
    // strings, and codes of which the value set says that they are languages or media types
    [medication, 'lot-number', 'LOT-7', true],
    [medication, 'lot-number', 'Lot-7', true],
    [medication, 'lot-number', 'lot-8', false],
    [codeSystem, 'language', 'DE-at', true],
    [codeSystem, 'language', `${bcp47}|de-at`, true],
    [codeSystem, 'language', 'de', false],
    [document, 'contenttype', 'text/html', true],
    [document, 'contenttype', 'urn:ietf:bcp:13|TEXT/html', true],
    // other codes
    [codeSystem, 'code', 'Abc', true],
    [codeSystem, 'code', 'abc', false],
    [medication, 'status', 'ACTIVE', false],
  ])('%j by %s=%s: %s', (resource, code, text, found) => {
    expect(finds(resource, code, text)).toBe(found);
  });

  it('is told apart in all systems but the listed ones', () => {
    const code = fc.stringMatching(/^[A-Za-z0-9-]{1,6}$/);
    const system = fc.constantFrom('http://s', bcp47, 'http://loinc.org');
    fc.assert(
      fc.property(code, code, system, (stored, asked, of) => {
        const resource = speaking(stored, of);
        const insensitive = of !== 'http://s';
        const same = insensitive ? stored.toLowerCase() === asked.toLowerCase() : stored === asked;
        expect(finds(resource, 'language', `${of}|${asked}`)).toBe(same);
        // Without the system nothing is missed.
        if (same) expect(finds(resource, 'language', asked)).toBe(true);
      }),
    );
  });
});

describe(':of-type', () => {
  const v2 = 'http://terminology.hl7.org/CodeSystem/v2-0203';
  const findsType = (identifier: unknown, text: string) => {
    const { paths } = parametersOf(definitions, 'Patient').get('identifier')!;
    const hashes = matchOfType('identifier:of-type', paths, text);
    return hashes.some((hash) =>
      extract({ resourceType: 'Patient', identifier: [identifier] }).tokens.includes(hash),
    );
  };
  const typed = (value: string | undefined, ...codes: string[]) => ({
    type: { coding: codes.map((code) => ({ system: v2, code })) },
    system: 'http://mrn',
    value,
  });

  it.each<[unknown, string, boolean]>([
    [typed('12345', 'MR'), `${v2}|MR|12345`, true], // the example of search.html#token
    [typed('12345', 'MR'), `${v2}|MR|1234`, false],
    [typed('12345', 'MR'), `${v2}|SS|12345`, false],
    [typed('12345', 'MR', 'SS'), `${v2}|SS|12345`, true],
    [typed('a|b', 'MR'), `${v2}|MR|a\\|b`, true],
    [typed('a|b', 'MR'), `${v2}|MR|a|b`, true],
    [typed(undefined, 'MR'), `${v2}|MR|12345`, false],
    [{ type: { coding: [{ code: 'MR' }] }, value: '1' }, `${v2}|MR|1`, false],
    [{ type: { text: 'MR' }, value: '1' }, `${v2}|MR|1`, false],
    [{ system: v2, value: 'MR' }, `${v2}|MR|1`, false],
  ])('%j by %s: %s', (identifier, text, found) => {
    expect(findsType(identifier, text)).toBe(found);
  });

  it.each(['1', `${v2}|MR`, `${v2}|MR|`, '|MR|1', `${v2}||1`, ''])('refuses %j by name', (text) => {
    expect(() => findsType({}, text)).toThrow("'identifier:of-type'");
  });

  it('refuses parameters that are no identifiers', () => {
    const { paths } = parametersOf(definitions, 'Patient').get('gender')!;
    expect(() => matchOfType('gender:of-type', paths, 'a|b|c')).toThrow("'gender:of-type'");
  });
});

describe('tokenTexts', () => {
  it.each<[string, unknown, string[]]>([
    [
      'CodeableConcept',
      { text: 'a', coding: [{ display: 'b' }, { code: 'x' }, { display: 'c' }] },
      ['a', 'b', 'c'],
    ],
    ['CodeableConcept', { coding: [null, 5] }, []],
    ['Coding', { display: 'b', code: 'x' }, ['b']],
    ['Identifier', { type: { text: 'a', coding: [{ display: 'b' }] }, value: 'x' }, ['a']],
    ['Identifier', { type: null }, []],
    ['ContactPoint', { value: 'x' }, []],
    ['code', 'x', []],
  ])('of %s %j', (dataType, value, texts) => {
    expect(tokenTexts(value, dataType)).toEqual(texts);
  });
});
