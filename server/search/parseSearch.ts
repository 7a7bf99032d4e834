// From the query of a search to its plan (search.html): every parameter is either applied, refused, or — with lenient
// handling and for unknown parameters only — reported as ignored.

import type { Definitions } from '../definitions/definitions.ts';
import { type Issue, refuse } from '../errors.ts';
import { compartmentCriterion, compartmentTypes } from './compartmentCriterion.ts';
import { isTrait } from './hash64.ts';
import type { ParseContext } from './parseContext.ts';
import { knowsParameter, parseParameter, unknownParameter } from './parseParameter.ts';
import { sortSource } from './parseSort.ts';
import { isResultParameter, type PageLimits, parseResultParameters } from './resultParameters.ts';
import type { Criterion, Cursor, SearchPlan, TypeSearch } from './searchPlan.ts';

/** How much a search may ask for. */
export interface SearchLimits extends PageLimits {
  /** parameters in one search */
  maxCriteria: number;
  /** comma-separated alternatives of one parameter */
  maxAlternatives: number;
}

export const defaultSearchLimits: SearchLimits = {
  defaultCount: 20,
  maxCount: 1000,
  maxCriteria: 50,
  maxAlternatives: 500,
};

/** A search request. */
export interface SearchRequest {
  /** absent for a search across types: all of the compartment, those of `_type`, or every one */
  type?: string;
  /** only resources of this compartment: `Patient`, its id */
  compartment?: { type: string; id: string };
  /** decoded names (with modifiers) and values, in order */
  query: readonly (readonly [name: string, value: string])[];
  /** strict refuses unknown parameters, lenient reports them */
  handling: 'strict' | 'lenient';
  /** this server's base URLs, without trailing slash */
  baseUrls: readonly string[];
  limits?: SearchLimits;
  /** milliseconds since the epoch, for the prefix `ap` of dates */
  now?: number;
  /** where the page begins, from a next link */
  cursor?: Cursor;
  /** whether full text is indexed */
  textSearch?: boolean;
}

/**
 * Plans a search.
 * @throws FhirError 400 that names the parameter and what is allowed
 */
export function parseSearch(definitions: Definitions, request: SearchRequest): SearchPlan {
  const { query, handling, limits = defaultSearchLimits, cursor } = request;
  const types = typesOf(definitions, request);
  const result = parseResultParameters(definitions, types, query, limits);
  const contextOf = contextMaker(definitions, request, limits);
  const ignored: Issue[] = [];
  const parameters = query.filter(([name, value]) => {
    if (isResultParameter(name)) return false;
    const stranger = types.find((type) => !knowsParameter(contextOf(type), name));
    if (stranger === undefined && value !== '') return true;
    const problem =
      stranger === undefined
        ? `Search parameter '${name}' has no value.`
        : unknownParameter(contextOf(stranger), name);
    if (handling === 'strict') {
      // Chains say better than this what is wrong with them.
      if (stranger !== undefined) parseParameter(contextOf(stranger), name, value);
      throw refuse(400, 'invalid', problem);
    }
    ignored.push({ severity: 'warning', code: 'invalid', diagnostics: problem });
    return false;
  });
  if (parameters.length > limits.maxCriteria) {
    throw refuse(400, 'too-costly', `A search may have at most ${limits.maxCriteria} parameters.`);
  }

  const { contained, containedType, ...shape } = result;
  const searches = types.flatMap((type) => {
    const sort = shape.sort.map(({ parameter }) => sortSource(definitions, type, parameter));
    const search = (inside: boolean): TypeSearch => {
      const context = contextOf(type, inside);
      const criteria = parameters.flatMap(([name, value]) => parseParameter(context, name, value));
      const { compartment } = request;
      const member = compartment && compartmentCriterion(definitions, compartment.type, compartment.id, type);
      return {
        type,
        criteria: compartment ? [member ?? nobody, ...criteria] : criteria,
        sort,
        ...(inside ? { contained: containedType } : {}),
      };
    };
    if (contained === 'false') return [search(false)];
    return contained === 'true' ? [search(true)] : [search(false), search(true)];
  });
  return {
    path: pathOf(request),
    searches,
    ...shape,
    ...(cursor ? { cursor } : {}),
    applied: [...parameters.map(([name, value]): [string, string] => [name, value]), ...shape.applied],
    ignored,
  };
}

/** What is no member of a compartment, whatever it is. */
const nobody: Criterion = { kind: 'constant', parameter: '*', holds: false };

function contextMaker(
  definitions: Definitions,
  { baseUrls, now = Date.now(), textSearch = true }: SearchRequest,
  { maxAlternatives }: SearchLimits,
): (type: string, contained?: boolean) => ParseContext {
  const opened = { count: 0 };
  const shared = { definitions, baseUrls, now, maxAlternatives, textSearch, depth: 0, opened };
  return (type, contained = false) => ({ ...shared, type, contained, wasContained: contained });
}

function pathOf({ type, compartment }: SearchRequest): string {
  return compartment ? `${compartment.type}/${compartment.id}/${type ?? '*'}` : (type ?? '');
}

/** The types to search: the one of the URL, or those of `_type` among all that there are. */
function typesOf(definitions: Definitions, { type, compartment, query }: SearchRequest): string[] {
  const given = query.filter(([name]) => name === '_type').map(([, value]) => value);
  if (given.length > 1) throw refuse(400, 'invalid', "Search parameter '_type' may be given once only.");
  const named = given[0]?.split(',').map((name) => name.trim());
  const possible =
    type !== undefined
      ? [type]
      : compartment
        ? compartmentTypes(definitions, compartment.type)
        : [...definitions.resourceTypes].sort();
  const wrong = named?.find((name) => !possible.includes(name));
  if (wrong !== undefined) {
    const problem = definitions.resourceTypes.has(wrong) ? 'is not searched here' : 'is no resource type';
    throw refuse(400, 'value', `Search parameter '_type': '${wrong}' ${problem}.`);
  }
  return named ? [...new Set(named)] : possible;
}

/**
 * The hash that finds all matches, where the whole search is one token or reference criterion with a single one:
 * many such searches can be answered by one query.
 */
export function soleTokenHash({ searches }: SearchPlan): bigint | undefined {
  const [search, ...others] = searches;
  const [only, ...more] = search?.criteria ?? [];
  return others.length === 0 &&
    more.length === 0 &&
    only?.kind === 'token' &&
    !only.negated &&
    only.hashes.length === 1 &&
    !isTrait(only.hashes[0]!)
    ? only.hashes[0]
    : undefined;
}
