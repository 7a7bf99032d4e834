// What the structural gate says about each kind of fault: what is wrong, and what to write instead.

import type { Mark, Property, Shape } from './createShapes.ts';
import { nearestName } from './nearestName.ts';
import { MAX_STRING_LENGTH, primitiveTypes } from './primitiveTypes.ts';
import { isFull, report, type Walk } from './structureIssues.ts';

export function notAResource(value: unknown, walk: Walk): void {
  report(walk, 'structure', `A resource must be a JSON object, not ${shown(value)}`);
}

export function unknownType(type: unknown, known: Iterable<string>, walk: Walk): void {
  if (type === undefined) {
    report(walk, 'required', "A resource must say what it is in the property 'resourceType'");
    return;
  }
  const near = typeof type === 'string' ? nearestName(type, known) : undefined;
  const message = `${shown(type)} is not the name of a FHIR R4 resource type`;
  report(walk, 'value', message + meant(near), 'resourceType');
}

export function unknownProperty(key: string, shape: Shape, walk: Walk): void {
  const choice = shape.marks.find((mark) => isChoice(mark) && isMeantBy(key, mark.element));
  const message = `${shape.name} has no property ${shown(key)}`;
  if (choice) {
    const names = choice.properties.slice(0, 12).join(', ') + (choice.properties.length > 12 ? ', …' : '');
    report(
      walk,
      'structure',
      `${message}; ${choice.element}[x] is written with its type, as one of: ${names}`,
      key,
    );
    return;
  }
  const bare = key.startsWith('_') ? shape.properties.get(key.slice(1)) : undefined;
  if (bare) report(walk, 'structure', `${message}: '${bare.name}' can itself hold extensions`, key);
  else report(walk, 'structure', message + meant(nearestName(key, shape.properties.keys())), key);
}

const isChoice = (mark: Mark) => mark.properties[0] !== mark.element;
/** `value` or `valueFoo`, `_valueFoo` of `value`. */
const isMeantBy = (key: string, element: string) =>
  key === element ||
  (key.replace(/^_/, '').startsWith(element) && /[A-Z]/.test(key.replace(/^_/, '')[element.length]));

export function emptyObject(walk: Walk): void {
  report(walk, 'structure', 'An object may not be empty: leave the property out instead');
}

export function emptyList({ name, element }: Property, walk: Walk): void {
  report(walk, 'structure', `'${name}' may not be an empty array: leave the property out instead`, element);
}

export function notAList(value: unknown, { name, element }: Property, walk: Walk): void {
  const advice =
    value === null ? 'leave the property out instead' : 'it can repeat, so even one goes into [ ]';
  report(walk, 'structure', `'${name}' must be an array, not ${shown(value)}: ${advice}`, element);
}

export function strayNull({ name, element, twin }: Property, index: number, walk: Walk): void {
  const reason = twin
    ? `null is allowed only to keep the place of what '${twin}' has at the same index`
    : 'leave it out instead';
  report(walk, 'structure', `'${name}' holds null: ${reason}`, element, index);
}

/** Reported at the current place, which is the value's. */
export function notAnObject(value: unknown, { name, type, kind }: Property, walk: Walk): void {
  const what = kind === 'extended' ? 'an object with id or extension' : `an object (${type})`;
  report(walk, 'structure', `'${name}' must be ${what}, not ${shown(value)}${adviceFor(value)}`);
}

export function secondChoice(property: Property, other: Property, walk: Walk): void {
  const message = `Only one type of ${property.element}[x] may be given: here are '${other.name}' and '${property.name}'`;
  report(walk, 'structure', message, property.element);
}

export function wrongPrimitive(value: unknown, property: Property, index: number, walk: Walk): void {
  const { name, type, codes, element } = property;
  const place = index < 0 ? [element] : [element, index];
  const { json, expected } = primitiveTypes[type];
  if (codes && typeof value === 'string') {
    const near = nearestName(value, codes);
    const all = codes.length <= 12 ? `; allowed: ${codes.join(', ')}` : '';
    report(
      walk,
      'code-invalid',
      `${shown(value)} is not a code of '${name}'${near ? meant(near) : all}`,
      ...place,
    );
  } else if (jsonTypeOf(value) !== json) {
    const what = json === 'boolean' ? expected : json === 'string' ? 'a string' : expected;
    report(walk, 'structure', `'${name}' must be ${what}, not ${shown(value)}${adviceFor(value)}`, ...place);
  } else if (
    typeof value === 'string' &&
    value.length > MAX_STRING_LENGTH &&
    (type === 'string' || type === 'markdown')
  ) {
    report(
      walk,
      'too-long',
      `'${name}' has ${value.length} characters; a ${type} has at most ${MAX_STRING_LENGTH}`,
      ...place,
    );
  } else {
    report(walk, 'value', `'${name}' must be ${expected}; found ${shown(value)}`, ...place);
  }
}

export function missing(shape: Shape, seen: number, walk: Walk): void {
  shape.marks.forEach(({ element, required, properties }, position) => {
    if (!required || (seen & (1 << position)) !== 0 || isFull(walk)) return;
    const names = properties.map((name) => `'${name}'`).join(', ');
    const message = `${properties.length > 1 ? 'One of ' : ''}${names} is required`;
    report(walk, 'required', message, element);
  });
}

function jsonTypeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return JSON.isRawJSON(value) ? 'number' : 'object';
}

function adviceFor(value: unknown): string {
  if (value === null) return ': leave the property out instead';
  return Array.isArray(value) ? ': it cannot repeat, so it goes without [ ]' : '';
}

const meant = (near: string | undefined) => (near ? `; did you mean '${near}'?` : '');

/** A value as a message shows it, cut to a readable length. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (jsonTypeOf(value) === 'object') return value === null ? 'null' : 'an object';
  const json =
    typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : (JSON.stringify(value) ?? 'nothing');
  return typeof value === 'string' && value.length > 60 ? `${json.slice(0, -1)}…"` : json.slice(0, 80);
}
