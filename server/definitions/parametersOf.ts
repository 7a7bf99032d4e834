// The search parameters of a resource type, compiled on first use.

import { compileComposite, compileIndexPaths } from './compileIndexPaths.ts';
import type { Definitions, PublishedParameter } from './definitions.ts';
import type { ParameterPath, SearchParameter } from './searchParameter.ts';

/**
 * Parameter name → compiled parameter, for every parameter published for the type or its base types. Parameters
 * without an expression (`_text`, `_content`, `_query`) have no paths.
 */
export function parametersOf(definitions: Definitions, type: string): ReadonlyMap<string, SearchParameter> {
  let parameters = definitions.compiled.get(type);
  if (!parameters) {
    const bases = new Set<string>();
    for (let name: string | undefined = type; name; name = definitions.types.get(name)?.base) bases.add(name);
    const published = definitions.searchParameters.filter((p) => p.base.some((base) => bases.has(base)));
    parameters = new Map(published.map((p) => [p.code, compileParameter(definitions, type, p)]));
    definitions.compiled.set(type, parameters);
  }
  return parameters;
}

/**
 * One parameter compiled for one resource type.
 * @throws Error when its expression cannot be compiled for the type
 */
export function compileParameter(
  definitions: Definitions,
  type: string,
  published: PublishedParameter,
): SearchParameter {
  const { code, url, description, target } = published;
  const components = published.component?.map((component) => {
    const definition = definitions.searchParameters.find((p) => p.url === component.definition);
    if (!definition) throw new Error(`${url}: unknown component ${component.definition}`);
    return { code: definition.code, type: definition.type, expression: component.expression };
  });
  return {
    code,
    type: published.type,
    url,
    description: descriptionFor(type, description),
    paths: pathsOf(definitions, type, published, components ?? []),
    ...(target ? { targets: target } : {}),
    ...(components ? { components: components.map((c) => ({ code: c.code, type: c.type })) } : {}),
  };
}

function pathsOf(
  definitions: Definitions,
  type: string,
  { type: kind, expression }: PublishedParameter,
  components: Parameters<typeof compileComposite>[3],
): ParameterPath[] {
  if (expression === undefined || kind === 'special') return [];
  if (kind === 'composite') return compileComposite(definitions, type, expression, components);
  return compileIndexPaths(definitions, type, kind, expression);
}

/** Parameters shared by several types describe themselves as a list: `[Patient](patient.html): …\r\n* [Person]…`. */
function descriptionFor(type: string, description: string | undefined): string | undefined {
  if (!description?.startsWith('Multiple Resources:')) return description;
  const line = description.split(/\r?\n/).find((text) => text.startsWith(`* [${type}]`));
  return line?.slice(line.indexOf(':') + 1).trim() ?? description;
}
