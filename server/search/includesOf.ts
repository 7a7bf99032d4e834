// What `_include` and `_revinclude` can follow (search.html#include): the reference parameters of each resource type and
// the types they lead to. The parser and the CapabilityStatement read the same lists.

import type { Definitions } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import { notSearchable } from '../definitions/searchDataTypes.ts';
import type { ParameterPath, SearchParameter } from '../definitions/searchParameter.ts';
import { targetTypes } from './parameters/reference.ts';

/** The parameters of a type that an include can name, by name. */
export function referenceParameters(definitions: Definitions, type: string): SearchParameter[] {
  return [...parametersOf(definitions, type).values()]
    .filter(
      ({ type: kind, url, paths }) => kind === 'reference' && paths.length > 0 && !notSearchable.has(url),
    )
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** Whether the values at a path name a resource by its canonical url instead of by type and id. */
export function isCanonical({ path }: ParameterPath): boolean {
  return path.dataType !== 'Reference' && path.dataType !== 'Resource';
}

/** The resource types that a reference parameter can lead to. */
export function includeTargets(definitions: Definitions, parameter: SearchParameter): Set<string> {
  return new Set(parameter.paths.flatMap((path) => pathTargets(definitions, parameter, path)));
}

/** The resource types that one path of a reference parameter can lead to; canonicals lead to types that have a url. */
export function pathTargets(
  definitions: Definitions,
  parameter: SearchParameter,
  path: ParameterPath,
): string[] {
  const types = targetTypes(parameter, path, definitions);
  return isCanonical(path) ? types.filter((type) => urlParameter(definitions, type) !== undefined) : types;
}

/** The uri parameter `url` of types that have a canonical url. */
export function urlParameter(definitions: Definitions, type: string): SearchParameter | undefined {
  const parameter = parametersOf(definitions, type).get('url');
  return parameter?.type === 'uri' ? parameter : undefined;
}

/** Values of `_include` for a search of this type, without those that name a target type. */
export function includesOf(definitions: Definitions, type: string): string[] {
  const codes = referenceParameters(definitions, type).map(({ code }) => code);
  return codes.length === 0 ? [] : ['*', `${type}:*`, ...codes.map((code) => `${type}:${code}`)];
}

/** Values of `_revinclude`, without those that name a target type, by the type that is searched. */
export function revIncludesOf(definitions: Definitions): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const source of [...definitions.resourceTypes].sort()) {
    const parameters = referenceParameters(definitions, source);
    const whole = new Set<string>();
    for (const parameter of parameters) {
      for (const target of includeTargets(definitions, parameter)) {
        const list = found.get(target) ?? ['*'];
        found.set(target, list);
        if (!whole.has(target)) list.push(`${source}:*`);
        whole.add(target);
        list.push(`${source}:${parameter.code}`);
      }
    }
  }
  return found;
}
