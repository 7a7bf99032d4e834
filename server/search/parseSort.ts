// `_sort` (search.html#sort): parameter names, `-` for descending, and where each one's values are.

import type { Definitions } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import type { SearchParameter } from '../definitions/searchParameter.ts';
import { refuse } from '../errors.ts';
import { hashPath } from './hash64.ts';
import { valueJsonPath } from './jsonPath.ts';
import type { SearchPlan, SortSource } from './searchPlan.ts';

const mostKeys = 8;

/**
 * Parses the value of `_sort`: `-date,_id`.
 * @throws FhirError 400 for an empty or repeated name, or too many
 */
export function parseSort(value: string): SearchPlan['sort'] {
  const keys = value.split(',').map((text) => {
    const name = text.trim();
    const descending = name.startsWith('-');
    return { parameter: descending ? name.slice(1) : name, descending };
  });
  const names = keys.map(({ parameter }) => parameter);
  if (names.includes(''))
    throw refuse(400, 'value', `Search parameter '_sort' has an empty name: '${value}'.`);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined)
    throw refuse(400, 'value', `Search parameter '_sort' names '${repeated}' twice.`);
  if (keys.length > mostKeys)
    throw refuse(400, 'too-costly', `Search parameter '_sort' takes at most ${mostKeys} names.`);
  return keys;
}

/**
 * Where the values of a sort parameter are for a resource type.
 * @throws FhirError 400 for a parameter that the type does not have or that has no order
 */
export function sortSource(definitions: Definitions, type: string, code: string): SortSource {
  if (code === '_id') return { kind: 'column', column: 'id' };
  if (code === '_lastUpdated') return { kind: 'column', column: 'last_updated' };
  const parameters = parametersOf(definitions, type);
  const parameter = parameters.get(code);
  const source = parameter && sourceOf(parameter);
  if (source) return source;
  const possible = [...parameters.values()].filter(isSortable).map((other) => other.code);
  throw refuse(
    400,
    parameter ? 'not-supported' : 'invalid',
    `Search parameter '_sort': ${type} cannot be sorted by '${code}'. Possible are: ${possible.sort().join(', ')}.`,
  );
}

const isSortable = (parameter: SearchParameter): boolean => sourceOf(parameter) !== undefined;

function sourceOf({ type, paths, targets }: SearchParameter): SortSource | undefined {
  if (paths.length === 0) return undefined;
  const ids = [...new Set(paths.map(({ path }) => path.id))];
  switch (type) {
    case 'string':
    case 'date':
    case 'number':
    case 'quantity':
      return { kind: type, paths: ids.map(hashPath) };
    case 'token':
    case 'reference':
    case 'uri':
      return { kind: 'content', jsonPaths: paths.map((path) => valueJsonPath(path, targets)) };
    default:
      return undefined;
  }
}
