import { describe, expect, it } from '@jest/globals';
import { FhirPathSyntaxError } from '../../server/definitions/fhirPath/tokenizeFhirPath.ts';
import { compileFhirPath, FhirPathError, itemOf } from '../../server/fhirpath/compileFhirPath.ts';
import { definitions, environmentOf, valuesOf } from './fhirPathSupport.ts';

const patient = {
  resourceType: 'Patient',
  id: 'p',
  active: true,
  gender: 'male',
  _gender: { extension: [{ url: 'http://example.org/g', valueCode: 'm' }] },
  birthDate: '1974-12-25',
  _birthDate: {
    id: 'b',
    extension: [{ url: 'http://example.org/t', valueDateTime: '1974-12-25T14:35:45-05:00' }],
  },
  _deceasedBoolean: { extension: [{ url: 'http://example.org/unknown', valueCode: 'unknown' }] },
  name: [
    { use: 'official', family: 'Chalmers', given: ['Peter', 'James'] },
    {
      use: 'usual',
      given: ['Jim', null],
      _given: [null, { extension: [{ url: 'http://example.org/x', valueString: 'y' }] }],
    },
  ],
  contained: [
    { resourceType: 'Organization', id: 'o', name: 'Clinic' },
    { resourceType: 'Practitioner', id: 'd', name: [{ family: 'Doe' }] },
  ],
  managingOrganization: { reference: '#o' },
  generalPractitioner: [{ reference: '#d' }, { reference: 'Practitioner/2' }],
  extension: [{ url: 'http://example.org/e', extension: [{ url: 'a', valueInteger: 3 }] }],
};
const observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
  valueQuantity: { value: 185, unit: 'lbs', system: 'http://unitsofmeasure.org', code: '[lb_av]' },
  component: [
    { code: { text: 'a' }, valueString: 'x' },
    { code: { text: 'b' }, valueCodeableConcept: { text: 'c' } },
  ],
  effectivePeriod: { start: '2020', end: '2020-05' },
};
const questionnaire = {
  resourceType: 'Questionnaire',
  item: [{ linkId: '1', item: [{ linkId: '1.1', item: [{ linkId: '1.1.1' }] }] }, { linkId: '2' }],
};
const bundle = { resourceType: 'Bundle', entry: [{ resource: patient }, { resource: observation }] };

/** What expressions yield on a resource. */
const tables: [string, Record<string, unknown>, [expression: string, ...values: unknown[]][]][] = [
  [
    'primitives and their extensions',
    patient,
    [
      ['gender.hasValue()', true],
      ['deceased.hasValue()', false],
      ['deceased.exists()', true],
      ['deceased.value.exists()', false],
      ['deceased = true'],
      ['deceased.extension.value', 'unknown'],
      ["gender.extension('http://example.org/g').value", 'm'],
      ["gender.extension('http://example.org/none').exists()", false],
      ['birthDate.id', 'b'],
      ['birthDate.extension.count()', 1],
      ['name.given.count()', 4],
      ['name.given.hasValue()', false],
      ['name[1].given[1].hasValue()', false],
      ['name[1].given[1].extension.value', 'y'],
      ['name.given.where(hasValue())', 'Peter', 'James', 'Jim'],
      ['gender.getValue()', 'male'],
      ['deceased.getValue()'],
    ],
  ],
  [
    'types',
    patient,
    [
      ['gender is code', true],
      ['gender is string', true],
      ['gender is FHIR.code', true],
      ['gender is System.String', false],
      ['gender is Citation', false],
      ["'a' is String", true],
      ['$this is DomainResource', true],
      ['$this is Resource', true],
      ['contained.ofType(Organization).name', 'Clinic'],
      ['contained.ofType(Practitioner).name.family', 'Doe'],
      ['contained.ofType(DomainResource).count()', 2],
      ['contained.name.count()', 2],
      ['deceased is boolean', true],
      ['name.type().name.distinct()', 'HumanName'],
      ['(1.5).type().name', 'Decimal'],
    ],
  ],
  [
    'choices',
    observation,
    [
      ['value.unit', 'lbs'],
      ['value is Quantity', true],
      ['(value as Quantity).code', '[lb_av]'],
      ['value.ofType(CodeableConcept)'],
      ['valueQuantity'],
      ['component.value.ofType(string)', 'x'],
      ['component.value.text', 'c'],
      ['component.value.count()', 2],
      ['component[0] is BackboneElement', true],
      ['component[0].type().name', 'BackboneElement'],
      ["value = 185 '[lb_av]'", true],
      ["value > 80 'kg'", true],
      ["value < 80 'kg'", false],
      ["value > 80 's'"],
      ["value = 80 's'"],
      ['effective.start <= effective.end'],
      ['effective.start.lowBoundary() <= effective.end.highBoundary()', true],
    ],
  ],
  [
    'places',
    questionnaire,
    [
      ['item.item.item.linkId', '1.1.1'],
      ['repeat(item).linkId', '1', '2', '1.1', '1.1.1'],
      ['descendants().linkId.count()', 4],
      ['children().count()', 2],
      ['descendants().linkId.isDistinct()', true],
      ['item.combine(item).linkId.isDistinct()', false],
    ],
  ],
  [
    'resources of any type',
    bundle,
    [
      ['entry.resource.name.family', 'Chalmers'],
      ['entry.resource.ofType(Observation).value.unit', 'lbs'],
      ["entry.resource.where($this is Patient).contained.where(id = 'o').name", 'Clinic'],
      ['entry[1].resource.is(Observation)', true],
      ['entry.resource.count()', 2],
    ],
  ],
  [
    'the environment',
    patient,
    [
      ['managingOrganization.resolve().name', 'Clinic'],
      ['generalPractitioner.resolve().name.family', 'Doe', 'Two'],
      ['generalPractitioner.resolve().is(Practitioner)', 'error'],
      ['generalPractitioner.first().resolve().is(Practitioner)', true],
      ['%resource.id', 'p'],
      ['%rootResource.id', 'p'],
      ["name.where(%context.id = 'p').count()", 2],
      ['%mine', 'constant'],
      ['%`vs-languages`', 'http://hl7.org/fhir/ValueSet/languages'],
      ["%'ext-a'", 'http://hl7.org/fhir/StructureDefinition/a'],
      ['%ucum', 'http://unitsofmeasure.org'],
      ["gender.memberOf('http://example.org/vs')", true],
      ["gender.memberOf('http://example.org/other')"],
      ['today() = now().toDate()', true],
      ['now() = now()', true],
      ['timeOfDay().toString().length()', 12],
    ],
  ],
  [
    'logic with nothing',
    patient,
    [
      ['{} and false', false],
      ['{} and true'],
      ['{} or true', true],
      ['{} or false'],
      ['{} xor true'],
      ['{} implies true', true],
      ['{} implies false'],
      ['false implies {}', true],
      ['{}.not()'],
      ['(name | name).exists() and true', true],
      ['1 and true', true],
      ['{} = 1'],
      ['1 in {}', false],
      ['{} in (1 | 2)'],
    ],
  ],
  [
    'numbers',
    patient,
    [
      ['0.1 + 0.2 = 0.3', true],
      ['1.50 = 1.5', true],
      ['(1.50).toString()', '1.50'],
      ['1 / 3 = 0.33333333333333333333', true],
      ['7 div 2', 3],
      ['(-7) div 2', -3],
      ['(-7) mod 2', -1],
      ['2147483647 + 1'],
      ['1 / 0'],
      ['1 mod 0'],
      ['(2.5).round()', 3],
      ['(-2.5).round()', -3],
      ['(1.005).round(2).toString()', '1.01'],
      ['(-1.5).floor()', -2],
      ['(-1.5).ceiling()', -1],
      ['(-1.5).truncate()', -1],
      ['2.power(10)', 1024],
      ['2.power(1000).exists()', false],
      ['(-1).ln()'],
      ['8.log(2)', 3],
      ['12345678901234567890.5 > 12345678901234567890.4', true],
      ["4 'g' + 4 'g' = 8 'g'", true],
      ["1 'g' + 1 'kg' = 1.001 'kg'", true],
      ["1 'g' + 1 's'"],
      ["-(4 'g') = 0 'g' - 4 'g'", true],
      ['3 days + 1 week = 10 days', true],
      ['1 year = 12 months', true],
      ['1 year = 365 days'],
      ['(1 | 2 | 2.0 | 1.0).count()', 2],
    ],
  ],
  [
    'moments',
    patient,
    [
      ["birthDate = '1974-12-25'", true],
      ['birthDate = @1974-12'],
      ['birthDate != @1974-11', true],
      ['birthDate < @1975', true],
      ['@2012-04-15T15:00:00Z < @2012-04-15T10:00:00'],
      ['@2012-04-15T15:00:00Z < @2012-04-17T10:00:00', true],
      ['@2012-04-15T23:00:00-05:00 = @2012-04-16T04:00:00Z', true],
      ['(@2012-04-15T23:00:00-05:00 | @2012-04-16T04:00:00Z).count()', 1],
      ['@2020-02-29 + 1 year', '2021-02-28'],
      ['@2020-01-31 + 1 month', '2020-02-29'],
      ['@2020-03-31 - 1 month', '2020-02-29'],
      ['@2020 + 11 months', '2020'],
      ['@2020 + 12 months', '2021'],
      ['@2020-01 + 31 days', '2020-02'],
      ['@9999-12-31 + 1 day'],
      ['@T23:30 + 45 minutes', '00:15'],
      ['@2020-01-01T00:00:00Z - 1 second', '2019-12-31T23:59:59Z'],
      ["'2020-13'.toDate()"],
      ["'2020-02-30'.convertsToDate()", false],
      ["'2020-02-03T04:05Z'.toDate()", '2020-02-03'],
    ],
  ],
  [
    'strings',
    patient,
    [
      ["'abc'.substring(1, 1)", 'b'],
      ["'abc'.substring(5)"],
      ["'a' & {} & 'b'", 'ab'],
      ["'a' + {}"],
      ["'a.b'.replace('.', '$&')", 'a$&b'],
      ["'a1b2'.replaceMatches('[a-z](\\\\d)', '<$1>')", '<1><2>'],
      ["'aaa'.matches('^(a+)+$')", true],
      ["'A-B'.matchesFull('[A-Z]-[A-Z]')", true],
      ["'x'.encode('hex')", '78'],
      ["'x'.encode('rot13')"],
      ["'a,b'.split(',').join('-')", 'a-b'],
      ["'äß'.upper()", 'ÄSS'],
      ["'  a '.trim()", 'a'],
      ["'a  B' ~ 'A b'", true],
      ["'1'.toInteger() + 1", 2],
      ["'1.0'.toInteger()"],
      ["'yes'.toBoolean()", true],
      ["'5 \\'mg\\''.toQuantity() = 5 'mg'", true],
      ["'5 wk'.convertsToQuantity()", false],
    ],
  ],
  [
    'collections',
    patient,
    [
      ['name.given.first()', 'Peter'],
      ['name.given.where(hasValue()).last()', 'Jim'],
      ['name.given.tail().count()', 3],
      ['(1 | 2 | 3).skip(1).take(1)', 2],
      ['(1 | 2 | 3) intersects {}', 'error'],
      ['(1 | 2 | 3).intersect(2 | 4)', 2],
      ['(1 | 2 | 3).exclude(2)', 1, 3],
      ['(1).combine(1)', 1, 1],
      ['(1).union(1)', 1],
      ['(1 | 2).subsetOf(1 | 2 | 3)', true],
      ['(1 | 2).supersetOf(3)', false],
      ['{}.allTrue()', true],
      ['{}.anyTrue()', false],
      ['(1 = 1 | 1 = 2).anyFalse()', true],
      ['name.all(given.exists())', true],
      ["name.exists(use = 'usual')", true],
      ['name.select($index)', 0, 1],
      ['name.where($index = 1).use', 'usual'],
      ['name.select(given.count())', 2, 2],
      ['(1 | 2 | 3).aggregate($total + $this, 0)', 6],
      ["(1 | 2).aggregate($total + %resource.name.where($total > 0 or use = 'usual').count(), 0)", 3],
      ['name.combine(name).distinct().count()', 2],
      ['name = name', true],
      ['name[0] = name[1]', false],
      ['name.repeat(given).where(hasValue())', 'Peter', 'James', 'Jim'],
      ["iif(active, 'a', 1 / 'x')", 'a'],
      ['name[7]'],
      ['name.single()', 'error'],
      ["name.trace('x', given).count()", 2],
      ['(3 | 1 | 2).sort()', 1, 2, 3],
    ],
  ],
];

const practitioner = itemOf(
  { resourceType: 'Practitioner', id: '2', name: [{ family: 'Two' }] },
  'Practitioner',
);
const world = {
  resolve: (reference: string) => (reference === 'Practitioner/2' ? practitioner : undefined),
  memberOf: (_: unknown, valueSet: string) => (valueSet === 'http://example.org/vs' ? true : undefined),
  constants: { mine: [itemOf('constant', 'System.String')] },
};

describe.each(tables)('%s', (_, resource, rows) => {
  it.each(rows)('%s', (expression, ...expected) => {
    const evaluate = () => valuesOf(expression, resource, world);
    if (expected[0] === 'error') expect(evaluate).toThrow();
    else expect(evaluate()).toEqual(expected);
  });
});

describe('what cannot be compiled', () => {
  const problemOf = (source: string, strict = false): unknown => {
    try {
      compileFhirPath(source, { definitions, place: 'Patient', strict });
    } catch (error) {
      if (error instanceof FhirPathSyntaxError) return 'syntax';
      if (error instanceof FhirPathError) return [error.problem, error.message];
      throw error;
    }
    return undefined;
  };
  it.each([
    ['name.', 'syntax'],
    ['name.foo()', ['unsupported', 'the function foo() is not supported at position 5']],
    [
      'name.elementDefinition()',
      ['unsupported', expect.stringMatching(/^elementDefinition\(\) is not supported/)],
    ],
    ['name.exists(1, 2)', ['wrong-arguments', 'exists() takes 0 to 1 arguments, not 2 at position 5']],
    ['name as Nmae', ['unknown-name', "there is no type 'Nmae' at position 5"]],
    ["name.matches('(')", ['evaluation', expect.stringMatching(/^not a regular expression/)]],
    ["name.matches('(?=a)')", ['unsupported', expect.stringMatching(/looks ahead/)]],
  ])('%s', (source, problem) => expect(problemOf(source)).toEqual(problem));

  it('in strict scopes, names have to exist', () => {
    expect(problemOf('name.gvien', true)).toEqual([
      'unknown-name',
      "HumanName has no element 'gvien' at position 5",
    ]);
    expect(problemOf('contact.name.given | contained.anything', true)).toBeUndefined();
    expect(problemOf('name.gvien')).toBeUndefined();
  });
});

describe('budget', () => {
  const wide = {
    resourceType: 'Patient',
    name: Array.from({ length: 300 }, (_, i) => ({ given: [`g${i}`, `h${i}`] })),
  };
  const input = itemOf(wide, 'Patient');
  it.each([
    'name.select(%resource.descendants().select(%resource.descendants())).count()',
    'name.select($this | %resource.name.given).given.count() + descendants().select(%resource.descendants()).count()',
    'descendants().where($this.combine(%context.name.given).count() = 1).count()',
    'name.given.where(matches($this & %resource.name.first().given.first())).count()',
    'descendants().select($this | %resource.name.given).count()',
  ])('%s', (source) => {
    const path = compileFhirPath(source, { definitions, place: 'Patient' });
    const budget = { visited: 20_000 };
    expect(() => path.evaluate(input, environmentOf(input, { budget }))).toThrow(/too many elements/);
    expect(budget.visited).toBeLessThan(0);
  });

  it('is shared by the evaluations it is given to', () => {
    const path = compileFhirPath('name.given.count() > 1', { definitions, place: 'Patient' });
    const env = environmentOf(input, { budget: { visited: 2_000 } });
    expect(path.test(input, env)).toBe(true);
    expect(path.test(input, env)).toBe(true);
    expect(() => path.test(input, env)).toThrow(/too many elements/);
  });
});

describe('test', () => {
  const input = itemOf(patient, 'Patient');
  it.each([
    ['true', true],
    ['false', false],
    ['{}', false],
    ['name.first()', true],
    ['name', true],
    ['active', true],
    ['birthDate > @1974', false],
  ])('%s: %s', (source, expected) => {
    const path = compileFhirPath(source, { definitions, place: 'Patient' });
    expect(path.test(input, environmentOf(input))).toBe(expected);
  });

  it('judges inputs of other types than it was compiled for', () => {
    const path = compileFhirPath("id = 'p' and %resource.name.exists()", {
      definitions,
      place: 'Observation',
    });
    expect(path.test(input, environmentOf(input))).toBe(true);
  });
});

describe('items', () => {
  it('know where they were found', () => {
    const input = itemOf(patient, 'Patient');
    const path = compileFhirPath("name.where(use = 'official').given[1]", { definitions, place: 'Patient' });
    const [item] = path.evaluate(input, environmentOf(input));
    expect([item!.key, item!.index, item!.parent!.key, item!.parent!.index, item!.parent!.parent]).toEqual([
      'given',
      1,
      'name',
      0,
      input,
    ]);
  });
});
