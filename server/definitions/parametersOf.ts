// The search parameters of a resource type, compiled on first use.

import { compileComposite, compileIndexPaths } from './compileIndexPaths.ts';
import type { Definitions, PublishedParameter, TypeParameters } from './definitions.ts';
import { phonetic } from './searchDataTypes.ts';
import type { ParameterPath, SearchParameter } from './searchParameter.ts';

/**
 * Parameter name → compiled parameter, for every parameter published or stored for the type or its base types and ready to
 * be searched by. Parameters without an expression (`_text`, `_content`, `_query`) have no paths.
 */
export function parametersOf(definitions: Definitions, type: string): ReadonlyMap<string, SearchParameter> {
  return typeParameters(definitions, type).usable;
}

/** The parameters of a type, those under construction too. The same object as long as nothing of it changes. */
export function typeParameters(definitions: Definitions, type: string): TypeParameters {
  let parameters = definitions.compiled.get(type);
  if (!parameters) {
    const bases = basesOf(definitions, type);
    const applies = ({ base }: PublishedParameter) => base.some((name) => bases.has(name));
    const compile = (parameter: PublishedParameter) => compileParameter(definitions, type, parameter);
    const custom = definitions.customParameters.filter(applies);
    const usable = [...definitions.searchParameters.filter(applies), ...custom.filter((p) => p.usable)];
    parameters = {
      usable: new Map(usable.map((p) => [p.code, compile(p)])),
      building: custom.filter((p) => !p.usable).map(compile),
    };
    definitions.compiled.set(type, parameters);
  }
  return parameters;
}

/** A type and what it is derived from: `Patient`, `DomainResource`, `Resource`. */
export function basesOf(definitions: Definitions, type: string): Set<string> {
  const bases = new Set<string>();
  for (let name: string | undefined = type; name; name = definitions.types.get(name)?.base) bases.add(name);
  return bases;
}

/** The parameter with a canonical url, published or custom; a version behind `|` is disregarded. */
export function parameterByUrl(definitions: Definitions, canonical: string): PublishedParameter | undefined {
  const [url] = canonical.split('|');
  const named = (parameter: PublishedParameter) => parameter.url === url;
  return definitions.searchParameters.find(named) ?? definitions.customParameters.find(named);
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
    const definition = parameterByUrl(definitions, component.definition);
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
  { url, type: kind, expression }: PublishedParameter,
  components: Parameters<typeof compileComposite>[3],
): ParameterPath[] {
  if (expression === undefined) return [];
  if (kind === 'composite') return compileComposite(definitions, type, expression, components);
  // The one special parameter over an element is `near`.
  const paths = compileIndexPaths(definitions, type, kind === 'special' ? 'position' : kind, expression);
  if (!phonetic.has(url)) return paths;
  return paths.map(({ path }) => ({
    path: { ...path, id: `${path.id}~`, phonetic: true, mandatory: false },
  }));
}

/** Parameters shared by several types describe themselves as a list: `[Patient](patient.html): …\r\n* [Person]…`. */
function descriptionFor(type: string, description: string | undefined): string | undefined {
  if (!description?.startsWith('Multiple Resources:')) return description;
  const line = description.split(/\r?\n/).find((text) => text.startsWith(`* [${type}]`));
  return line?.slice(line.indexOf(':') + 1).trim() ?? description;
}
