import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FhirError } from '../../../server/errors.ts';
import { parseSearch } from '../../../server/search/parseSearch.ts';
import type { Criterion } from '../../../server/search/searchPlan.ts';
import { definitions } from '../../definitions/testDefinitions.ts';

const NOW = Date.parse('2024-01-01T00:00:00Z');

function plain(type: string, ...query: [string, string][]): Criterion[] {
  const plan = parseSearch(definitions, { type, query, handling: 'strict', baseUrls: [], now: NOW });
  return plan.searches[0]!.criteria;
}

const filter = (type: string, text: string): Criterion[] => plain(type, ['_filter', text]);
const not = (...criteria: Criterion[]): Criterion => ({ kind: 'not', parameter: '_filter', criteria });

function refusal(type: string, text: string): { code: string; message: string } {
  try {
    filter(type, text);
  } catch (error) {
    if (error instanceof FhirError) return { code: error.issues[0]!.code, message: error.message };
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('a comparison of a _filter', () => {
  it.each([
    ['Patient', 'gender eq male', 'gender=male'],
    ['Patient', 'identifier eq urn:x|1', 'identifier=urn:x|1'],
    ['Patient', 'name sw Ann', 'name=Ann'],
    ['Patient', 'name co "a, b|c$d\\\\e"', 'name:contains=a\\, b\\|c\\$d\\\\e'],
    ['Patient', 'name pr true', 'name:missing=false'],
    ['Patient', 'name pr false', 'name:missing=true'],
    ['Patient', 'birthdate ge 2014-10-10', 'birthdate=ge2014-10-10'],
    ['Patient', 'birthdate ne 2014', 'birthdate=ne2014'],
    ['Patient', 'birthdate ap 2014', 'birthdate=ap2014'],
    ['Patient', '_lastUpdated sa 2014', '_lastUpdated=sa2014'],
    ['Patient', '_id eq a', '_id=a'],
    ['Patient', 'id eq a', '_id=a'],
    ['Patient', 'organization re Organization/1', 'organization=Organization/1'],
    ['Patient', 'organization eq Organization/1', 'organization=Organization/1'],
    ['Patient', 'organization.name sw x', 'organization.name=x'],
    ['Observation', 'subject:Patient.name sw x', 'subject:Patient.name=x'],
    ['Observation', 'subject:Patient.id eq 1', 'subject:Patient._id=1'],
    ['Observation', 'code eq loinc|1234-5', 'code=http://loinc.org|1234-5'],
    ['Observation', 'code eq http://loinc.org|a,b', 'code=http://loinc.org|a\\,b'],
    ['Observation', 'value-quantity gt 5.4|ucum|mg', 'value-quantity=gt5.4|http://unitsofmeasure.org|mg'],
    ['Observation', 'value-quantity eb 5.4', 'value-quantity=eb5.4'],
    ['Observation', 'code ss snomed|1', 'code:below=http://snomed.info/sct|1'],
    ['Observation', 'code sb snomed|1', 'code:above=http://snomed.info/sct|1'],
    ['Observation', 'code in http://x.org/vs', 'code:in=http://x.org/vs'],
    ['Observation', 'code-value-quantity eq loinc|1$gt5', 'code-value-quantity=http://loinc.org|1$gt5'],
    ['RiskAssessment', 'probability le 0.5', 'probability=le0.5'],
    ['Patient', '_has:Observation:patient:code eq a', '_has:Observation:patient:code=a'],
    ['ValueSet', 'url eq http://x.org/vs', 'url=http://x.org/vs'],
    ['Patient', '_list eq 42', '_list=42'],
  ])('%s: %s', (type, text, query) => {
    const at = query.indexOf('=');
    expect(filter(type, text)).toEqual(plain(type, [query.slice(0, at), query.slice(at + 1)]));
  });

  it('negates with ne what has no order, and ni', () => {
    expect(filter('Patient', 'gender ne male')).toEqual([
      ...plain('Patient', ['gender:missing', 'false']),
      not(...plain('Patient', ['gender', 'male'])),
    ]);
    expect(filter('Observation', 'code ni http://x.org/vs')).toEqual([
      not(...plain('Observation', ['code:in', 'http://x.org/vs'])),
    ]);
    expect(filter('Observation', 'subject.name pr false')).toEqual([
      not(...plain('Observation', ['subject.name:missing', 'false'])),
    ]);
  });

  it('compares whole strings, case and accents folded', () => {
    const tests = (text: string) =>
      filter('Patient', text).map((one) => (one as { groups: unknown[] }).groups);
    expect(tests('family eq NÚÑEZ')).toEqual([
      [expect.objectContaining({ tests: [{ match: 'equals', text: 'nunez' }] })],
    ]);
    expect(tests('family gt M')).toEqual([
      [expect.objectContaining({ tests: [{ match: 'gt', text: 'm' }] })],
    ]);
    expect(filter('Observation', 'subject:Patient.family eq X')).toMatchObject([
      { links: [{ criteria: [{ groups: [{ tests: [{ match: 'equals', text: 'x' }] }] }] }] },
    ]);
  });

  it('has overlap and inclusion of dates', () => {
    const [low, high] = [Date.parse('2014-01-01T00:00:00Z'), Date.parse('2015-01-01T00:00:00Z') - 1];
    expect(filter('Encounter', 'date po 2014')).toMatchObject([
      { groups: [{ tests: [{ prefix: 'ap', low, high }] }] },
    ]);
    expect(filter('Encounter', 'date co 2014')).toMatchObject([
      { groups: [{ tests: [{ prefix: 'ap', low: high, high: low }] }] },
    ]);
  });

  it.each([
    [
      'Patient',
      'name ew x',
      'not-supported',
      `'ew' is not supported for parameters of type string; supported are eq, ne, co, sw, gt`,
    ],
    ['Patient', 'gender gt male', 'not-supported', 'type token; supported are eq, ne, pr, ss, sb, in, ni'],
    ['Patient', 'birthdate sw 2014', 'not-supported', 'type date'],
    ['Patient', 'gender eq x and name re x', 'not-supported', `'name' at character 17`],
    ['Patient', 'name pr yes', 'value', 'true or false'],
    ['Patient', 'nam eq x', 'invalid', `'nam' for Patient. Known are:`],
    ['Patient', 'name:exact eq x', 'invalid', 'operators stand for modifiers'],
    ['Patient', 'birthdate eq ge2014', 'value', `'eqge2014' is no date`],
    ['Patient', 'birthdate eq 2014,2015', 'value', 'is no date'],
    ['Patient', 'name eq ""', 'value', 'empty value'],
    ['Patient', 'organization.nam eq x', 'invalid', `no 'nam' in`],
    ['Patient', 'gender[code eq male].name eq x', 'invalid', `'gender' is no reference`],
    ['Observation', 'related[type eq has-component].target pr true', 'invalid', `'related' is no reference`],
    [
      'Group',
      'characteristic[exclude eq x].value eq y',
      'not-supported',
      'characteristic[code eq …].value eq …',
    ],
    ['Patient', 'name eq', 'invalid', 'at its end'],
  ])('%s: refuses %s', (type, text, code, message) => {
    expect(refusal(type, text)).toEqual({ code, message: expect.stringContaining(message) });
  });
});

describe('a filter on a step of a path', () => {
  it('holds for the same target as the rest', () => {
    const name = plain('Patient', ['name', 'x']);
    const male = plain('Patient', ['gender', 'male']);
    const [both] = filter('Observation', 'subject:Patient[gender eq male].name sw x');
    expect(both).toMatchObject({ kind: 'chain', links: [{ type: 'Patient', criteria: [...male, ...name] }] });
    const [either] = filter('Observation', 'subject:Patient[gender ne male or birthdate pr true].name sw x');
    expect(either).toMatchObject({
      links: [
        {
          type: 'Patient',
          criteria: [
            {
              kind: 'either',
              alternatives: [[not(...male)], plain('Patient', ['birthdate:missing', 'false'])],
            },
            ...name,
          ],
        },
      ],
    });
  });

  it('leads only to types that have all the parameters', () => {
    const [found] = filter('Observation', 'subject[gender eq male].identifier eq x');
    expect(found).toMatchObject({ kind: 'chain', links: [{ type: 'Patient' }] });
    expect((found as { links: unknown[] }).links).toHaveLength(1);
  });

  it('may stand on any step, and on several', () => {
    const [found] = filter(
      'Observation',
      'encounter.patient[gender eq male].organization[active eq true].name sw x',
    );
    expect(found).toMatchObject({
      kind: 'chain',
      links: [
        {
          type: 'Encounter',
          criteria: [
            {
              kind: 'chain',
              links: [
                {
                  type: 'Patient',
                  criteria: [
                    ...plain('Patient', ['gender', 'male']),
                    {
                      kind: 'chain',
                      links: [
                        {
                          type: 'Organization',
                          criteria: [
                            ...plain('Organization', ['active', 'true']),
                            ...plain('Organization', ['name', 'x']),
                          ],
                        },
                      ],
                    },
                  ],
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('binds the parts of one element', () => {
    expect(filter('Group', 'characteristic[code eq urn:x|a].value eq b')).toEqual(
      plain('Group', ['characteristic-value', 'urn:x|a$b']),
    );
    expect(filter('Group', 'characteristic[value eq b].code ne a')).toEqual([
      not(...plain('Group', ['characteristic-value', 'a$b'])),
    ]);
  });
});

describe('the logic of a _filter', () => {
  it('is and, either and not', () => {
    const male = plain('Patient', ['gender', 'male']);
    const name = plain('Patient', ['name', 'x']);
    const birth = plain('Patient', ['birthdate', 'lt2000']);
    expect(filter('Patient', 'gender eq male and name sw x')).toEqual([...male, ...name]);
    expect(filter('Patient', 'gender eq male and name sw x or birthdate lt 2000')).toEqual([
      { kind: 'either', parameter: '_filter', alternatives: [[...male, ...name], birth] },
    ]);
    expect(filter('Patient', 'not (gender eq male and name sw x)')).toEqual([not(...male, ...name)]);
  });

  it('never fails otherwise than by refusing', () => {
    const word = fc.constantFrom(
      ...[
        'name',
        'subject',
        'gender',
        'eq',
        'ne',
        'co',
        'pr',
        'and',
        'or',
        'not',
        '(',
        ')',
        '[',
        ']',
        '.',
        '"x"',
        '"',
      ],
      ...['true', '2014', 'a|b', '\\', ',', '_has:Observation:patient:code', 'organization.', ' '],
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        try {
          filter('Patient', `${words.join(' ')}x`);
        } catch (error) {
          expect(error).toBeInstanceOf(FhirError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
