// Partial representations: _summary and _elements (search.html#summary, #elements), marked SUBSETTED.
import type { Definitions } from '../definitions/definitions.ts';
import { childrenOf, nameOf, type Place, placeOf, propertyOf } from '../definitions/resolveElement.ts';
import { refuse } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';

export type SubsetRequest = { summary: 'true' | 'text' | 'data' } | { elements: string[] };

const SUBSETTED = { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue', code: 'SUBSETTED' };
/** Kept whatever was asked for. */
const ALWAYS = new Set(['resourceType', 'id', 'meta']);

/**
 * Reads `_summary` and `_elements` of a read.
 * @returns undefined when the whole resource is wanted
 * @throws FhirError 400 for a value that makes no sense there
 */
export function subsetRequest(query: [string, string][]): SubsetRequest | undefined {
  const value = (name: string) => query.findLast(([key]) => key === name)?.[1];
  const summary = value('_summary');
  const elements = value('_elements');
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary };
  if (summary !== undefined && summary !== 'false') {
    throw refuse(
      400,
      'value',
      `_summary=${summary} is not possible on a read: use true, text, data or false.`,
    );
  }
  return elements ? { elements: elements.split(',').map((name) => name.trim()) } : undefined;
}

/**
 * The part of a resource (JSON text) that was asked for, as JSON text.
 * @throws FhirError 400 for an element that the type does not have
 */
export function subset(services: Services, content: string, request: SubsetRequest): string {
  const { definitions } = services;
  const resource = parseJson(content) as Resource;
  const place: Place = { type: resource.resourceType, path: '' };
  const kept =
    'elements' in request
      ? byName(definitions, resource, place, request.elements)
      : summarise(definitions, resource, place, request.summary);
  const meta = (resource.meta ?? {}) as { tag?: unknown[] };
  return JSON.stringify({ ...kept, meta: { ...meta, tag: [...(meta.tag ?? []), SUBSETTED] } });
}

function summarise(
  definitions: Definitions,
  resource: Resource,
  place: Place,
  summary: 'true' | 'text' | 'data',
): Record<string, unknown> {
  if (summary === 'data') {
    const { text: _, ...data } = resource;
    return data;
  }
  return summary === 'text'
    ? byName(definitions, resource, place, ['text'])
    : summaryOf(definitions, resource, place);
}

/** The named top-level elements and the mandatory ones, without which the result would not be valid. */
function byName(
  definitions: Definitions,
  resource: Resource,
  place: Place,
  names: string[],
): Record<string, unknown> {
  const wanted = new Set(names.map((name) => name.replace(`${place.type}.`, '').split('.')[0]!));
  const known = new Set(childrenOf(definitions, place).map(nameOf));
  const unknown = [...wanted].find((name) => !known.has(name) && !ALWAYS.has(name));
  if (unknown !== undefined)
    throw refuse(400, 'value', `_elements: ${place.type} has no element "${unknown}".`);
  const keep = properties(definitions, place, ({ name, min }) => min > 0 || wanted.has(name));
  return pick(resource, (property) => ALWAYS.has(property) || keep.has(property));
}

interface Child {
  name: string;
  min: number;
  isSummary: boolean;
}

/** JSON properties of the child elements that pass. */
function properties(definitions: Definitions, place: Place, passes: (child: Child) => boolean): Set<string> {
  const names = new Set<string>();
  for (const element of childrenOf(definitions, place)) {
    const name = nameOf(element);
    if (!passes({ name, min: element.min, isSummary: element.isSummary ?? false })) continue;
    for (const type of element.types) names.add(propertyOf(element, type));
    if (element.types.length === 0) names.add(name);
  }
  return names;
}

function pick(node: Record<string, unknown>, keep: (property: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(node).filter(([property]) =>
      keep(property.startsWith('_') ? property.slice(1) : property),
    ),
  );
}

/** Elements marked isSummary, inside backbone elements too; data types are kept whole, as their parts are summary. */
function summaryOf(
  definitions: Definitions,
  node: Record<string, unknown>,
  place: Place,
): Record<string, unknown> {
  const keep = properties(definitions, place, ({ isSummary }) => isSummary);
  const kept = pick(node, (property) => (place.path === '' && ALWAYS.has(property)) || keep.has(property));
  for (const element of childrenOf(definitions, place)) {
    const name = nameOf(element);
    if (kept[name] === undefined || !element.types.includes('BackboneElement')) continue;
    const inner = placeOf(place, element, 'BackboneElement');
    const shorten = (item: unknown) => summaryOf(definitions, item as Record<string, unknown>, inner);
    kept[name] = Array.isArray(kept[name]) ? kept[name].map(shorten) : shorten(kept[name]);
  }
  return kept;
}
