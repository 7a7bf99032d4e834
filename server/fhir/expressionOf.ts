// The FHIRPath location of an object inside a resource, for issues that name it (operationoutcome.html, expression).
import type { Definitions } from '../definitions/definitions.ts';
import { childrenOf, nameOf, type Place, placeOf, propertyOf } from '../definitions/resolveElement.ts';
import type { Resource } from '../services.ts';

type JsonObject = Record<string, unknown>;

/** `Observation.value.extension[0]` for the object that `Observation.valueReference.extension` begins with. */
export function expressionOf(definitions: Definitions, resource: Resource, target: object): string {
  const place = { type: resource.resourceType, path: '' };
  return find(definitions, resource, place, target, place.type) ?? place.type;
}

function find(
  definitions: Definitions,
  object: JsonObject,
  place: Place,
  target: object,
  path: string,
): string | undefined {
  if (object === target) return path;
  for (const [key, value] of Object.entries(object)) {
    if (typeof value !== 'object' || value === null) continue;
    const { name, inside } = childOf(definitions, place, key);
    const items = Array.isArray(value) ? value : [value];
    for (const [index, item] of items.entries()) {
      if (typeof item !== 'object' || item === null) continue;
      const { resourceType } = item as JsonObject;
      const below = typeof resourceType === 'string' ? { type: resourceType, path: '' } : inside;
      const step = `${path}.${name}${Array.isArray(value) ? `[${index}]` : ''}`;
      const found = find(definitions, item as JsonObject, below, target, step);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The element behind a JSON property: `value` behind `valueReference`, `status` behind `_status`. */
function childOf(definitions: Definitions, place: Place, key: string): { name: string; inside: Place } {
  const property = key.replace(/^_/, '');
  for (const element of childrenOf(definitions, place)) {
    const type = element.types.find((candidate) => propertyOf(element, candidate) === property);
    if (type !== undefined) return { name: nameOf(element), inside: placeOf(place, element, type) };
    if (element.types.length === 0 && nameOf(element) === property) {
      return { name: property, inside: placeOf(place, element, '') };
    }
  }
  return { name: property, inside: { type: 'Element', path: '' } };
}
