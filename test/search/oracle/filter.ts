// The _filter parameter (search_filter.html): comparisons joined from left to right by `and` and `or`, with `not` and
// parentheses, of what the search parameters named in them find.
import type { SearchParameter } from '@medplum/fhirtypes';
import { parameterOf } from './definitions.ts';
import { matches, type Setting, targetsOf } from './evaluate.ts';
import { dateInterval, targetIntervals } from './matchDate.ts';
import { fold, textsOf } from './matchString.ts';
import { isSearchable } from './searchableTypes.ts';
import { prefixes } from './splitValue.ts';
import { type Resource, type Value, valuesOf } from './values.ts';

type Test = (resource: Resource) => boolean;

/** Whether a resource passes a filter. */
export function passes(resource: Resource, filter: string, setting: Setting): boolean {
  const words = filter.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()]+/g)!;
  return readLogic(words, setting)(resource);
}

/** Takes comparisons off the words up to their end or a closing parenthesis; no operator binds tighter than another. */
function readLogic(words: string[], setting: Setting): Test {
  let test = readUnit(words, setting);
  while (words[0] === 'and' || words[0] === 'or') {
    const [operator, left] = [words.shift(), test];
    const right = readUnit(words, setting);
    test =
      operator === 'and'
        ? (resource) => left(resource) && right(resource)
        : (resource) => left(resource) || right(resource);
  }
  return test;
}

function readUnit(words: string[], setting: Setting): Test {
  const first = words.shift()!;
  if (first === 'not' || first === '(') {
    if (first === 'not') words.shift();
    const inner = readLogic(words, setting);
    words.shift();
    return first === 'not' ? (resource) => !inner(resource) : inner;
  }
  const [operator, value] = words.splice(0, 2) as [string, string];
  const wanted = value.startsWith('"') ? (JSON.parse(value) as string) : value;
  return (resource) => compare(resource, first, operator, wanted, setting);
}

/** `path operator value`, where the path may lead through references. */
function compare(
  resource: Resource,
  path: string,
  operator: string,
  wanted: string,
  setting: Setting,
): boolean {
  const [code, ...rest] = path.split('.');
  const parameter = parameterOf(resource.resourceType, code!);
  if (!parameter) return false;
  if (rest.length > 0)
    return targetsOf(resource, parameter, setting).some((target) =>
      compare(target, rest.join('.'), operator, wanted, setting),
    );
  const values = valuesOf(resource, parameter);
  if (operator === 'pr')
    return values.some((value) => isSearchable(parameter.type!, value)) === (wanted === 'true');
  if (operator === 'ni')
    return !values.some((value) => holds(value, parameter, 'in', wanted, resource, setting));
  // What has no order and is no text: the index cannot tell whether there is another value beside an equal one.
  if (operator === 'ne' && ['token', 'reference', 'uri'].includes(parameter.type!)) {
    const there = values.filter((value) => isSearchable(parameter.type!, value));
    return (
      there.length > 0 && !there.some((value) => holds(value, parameter, 'eq', wanted, resource, setting))
    );
  }
  return values.some((value) => holds(value, parameter, operator, wanted, resource, setting));
}

const TERMINOLOGY: Readonly<Record<string, string>> = { in: 'in', ss: 'below', sb: 'above' };

function holds(
  value: Value,
  parameter: SearchParameter,
  operator: string,
  wanted: string,
  resource: Resource,
  setting: Setting,
): boolean {
  const asSearch = (modifier: string | undefined, text: string): boolean =>
    matches(value, parameter, modifier, text, resource, setting);
  if (operator in TERMINOLOGY) return asSearch(TERMINOLOGY[operator], wanted);
  if (operator === 'po') {
    const { low, high } = dateInterval(wanted);
    return targetIntervals(value).some((target) => target.low < high && low < target.high);
  }
  if (['date', 'number', 'quantity'].includes(parameter.type!))
    return (prefixes as readonly string[]).includes(operator) && asSearch(undefined, operator + wanted);
  if (parameter.type !== 'string') return asSearch(undefined, wanted) === (operator !== 'ne');
  return textsOf(value).some((text) => compareText(fold(text), operator, fold(wanted)));
}

function compareText(text: string, operator: string, wanted: string): boolean {
  switch (operator) {
    case 'eq':
      return text === wanted;
    case 'ne':
      return text !== wanted;
    case 'co':
      return text.includes(wanted);
    case 'sw':
      return text.startsWith(wanted);
    case 'ew':
      return text.endsWith(wanted);
    default:
      throw new Error(`no such operator for texts: ${operator}`);
  }
}
