// Reduces CodeSystem and ValueSet resources, published or stored, to what the server works with.

import {
  type CodeSystemDefinition,
  type ComponentDefinition,
  type ConceptDefinition,
  type Designation,
  type ExpansionCode,
  type ExpansionDefinition,
  propertyMeaning,
  type ValueSetDefinition,
} from './terminology.ts';

type Json = Record<string, unknown>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];

/** Without undefined properties and empty lists, which most have many of. */
function dense<T extends object>(value: T): T {
  const entries = Object.entries(value).filter(
    ([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0),
  );
  return Object.fromEntries(entries) as T;
}

/** Reduces a CodeSystem resource. `url` stands in for one that has none (contained ones). */
export function reduceCodeSystem(resource: Json, url = ''): CodeSystemDefinition {
  const properties = list(resource.property).map(({ code, uri, type }) =>
    dense({ code: text(code) ?? '', uri: text(uri), type: text(type) }),
  );
  return {
    ...dense({
      url: text(resource.url) ?? url,
      version: text(resource.version),
      name: text(resource.title) ?? text(resource.name),
      content: (text(resource.content) ?? 'complete') as CodeSystemDefinition['content'],
      caseSensitive: typeof resource.caseSensitive === 'boolean' ? resource.caseSensitive : undefined,
      hierarchyMeaning: text(resource.hierarchyMeaning) as CodeSystemDefinition['hierarchyMeaning'],
      supplements: text(resource.supplements),
      valueSet: text(resource.valueSet),
      properties,
    }),
    concepts: reduceConcepts(resource, new Map(properties.map((p) => [p.code, propertyMeaning(p)]))),
  };
}

function reduceConcepts(resource: Json, meanings: ReadonlyMap<string, string>): ConceptDefinition[] {
  const parents = new Map<string, Set<string>>();
  const concepts: { raw: Json; code: string; properties: [string, unknown][] }[] = [];
  const link = (child: string, parent: unknown) => {
    if (typeof parent !== 'string') return;
    parents.set(child, (parents.get(child) ?? new Set()).add(parent));
  };
  const visit = (raw: Json, parent: string | undefined) => {
    const code = text(raw.code);
    if (code === undefined) return;
    if (parent !== undefined) link(code, parent);
    const properties: [string, unknown][] = [];
    for (const property of list(raw.property)) {
      const name = text(property.code) ?? '';
      const value = valueX(property);
      const meaning = meanings.get(name) ?? name;
      if (meaning === 'parent' || meaning === 'subsumedBy') link(code, codeOf(value));
      else if (meaning === 'child') {
        const child = codeOf(value);
        if (typeof child === 'string') link(child, code);
      } else properties.push([name, value]);
    }
    concepts.push({ raw, code, properties });
    for (const child of list(raw.concept)) visit(child, code);
  };
  for (const concept of list(resource.concept)) visit(concept, undefined);

  // Code systems may have a hundred thousand concepts: no lists are made that would be left out again.
  return concepts.map(({ raw, code, properties }) => {
    const above = parents.get(code);
    const concept: { -readonly [key in keyof ConceptDefinition]: ConceptDefinition[key] } = { code };
    if (typeof raw.display === 'string') concept.display = raw.display;
    if (typeof raw.definition === 'string') concept.definition = raw.definition;
    if (above) concept.parents = [...above];
    if (properties.length > 0) concept.properties = properties;
    if (raw.designation !== undefined) {
      const designations = reduceDesignations(raw);
      if (designations.length > 0) concept.designations = designations;
    }
    return concept;
  });
}

function reduceDesignations({ designation }: Json): Designation[] {
  return list(designation).map(({ language, use, value }) =>
    dense({ language: text(language), use, value: text(value) ?? '' }),
  );
}

/** `value[x]`. */
function valueX(property: Json): unknown {
  for (const key in property) if (key.startsWith('value')) return property[key];
  return undefined;
}

/** A code, or the code of a Coding. */
const codeOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? (value as Json).code : value;

/** Reduces a ValueSet resource. `url` stands in for one that has none. */
export function reduceValueSet(resource: Json, url = ''): ValueSetDefinition {
  const compose = resource.compose as Json | undefined;
  return dense({
    url: text(resource.url) ?? url,
    version: text(resource.version),
    name: text(resource.name),
    title: text(resource.title),
    status: text(resource.status),
    compose: compose && {
      ...(typeof compose.inactive === 'boolean' ? { inactive: compose.inactive } : {}),
      include: list(compose.include).map(reduceComponent),
      exclude: list(compose.exclude).map(reduceComponent),
    },
    expansion: resource.expansion ? reduceExpansion(resource.expansion as Json) : undefined,
    contained: reduceContained(list(resource.contained), text(resource.url) ?? url),
  });
}

function reduceComponent(component: Json): ComponentDefinition {
  return dense({
    system: text(component.system),
    version: text(component.version),
    concepts: list(component.concept).map((concept) =>
      dense({
        code: text(concept.code) ?? '',
        display: text(concept.display),
        designations: reduceDesignations(concept),
      }),
    ),
    filters: list(component.filter).map(({ property, op, value }) => ({
      property: text(property) ?? '',
      op: text(op) ?? '',
      value: text(value) ?? '',
    })),
    valueSets: texts(component.valueSet),
  });
}

/** Parameters of $expand that leave codes out. */
const NARROWING = new Set([
  'filter',
  'offset',
  'count',
  'activeOnly',
  'excludeNotForUI',
  'excludePostCoordinated',
]);

/** Says that an expansion cannot have all codes. */
const UNCLOSED = 'http://hl7.org/fhir/StructureDefinition/valueset-unclosed';

function reduceExpansion(expansion: Json): ExpansionDefinition {
  const codes: ExpansionCode[] = [];
  let entries = 0;
  const visit = (entry: Json) => {
    entries++;
    const { system, version, code, display, abstract, inactive } = entry;
    if (typeof code === 'string') {
      codes.push(
        dense({
          system: text(system),
          version: text(version),
          code,
          display: text(display),
          abstract: abstract === true || undefined,
          inactive: inactive === true || undefined,
          designations: reduceDesignations(entry),
        }),
      );
    }
    for (const child of list(entry.contains)) visit(child);
  };
  for (const entry of list(expansion.contains)) visit(entry);

  const narrowed = list(expansion.parameter).some((parameter) => {
    const value = valueX(parameter);
    return NARROWING.has(text(parameter.name) ?? '') && value !== false && value !== 'false';
  });
  const unclosed = list(expansion.extension).some(
    ({ url, valueBoolean }) => url === UNCLOSED && valueBoolean === true,
  );
  const { total } = expansion;
  const complete =
    !narrowed && !unclosed && !(typeof total === 'number' && total > entries) && !expansion.offset;
  return { complete, codes };
}

/** Those without a url of their own are named by the url of the resource they are in, as far as that has one. */
function reduceContained(resources: Json[], container: string): ValueSetDefinition['contained'] {
  const url = container.startsWith('#') ? '' : container;
  const codeSystems: Record<string, CodeSystemDefinition> = {};
  const valueSets: Record<string, ValueSetDefinition> = {};
  for (const resource of resources) {
    const reference = `#${text(resource.id)}`;
    if (resource.resourceType === 'CodeSystem') {
      codeSystems[reference] = reduceCodeSystem(resource, url + reference);
    } else if (resource.resourceType === 'ValueSet') {
      valueSets[reference] = reduceValueSet(resource, url + reference);
    }
  }
  const none = Object.keys(codeSystems).length + Object.keys(valueSets).length === 0;
  return none ? undefined : { codeSystems, valueSets };
}
