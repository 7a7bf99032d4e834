// From the query of a search to its plan (search.html): every parameter is either applied, refused, or — with lenient
// handling and for unknown parameters only — reported as ignored.

import type { Definitions } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import { notSearchable } from '../definitions/searchDataTypes.ts';
import { type Issue, refuse } from '../errors.ts';
import { isTrait } from './hash64.ts';
import type { ReferenceContext } from './parameters/reference.ts';
import { parseCriteria } from './parseCriteria.ts';
import { isResultParameter, type PageLimits, parseResultParameters } from './resultParameters.ts';
import { searchParametersOf } from './searchParametersOf.ts';
import type { SearchPlan } from './searchPlan.ts';

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
  type: string;
  /** decoded names (with modifiers) and values, in order */
  query: readonly (readonly [name: string, value: string])[];
  /** strict refuses unknown parameters, lenient reports them */
  handling: 'strict' | 'lenient';
  /** this server's base URLs, without trailing slash */
  baseUrls: readonly string[];
  limits?: SearchLimits;
  /** milliseconds since the epoch, for the prefix `ap` of dates */
  now?: number;
}

/** Parameters of the specification that this server does not offer; never ignored, since they change what is found. */
const notOffered = new Set([
  '_sort',
  '_include',
  '_revinclude',
  '_has',
  '_text',
  '_content',
  '_query',
  '_filter',
  '_list',
  '_contained',
  '_containedType',
  '_type',
  '_score',
]);

/**
 * Plans a search of one resource type.
 * @throws FhirError 400 that names the parameter and what is allowed
 */
export function parseSearch(definitions: Definitions, request: SearchRequest): SearchPlan {
  const { type, query, handling, baseUrls, limits = defaultSearchLimits, now = Date.now() } = request;
  const context: ReferenceContext = { definitions, baseUrls };
  const parameters = parametersOf(definitions, type);
  const ignored: Issue[] = [];
  const criteria: SearchPlan['criteria'] = [];
  const applied: [string, string][] = [];

  for (const [name, value] of query) {
    if (isResultParameter(name)) continue;
    const [code = '', modifier] = splitModifier(name);
    if (notOffered.has(code) || code.includes('.') || modifier?.includes('.')) throw notSupported(name);
    const parameter = parameters.get(code);
    if (!parameter || value === '') {
      const problem = parameter
        ? `Search parameter '${name}' has no value.`
        : unknown(definitions, type, name);
      if (handling === 'strict') throw refuse(400, 'invalid', problem);
      ignored.push({ severity: 'warning', code: 'invalid', diagnostics: problem });
      continue;
    }
    if (notSearchable.has(parameter.url)) throw notSupported(name, notSearchable.get(parameter.url));
    criteria.push(...parseCriteria({ parameter, modifier, value, context, now, ...limits }));
    applied.push([name, value]);
  }
  if (applied.length > limits.maxCriteria) {
    throw refuse(400, 'too-costly', `A search may have at most ${limits.maxCriteria} parameters.`);
  }
  const result = parseResultParameters(definitions, type, query, limits);
  return { type, criteria, ...result, applied: [...applied, ...result.applied], ignored };
}

/** `code:exact` → `['code', 'exact']`. */
function splitModifier(name: string): [code: string, modifier?: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? [name] : [name.slice(0, colon), name.slice(colon + 1)];
}

function notSupported(name: string, what?: string): Error {
  return refuse(
    400,
    'not-supported',
    `Search parameter '${name}' is not supported by this server${what ? ` (${what})` : ''}.`,
  );
}

function unknown(definitions: Definitions, type: string, name: string): string {
  const known = searchParametersOf(definitions, type).map((parameter: { name: string }) => parameter.name);
  return `Unknown search parameter '${name}' for ${type}. Known are: ${known.join(', ')}.`;
}

/**
 * The hash that finds all matches, where the whole search is one token or reference criterion with a single one:
 * many such searches can be answered by one query.
 */
export function soleTokenHash({ criteria }: SearchPlan): bigint | undefined {
  const [only] = criteria;
  return criteria.length === 1 &&
    only?.kind === 'token' &&
    !only.negated &&
    only.hashes.length === 1 &&
    !isTrait(only.hashes[0]!)
    ? only.hashes[0]
    : undefined;
}
