// The index paths that hold a type's care dates, as they are in `search_date.path`.

import { careDateParameters } from '../definitions/careDateParameters.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import { hashPath } from './hash64.ts';

/** `search_date.path` values of the dates when care took place; none for types without such dates. */
export function careDatePaths(definitions: Definitions, type: string): bigint[] {
  const parameters = parametersOf(definitions, type);
  const paths = careDateParameters(type).flatMap((code) => {
    const parameter = parameters.get(code);
    if (parameter?.type !== 'date') throw new Error(`${type} has no date parameter '${code}'`);
    return parameter.paths.map(({ path }) => hashPath(path.id));
  });
  return [...new Set(paths)];
}
