// Index paths of contained resources (search.html#contained): those of their type with `#` before the id, so that a
// search for a resource of its own never finds the container, and the other way round.

import type { IndexPath, SearchParameter } from '../definitions/searchParameter.ts';

/** The path as contained resources are indexed by it. */
export function containedPath(path: IndexPath): IndexPath {
  return {
    ...path,
    id: `#${path.id}`,
    ...(path.components && {
      components: path.components.map((component) => ({
        ...component,
        alternatives: component.alternatives.map((from) => ({ ...from, id: `#${from.id}` })),
      })),
    }),
  };
}

/** The parameter as it searches contained resources. */
export function containedParameter(parameter: SearchParameter): SearchParameter {
  return {
    ...parameter,
    paths: parameter.paths.map((each) => ({ ...each, path: containedPath(each.path) })),
  };
}
