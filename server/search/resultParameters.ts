// Parameters that shape the result rather than select it (search.html#summary): `_count _total _summary _elements`,
// the cursor of next links, and the general `_format` and `_pretty`, which are passed on.

import type { Definitions } from '../definitions/definitions.ts';
import { childrenOf } from '../definitions/resolveElement.ts';
import { refuse } from '../errors.ts';
import type { SearchPlan } from './searchPlan.ts';

/** Page sizes: `_count` when it is not given, and the most that is granted. */
export interface PageLimits {
  defaultCount: number;
  maxCount: number;
}

export type ResultParameters = Pick<
  SearchPlan,
  'count' | 'total' | 'summary' | 'elements' | 'countOnly' | 'cursor' | 'applied'
>;

const general = ['_format', '_pretty'];
const names = new Set(['_count', '_total', '_summary', '_elements', '_cursor', ...general]);

/** Whether a name without modifier is one of these parameters. */
export function isResultParameter(name: string): boolean {
  return names.has(name);
}

/**
 * Parses the result parameters of a query; other parameters are left to the caller.
 * @throws FhirError 400 for a malformed, repeated or unknown value
 */
export function parseResultParameters(
  definitions: Definitions,
  type: string,
  query: readonly (readonly [string, string])[],
  limits: PageLimits,
): ResultParameters {
  const given = new Map<string, string>();
  for (const [name, value] of query) {
    if (!names.has(name)) continue;
    if (given.has(name)) throw refuse(400, 'invalid', `Search parameter '${name}' may be given once only.`);
    given.set(name, value);
  }
  const asked = wholeNumber('_count', given.get('_count'));
  const count = Math.min(asked ?? limits.defaultCount, limits.maxCount);
  const summary = oneOf('_summary', given.get('_summary'), [
    'true',
    'text',
    'data',
    'count',
    'false',
  ] as const);
  const total = oneOf('_total', given.get('_total'), ['none', 'estimate', 'accurate'] as const);
  const elements = elementsOf(definitions, type, given.get('_elements'));
  const cursor = cursorOf(given.get('_cursor'));

  const applied: [string, string][] = [];
  if (asked !== undefined) applied.push(['_count', String(count)]);
  if (total) applied.push(['_total', total]);
  if (summary) applied.push(['_summary', summary]);
  if (elements) applied.push(['_elements', elements.join(',')]);
  for (const name of general) if (given.has(name)) applied.push([name, given.get(name)!]);
  return {
    count,
    total: total ?? 'none',
    ...(summary ? { summary } : {}),
    ...(elements ? { elements } : {}),
    countOnly: summary === 'count' || count === 0,
    ...(cursor === undefined ? {} : { cursor }),
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

/** Top-level elements by name (choice elements without their type). */
function elementsOf(definitions: Definitions, type: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const known = new Set(childrenOf(definitions, { type, path: '' }).map(({ path }) => path));
  const elements = text.split(',').map((name) => name.trim());
  const unknown = elements.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw refuse(400, 'value', `Search parameter '_elements': ${type} has no element '${unknown}'.`);
  }
  return [...new Set(elements)];
}

function cursorOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,18}$/.test(text)) throw refuse(400, 'value', `The page link's '_cursor' is not valid.`);
  return BigInt(text);
}
