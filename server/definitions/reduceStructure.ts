// Reduces a StructureDefinition that has a snapshot to what validation needs (structuredefinition.html).

import { elementIds } from './elementIds.ts';
import { type RawElement, reduceElement } from './reduceElement.ts';
import type { ExtensionContext, Structure, StructureElement } from './structure.ts';

/** Elements of one structure that are worked with; the largest published one has 391. */
export const MOST_ELEMENTS = 100_000;

/**
 * The structure with the elements of its snapshot, without `ele-1`, which holds of every element.
 * @throws Error that says what is missing: the url, the type, the snapshot, or the cardinality of an element
 */
export function reduceStructure(json: Record<string, unknown>): Structure {
  const head = reduceHead(json);
  const elements = rawElements(json, 'snapshot');
  if (elements.length === 0) throw new Error(`${head.url} has no snapshot`);
  const reduced = elements.map(reduceElement);
  const ids = elementIds(reduced);
  const complete = reduced.map((stated, i): StructureElement => {
    const { min, max } = stated;
    if (min === undefined || max === undefined || Number.isNaN(max)) {
      throw new Error(`${head.url}: ${ids[i]} has no min or max in the snapshot`);
    }
    return { ...stated, id: ids[i]!, min, max, types: stated.types ?? [] };
  });
  return { ...head, elements: withoutMereNames(complete) };
}

/** Takes away names of slices where nothing is sliced: some profiles give one to an element that is there once. */
function withoutMereNames(elements: readonly StructureElement[]): readonly StructureElement[] {
  const ids = new Set(elements.map(({ id }) => id));
  const isMere = ({ id, sliceName }: StructureElement) =>
    sliceName !== undefined && !ids.has(id.slice(0, id.lastIndexOf(':')));
  if (!elements.some(isMere)) return elements;
  const named = new Map<string, string>();
  return elements.map((element) => {
    const dot = element.id.lastIndexOf('.');
    const above = element.id.slice(0, dot);
    const id = (named.get(above) ?? above) + element.id.slice(dot);
    if (!isMere(element)) {
      if (id !== element.id) named.set(element.id, id);
      return { ...element, id };
    }
    const { sliceName: _, ...rest } = element;
    const unnamed = id.slice(0, id.lastIndexOf(':'));
    named.set(element.id, unnamed);
    return { ...rest, id: unnamed };
  });
}

/**
 * What a StructureDefinition says of itself as a whole.
 * @throws Error that names what is missing
 */
export function reduceHead(json: Record<string, unknown>): Omit<Structure, 'elements'> {
  const { url, version, name, type, kind, derivation, baseDefinition, context, contextInvariant } =
    json as unknown as RawStructure;
  if (!url) throw new Error('the StructureDefinition has no url');
  if (!type) throw new Error(`${url} has no type`);
  return {
    url,
    ...(version === undefined ? {} : { version }),
    name: name ?? url,
    // Logical models may name their type by a url.
    type,
    kind: kind ?? 'logical',
    abstract: json.abstract === true,
    ...(derivation ? { derivation } : {}),
    ...(baseDefinition ? { base: baseDefinition } : {}),
    ...(context?.length
      ? { context: context.map(({ type: of, expression }) => ({ type: of, expression })) }
      : {}),
    ...(contextInvariant?.length ? { contextInvariants: contextInvariant } : {}),
  };
}

/**
 * The elements of the snapshot or the differential; none where there is none.
 * @throws Error when there are more than is worked with
 */
export function rawElements(
  json: Record<string, unknown>,
  part: 'snapshot' | 'differential',
): readonly RawElement[] {
  const elements = (json[part] as { element?: RawElement[] } | undefined)?.element ?? [];
  if (elements.length > MOST_ELEMENTS) {
    throw new Error(`${json.url} has ${elements.length} elements in its ${part}, more than ${MOST_ELEMENTS}`);
  }
  return elements;
}

interface RawStructure {
  url?: string;
  version?: string;
  name?: string;
  type?: string;
  kind?: Structure['kind'];
  derivation?: Structure['derivation'];
  baseDefinition?: string;
  context?: ExtensionContext[];
  contextInvariant?: string[];
}
