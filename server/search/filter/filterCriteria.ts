// From the expression tree of a `_filter` to criteria (search_filter.html, operators by parameter type). A comparison
// becomes what a plain search parameter with prefix or modifier would be; the rest is `either` and `not`.

import type { SearchParameterType } from '../../definitions/definitions.ts';
import { refuse } from '../../errors.ts';
import type { DateTest } from '../parameters/date.ts';
import type { StringTest } from '../parameters/string.ts';
import type { Criterion } from '../searchPlan.ts';
import { bindChains, mapTests, type TestChanges } from './chainedCriteria.ts';
import { type FilterExpression, type FilterStep, type FilterTest, parseFilter } from './parseFilter.ts';
import { type FilterOperator, filterOperators } from './tokenizeFilter.ts';

/** How search parameters of the type that is searched are resolved; a path with dots is a chain. */
interface Parameters {
  criteriaFor: CriteriaFor;
  typeOf: (path: string) => SearchParameterType | undefined;
}

/** What `path:modifier=value` means in a plain search. @throws FhirError 400 */
export type CriteriaFor = (path: string, modifier: string | undefined, value: string) => Criterion[];

/** What a comparison is in a plain search: prefix or modifier, a change to its tests, and whether it must not hold. */
interface Meaning {
  prefix?: string;
  modifier?: string;
  dates?: (test: DateTest) => DateTest;
  strings?: StringTest['match'];
  negated?: true;
}

type Meanings = Partial<Record<FilterOperator, Meaning>>;

/** `negated`: the criteria must not hold. Kept apart, because a filter on a chain negates at its target. */
interface Condition {
  criteria: Criterion[];
  negated: boolean;
  /** holds besides, where a negation needs a value to be there */
  present?: Criterion[];
}

const compared: Meanings = Object.fromEntries(
  (['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'ap', 'sa', 'eb'] as const).map((prefix) => [prefix, { prefix }]),
);
const matched: Meanings = { eq: {}, ne: { negated: true } };

/** Operators by parameter type; `pr` works for all. What is not here the index cannot answer, or means nothing. */
const meanings: Record<SearchParameterType, Meanings> = {
  string: {
    eq: { strings: 'equals' },
    ne: { strings: 'differs' },
    co: { modifier: 'contains' },
    sw: {},
    gt: { strings: 'gt' },
    lt: { strings: 'lt' },
    ge: { strings: 'ge' },
    le: { strings: 'le' },
  },
  date: {
    ...compared,
    // `ap` as it is tested compares whether two ranges overlap; it has been widened by then.
    po: { prefix: 'eq', dates: (test) => ({ ...test, prefix: 'ap' }) },
    // With its ends exchanged the same test asks whether a range covers the value.
    co: { prefix: 'eq', dates: ({ low, high }) => ({ prefix: 'ap', low: high, high: low }) },
  },
  number: compared,
  quantity: compared,
  token: {
    ...matched,
    ss: { modifier: 'below' },
    sb: { modifier: 'above' },
    in: { modifier: 'in' },
    ni: { modifier: 'in', negated: true },
  },
  reference: { ...matched, re: {} },
  uri: matched,
  composite: matched,
  special: matched,
};

/** Code systems that go by a short name in a `_filter`. */
const systems: Record<string, string> = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  ucum: 'http://unitsofmeasure.org',
};

/** Names that only `_filter` has (Additional Parameters): what they bind together is a composite parameter of R4. */
const bound: Record<string, { composite: string; components: string[] }> = {
  characteristic: { composite: 'characteristic-value', components: ['code', 'value'] },
  relatesTo: { composite: 'relationship', components: ['target', 'code'] },
};

/**
 * The criteria of the text of a filter, all of which have to hold. `typeOf` tells the type of the parameter that a path
 * ends with, undefined for one that does not exist.
 * @throws FhirError 400 for what is no filter, for an operator that the type of a parameter does not have, and what
 * `criteriaFor` throws
 */
export function filterCriteria(
  text: string,
  criteriaFor: CriteriaFor,
  typeOf: Parameters['typeOf'],
): Criterion[] {
  return combine(parseFilter(text), (test) => conditionOf(test, { criteriaFor, typeOf }));
}

function combine(expression: FilterExpression, conditionOf: (test: FilterTest) => Condition): Criterion[] {
  const parameter = '_filter';
  switch (expression.kind) {
    case 'and':
      return expression.operands.flatMap((operand) => combine(operand, conditionOf));
    case 'or':
      return [
        {
          kind: 'either',
          parameter,
          alternatives: expression.operands.map((operand) => combine(operand, conditionOf)),
        },
      ];
    case 'not':
      return [{ kind: 'not', parameter, criteria: combine(expression.operand, conditionOf) }];
    case 'test': {
      const { criteria, negated, present = [] } = conditionOf(expression);
      return negated ? [...present, { kind: 'not', parameter, criteria }] : criteria;
    }
  }
}

function conditionOf(test: FilterTest, parameters: Parameters): Condition {
  const at = test.path.findIndex((step) => step.filter);
  if (at < 0) return plainCondition(test, parameters);
  const [first] = test.path as [FilterStep];
  if (Object.hasOwn(bound, first.name)) return boundCondition(test, parameters);
  return filteredCondition(test, at, parameters);
}

/** A comparison without any filter in its path. */
function plainCondition({ path, operator, value, at }: FilterTest, parameters: Parameters): Condition {
  const names = path.map(({ name }, i) => (name === 'id' && i === path.length - 1 ? '_id' : name));
  const name = names.join('.');
  const type = parameters.typeOf(name);
  // There is no such parameter: a plain search says what there is.
  if (type === undefined) return { criteria: parameters.criteriaFor(name, undefined, value), negated: false };
  if (operator === 'pr') {
    if (value !== 'true' && value !== 'false') {
      throw refuse(400, 'value', `${place(at, name)}: 'pr' is followed by true or false, not by '${value}'.`);
    }
    // A chain has no value where it leads nowhere either, so that it is the presence of one that is negated.
    const negated = value === 'false' && (names.length > 1 || name.startsWith('_has:'));
    const missing = value === 'false' && !negated;
    return { criteria: parameters.criteriaFor(name, 'missing', String(missing)), negated };
  }
  const meaning = meanings[type][operator];
  if (!meaning) {
    const known = filterOperators.filter((one) => one === 'pr' || meanings[type][one]);
    throw refuse(
      400,
      'not-supported',
      `${place(at, name)}: '${operator}' is not supported for parameters of type ${type}; supported are ${known.join(', ')}.`,
    );
  }
  const text = `${meaning.prefix ?? ''}${searchValue(type, value)}`;
  const criteria = parameters.criteriaFor(name, meaning.modifier, text);
  if (operator === 'ne' && meaning.negated && type !== 'composite') {
    // There are values, and none is equal.
    const present = parameters.criteriaFor(name, 'missing', 'false');
    return { criteria, negated: true, present };
  }
  return { criteria: mapTests(criteria, testsOf(meaning)), negated: meaning.negated === true };
}

function testsOf({ dates, strings }: Meaning): TestChanges {
  return {
    ...(dates ? { date: dates } : {}),
    ...(strings ? { string: (test: StringTest) => ({ ...test, match: strings }) } : {}),
  };
}

/** `subject[gender eq male].name eq "x"`: the filter and the rest of the path hold for the same target. */
function filteredCondition(test: FilterTest, at: number, parameters: Parameters): Condition {
  const start = test.path.slice(0, at).concat({ name: test.path[at]!.name });
  const { filter } = test.path[at] as Required<FilterStep>;
  const inFilter = testsIn(filter).map((one) => ({
    one,
    ...conditionOf({ ...one, path: [...start, ...one.path] }, parameters),
  }));
  const rest = conditionOf({ ...test, path: [...start, ...test.path.slice(at + 1)] }, parameters);
  const chains = [...inFilter.map(({ criteria }) => criteria), rest.criteria];
  const criteria = bindChains(chains, at, (atTarget) => [
    ...combine(filter, (asked) => {
      const index = inFilter.findIndex(({ one }) => one === asked);
      return { criteria: atTarget[index]!, negated: inFilter[index]!.negated };
    }),
    ...atTarget.at(-1)!,
  ]);
  if (!criteria) {
    const name = start.map((step) => step.name).join('.');
    throw refuse(
      400,
      'not-supported',
      `${place(test.at, name)}: a filter in [ ] is only supported on references, and on ${Object.keys(bound).join(' and ')}.`,
    );
  }
  return { criteria, negated: rest.negated };
}

function testsIn(expression: FilterExpression): FilterTest[] {
  if (expression.kind === 'test') return [expression];
  return expression.kind === 'not' ? testsIn(expression.operand) : expression.operands.flatMap(testsIn);
}

/** `relatesTo[code eq replaces].target re DocumentReference/1`: both of one element, which is what a composite is. */
function boundCondition(test: FilterTest, parameters: Parameters): Condition {
  const [{ name, filter }, rest] = test.path as [FilterStep, FilterStep];
  const { composite, components } = bound[name]!;
  const equal = (operator: FilterOperator): boolean => operator === 'eq' || operator === 're';
  const [first, second] = components as [string, string];
  const values = new Map<string, string>();
  if (filter?.kind === 'test' && equal(filter.operator) && filter.path.length === 1) {
    values.set(filter.path[0]!.name, filter.value);
  }
  if (test.path.length === 2 && (equal(test.operator) || test.operator === 'ne'))
    values.set(rest.name, test.value);
  if (!values.has(first) || !values.has(second)) {
    throw refuse(
      400,
      'not-supported',
      `${place(test.at, name)}: supported are ${name}[${first} eq …].${second} eq … and ${name}[${second} eq …].${first} eq ….`,
    );
  }
  const value = components.map((component) =>
    searchValue('token', values.get(component)!).replaceAll('$', '\\$'),
  );
  return {
    criteria: parameters.criteriaFor(composite, undefined, value.join('$')),
    negated: test.operator === 'ne',
  };
}

/**
 * A value of a filter as one value of a plain search. Strings are meant as they are; the other types are written as
 * in a plain search, with `|` and escapes, but for the comma: a filter has no lists.
 */
function searchValue(type: SearchParameterType, value: string): string {
  if (type === 'string') return value.replace(/[\\,$|]/g, '\\$&');
  return value
    .replace(/(^|[|$])(loinc|snomed|rxnorm|ucum)(?=\|)/g, (_, before, name) => `${before}${systems[name]}`)
    .replace(/\\.|,/gs, (text) => (text === ',' ? '\\,' : text));
}

function place(at: number, name: string): string {
  return `Search parameter '_filter', '${name}' at character ${at + 1}`;
}
