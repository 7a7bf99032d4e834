import { describe, expect, it } from '@jest/globals';
import { FhirError } from '../../server/errors.ts';
import { defaultSearchLimits, parseSearch, soleTokenHash } from '../../server/search/parseSearch.ts';
import { searchParametersOf } from '../../server/search/searchParametersOf.ts';
import { definitions } from '../definitions/testDefinitions.ts';

const parse = (search: string, handling: 'strict' | 'lenient' = 'strict') => {
  const [type, query] = search.split('?') as [string, string | undefined];
  return parseSearch(definitions, { type, query: [...new URLSearchParams(query)], handling, baseUrls: [] });
};

function refusal(search: string, handling: 'strict' | 'lenient' = 'strict'): FhirError {
  try {
    parse(search, handling);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error(`not refused: ${search}`);
}

describe('parseSearch', () => {
  it('takes an empty query for everything of the type', () => {
    expect(parse('Patient')).toEqual({
      path: 'Patient',
      searches: [{ type: 'Patient', criteria: [], sort: [] }],
      sort: [],
      count: 20,
      total: 'none',
      countOnly: false,
      includes: [],
      applied: [],
      ignored: [],
    });
  });

  it.each([
    ['Patient?nam=x', 'invalid', "'nam' for Patient. Known are:"],
    ['Patient?name:foo=x', 'not-supported', "':foo'; supported are: :missing, :exact, :contains"],
    ['Observation?subject:Patent=x', 'not-supported', "':Patent'"],
    ['Patient?birthdate=soon', 'value', "'birthdate'"],
    ['Patient?birthdate=2020,soon', 'value', "'soon'"],
    ['Patient?birthdate:missing=maybe', 'value', 'true or false'],
    ['Patient?name=', 'invalid', 'no value'],
    ['Patient?name=a,', 'value', 'empty value'],
    ['Patient?_id=a/b', 'value', "'_id'"],
    ['Patient?_id:exact=a', 'not-supported', "':exact'"],
    ['Patient?_lastUpdated:not=2020', 'not-supported', "':not'"],
    ['Patient?_sort=nam', 'invalid', "cannot be sorted by 'nam'"],
    ['Patient?_sort=name,name', 'value', 'twice'],
    ['Patient?_sort=', 'value', '_sort'],
    ['Location?_sort=near', 'not-supported', "'near'"],
    ['Patient?general-practitioner.nam=x', 'invalid', "no 'nam' in"],
    ['Patient?gender.name=x', 'invalid', "'gender' is no reference"],
    ['Observation?subject:Medication.code=x', 'value', 'does not refer to Medication'],
    ['Patient?_has:Observation:patient=x', 'value', '_has:<type>'],
    ['Patient?_has:Nothing:patient:code=x', 'value', "'Nothing'"],
    ['Patient?_has:Observation:device:code=x', 'value', 'leads to Patient'],
    ['Patient?_has:Observation:patient:cod=x', 'invalid', "'cod'"],
    ['Patient?_list=a_b', 'value', '_list'],
    ['Patient?_type=Observation', 'value', 'not searched here'],
    ['Patient?_contained=maybe', 'value', '_contained'],
    ['Patient?_filter=x', 'invalid', '_filter'],
    ['Patient?phonetic=王', 'value', 'Latin letters'],
    ['Patient?_query=x', 'not-supported', 'named queries'],
    ['Patient?_count=-1', 'value', "'_count'"],
    ['Patient?_count=ten', 'value', "'_count'"],
    ['Patient?_count=1&_count=2', 'invalid', 'once only'],
    ['Patient?_total=some', 'value', 'none, estimate, accurate'],
    ['Patient?_summary=yes', 'value', "'_summary'"],
    ['Patient?_elements=nam', 'value', "no element 'nam'"],
    ['Patient?_cursor=x', 'invalid', "'_cursor'"],
  ])('refuses %s', (search, code, message) => {
    const error = refusal(search);
    expect(error.status).toBe(400);
    expect(error.issues[0]).toMatchObject({ severity: 'error', code });
    expect(error.message).toContain(message);
  });

  it('reports unknown parameters when lenient, and still refuses what would change the meaning', () => {
    const plan = parse('Patient?nam=x&gender=male&family=', 'lenient');
    expect(plan.searches[0]!.criteria).toHaveLength(1);
    expect(plan.applied).toEqual([['gender', 'male']]);
    expect(plan.ignored.map((issue) => issue.severity)).toEqual(['warning', 'warning']);
    expect(plan.ignored[0]?.diagnostics).toContain("'nam'");
    expect(refusal('Patient?_sort=nam', 'lenient').status).toBe(400);
    expect(refusal('Patient?name:foo=x', 'lenient').status).toBe(400);
    expect(refusal('Patient?birthdate=x', 'lenient').status).toBe(400);
  });

  it('reads result parameters, and caps the page size where the self link can tell', () => {
    const plan = parse('Patient?_count=5000&_total=accurate&_summary=data&_elements=name,id&_format=json');
    expect(plan).toMatchObject({
      count: defaultSearchLimits.maxCount,
      total: 'accurate',
      summary: 'data',
      elements: ['name', 'id'],
      countOnly: false,
    });
    expect(plan.applied).toContainEqual(['_count', '1000']);
    expect(plan.applied).toContainEqual(['_format', 'json']);
    expect(plan.applied.map(([name]) => name)).not.toContain('_cursor');
    expect(parse('Patient?_count=0').countOnly).toBe(true);
    expect(parse('Patient?_summary=count').countOnly).toBe(true);
  });

  it('bounds the number of parameters and of alternatives', () => {
    expect(refusal(`Patient?_id=${Array(501).fill('a').join()}`).issues[0]?.code).toBe('too-costly');
    expect(refusal(`Patient?${Array(51).fill('gender=male').join('&')}`).issues[0]?.code).toBe('too-costly');
  });

  it('joins alternatives, and keeps repeated parameters apart', () => {
    expect(parse('Observation?category=a,b').searches[0]!.criteria).toHaveLength(1);
    expect(parse('Observation?category=a&category=b').searches[0]!.criteria).toHaveLength(2);
    expect(parse('Observation?category=a\\,b').searches[0]!.criteria).toMatchObject([
      { hashes: [expect.anything()] },
    ]);
  });

  it('knows what holds without looking', () => {
    expect(parse('Observation?status:missing=true').searches[0]!.criteria).toEqual([
      { kind: 'constant', parameter: 'status:missing', holds: false },
    ]);
    expect(parse('Observation?patient=Group/1').searches[0]!.criteria).toEqual([
      { kind: 'constant', parameter: 'patient', holds: false },
    ]);
    expect(parse('Patient?gender:not=http://other|male').searches[0]!.criteria).toEqual([
      { kind: 'constant', parameter: 'gender:not', holds: true },
    ]);
  });
});

describe('soleTokenHash', () => {
  it.each([
    ['Practitioner?identifier=http://npi|9', true],
    ['Observation?subject=Patient/1', true],
    ['ValueSet?url=http://v', true],
    ['Practitioner?identifier=a,b', false],
    ['Practitioner?identifier=a&active=true', false],
    ['Practitioner?identifier:not=a', false],
    ['Practitioner?name=a', false],
    ['Practitioner?_id=a', false],
    ['Practitioner', false],
  ])('%s: %s', (search, sole) => {
    expect(soleTokenHash(parse(search)) !== undefined).toBe(sole);
  });
});

describe('searchParametersOf', () => {
  it('lists what works, for every type', () => {
    const names = searchParametersOf(definitions, 'Patient').map((parameter) => parameter.name);
    expect(names).toEqual(expect.arrayContaining(['_id', '_lastUpdated', '_tag', 'name', 'birthdate']));
    for (const absent of ['_query']) expect(names).not.toContain(absent);
    expect(searchParametersOf(definitions, 'Observation')).toContainEqual({
      name: 'code',
      type: 'token',
      definition: 'http://hl7.org/fhir/SearchParameter/clinical-code',
      documentation: 'The code of the observation type',
    });
  });

  it('has a working example value for every parameter it lists', () => {
    const values = {
      number: 'gt5',
      date: 'ge2020',
      string: 'x',
      token: 'true',
      reference: '1',
      quantity: '5',
      uri: 'http://x',
      special: '1|2',
      composite: '',
    };
    for (const type of definitions.resourceTypes) {
      for (const { name, type: kind } of searchParametersOf(definitions, type)) {
        if (kind === 'composite') continue;
        expect(parse(`${type}?${name}=${values[kind]}`).searches[0]!.criteria).toHaveLength(1);
      }
    }
  });
});
