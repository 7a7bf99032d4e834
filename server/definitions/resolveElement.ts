// Navigation in the element model: from a place (a type, or a backbone element inside it) to its child elements.

import type { Definitions, ElementDefinition } from './definitions.ts';

/** A node whose children can be named: `{type: 'Observation', path: 'component'}`, `{type: 'Quantity', path: ''}`. */
export interface Place {
  readonly type: string;
  readonly path: string;
}

/** `Observation.component` as a place. */
export function placeNamed(type: string): Place {
  const dot = type.indexOf('.');
  return dot < 0 ? { type, path: '' } : { type: type.slice(0, dot), path: type.slice(dot + 1) };
}

/** A place as it is written: `Observation.component`. */
export function nameOfPlace({ type, path }: Place): string {
  return path === '' ? type : `${type}.${path}`;
}

/** The child element `name` of a place (choice elements by their name without type: `value`), if there is one. */
export function resolveElement(
  definitions: Definitions,
  place: Place,
  name: string,
): ElementDefinition | undefined {
  return definitions.types.get(place.type)?.elements.get(place.path === '' ? name : `${place.path}.${name}`);
}

/** Where the children of an element are defined, when its value is of the data type `type`. */
export function placeOf(place: Place, element: ElementDefinition, type: string): Place {
  if (element.contentReference !== undefined) return { type: place.type, path: element.contentReference };
  if (type === 'BackboneElement' || type === 'Element') return { type: place.type, path: element.path };
  return { type, path: '' };
}

/** The direct child elements of a place, in the order of the specification. */
export function childrenOf(definitions: Definitions, place: Place): ElementDefinition[] {
  const prefix = place.path === '' ? '' : `${place.path}.`;
  const elements = definitions.types.get(place.type)?.elements.values() ?? [];
  return [...elements].filter(
    ({ path }) =>
      path.startsWith(prefix) && path.length > prefix.length && !path.includes('.', prefix.length),
  );
}

/** The last part of an element's path: `code` of `component.code`. */
export function nameOf(element: ElementDefinition): string {
  return element.path.slice(element.path.lastIndexOf('.') + 1);
}

/** The JSON property that holds an element when its value is of the data type `type`: `valueQuantity`, `code`. */
export function propertyOf(element: ElementDefinition, type: string): string {
  const name = nameOf(element);
  return element.choice ? name + type[0]?.toUpperCase() + type.slice(1) : name;
}
