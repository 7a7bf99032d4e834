// Parameters that shape the result rather than select it (search.html#summary): order, page size, total, parts of
// resources, includes, contained resources, and the general `_format` and `_pretty`, which are passed on.

import type { Definitions } from '../definitions/definitions.ts';
import { childrenOf } from '../definitions/resolveElement.ts';
import { refuse } from '../errors.ts';
import { isInclude, parseInclude } from './parseInclude.ts';
import { parseSort } from './parseSort.ts';
import type { SearchPlan } from './searchPlan.ts';

/** Page sizes: `_count` when it is not given, and the most that is granted. */
export interface PageLimits {
  defaultCount: number;
  maxCount: number;
}

export interface ResultParameters
  extends Pick<
    SearchPlan,
    'sort' | 'count' | 'total' | 'summary' | 'elements' | 'countOnly' | 'includes' | 'applied'
  > {
  /** whether contained resources are found: instead of others (`true`), beside them (`both`) */
  contained: 'false' | 'true' | 'both';
  /** what stands for a contained resource that was found */
  containedType: 'container' | 'contained';
}

const general = ['_format', '_pretty'];
const names = new Set([
  '_sort',
  '_count',
  '_total',
  '_summary',
  '_elements',
  '_contained',
  '_containedType',
  '_type',
  ...general,
]);

/** Whether a parameter, with its modifier, is one of these. */
export function isResultParameter(name: string): boolean {
  return names.has(name) || isInclude(name);
}

/** At most this many `_include` and `_revinclude` in one search. */
const mostIncludes = 50;

/**
 * Parses the result parameters of a query on these types; other parameters are left to the caller.
 * @throws FhirError 400 for a malformed, repeated or unknown value
 */
export function parseResultParameters(
  definitions: Definitions,
  types: readonly string[],
  query: readonly (readonly [string, string])[],
  limits: PageLimits,
): ResultParameters {
  const given = new Map<string, string>();
  for (const [name, value] of query) {
    if (!names.has(name)) continue;
    if (given.has(name)) throw refuse(400, 'invalid', `Search parameter '${name}' may be given once only.`);
    given.set(name, value);
  }
  const choice = <T extends string>(name: string, ...allowed: T[]): T | undefined =>
    oneOf(name, given.get(name), allowed);
  const asked = wholeNumber('_count', given.get('_count'));
  const count = Math.min(asked ?? limits.defaultCount, limits.maxCount);
  const summary = choice('_summary', 'true', 'text', 'data', 'count', 'false');
  const total = choice('_total', 'none', 'estimate', 'accurate');
  const contained = choice('_contained', 'false', 'true', 'both');
  const containedType = choice('_containedType', 'container', 'contained');
  const elements = elementsOf(definitions, types, given.get('_elements'));
  const sort = given.get('_sort');
  const includes = query.filter(([name]) => isInclude(name));
  if (includes.length > mostIncludes) {
    throw refuse(400, 'too-costly', `A search may have at most ${mostIncludes} _include and _revinclude.`);
  }

  const applied: [string, string][] = includes.map(([name, value]) => [name, value]);
  const apply = (name: string, value: string | undefined) => {
    if (value !== undefined) applied.push([name, value]);
  };
  apply('_type', given.get('_type'));
  apply('_sort', sort);
  apply('_count', asked === undefined ? undefined : String(count));
  apply('_total', total);
  apply('_summary', summary);
  apply('_elements', elements?.join(','));
  apply('_contained', contained);
  apply('_containedType', containedType);
  for (const name of general) apply(name, given.get(name));
  return {
    sort: sort === undefined ? [] : parseSort(sort),
    count,
    total: total ?? 'none',
    ...(summary ? { summary } : {}),
    ...(elements ? { elements } : {}),
    countOnly: summary === 'count' || count === 0,
    includes: includes.map(([name, value]) => parseInclude(definitions, name, value, types)),
    contained: contained ?? 'false',
    containedType: containedType ?? 'container',
    applied,
  };
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) {
    throw refuse(400, 'value', `Search parameter '${name}' is a whole number of 0 or more, not '${text}'.`);
  }
  return Number(text);
}

function oneOf<T extends string>(
  name: string,
  text: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const value = allowed.find((known) => known === text);
  if (!value)
    throw refuse(400, 'value', `Search parameter '${name}' is one of ${allowed.join(', ')}, not '${text}'.`);
  return value;
}

/** Top-level elements by name (choice elements without their type), of any of the types. */
function elementsOf(
  definitions: Definitions,
  types: readonly string[],
  text: string | undefined,
): string[] | undefined {
  if (text === undefined) return undefined;
  const known = new Set(
    types.flatMap((type) => childrenOf(definitions, { type, path: '' }).map(({ path }) => path)),
  );
  const elements = text.split(',').map((name) => name.trim());
  const unknown = elements.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const where = types.length === 1 ? `${types[0]} has no` : 'none of the types has an';
    throw refuse(400, 'value', `Search parameter '_elements': ${where} element '${unknown}'.`);
  }
  return [...new Set(elements)];
}
