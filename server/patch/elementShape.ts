// What FHIRPath Patch asks of the specification: which elements repeat, which are choices, and what their content is.
import type { Definitions } from '../definitions/definitions.ts';
import { type Place, placeOf, resolveElement } from '../definitions/resolveElement.ts';

/** An element definition, reduced to what decides how its JSON is written. */
export interface ElementShape {
  /** Whether JSON holds it as an array. */
  array: boolean;
  /** Whether it is a choice of types (`value[x]`), whose JSON names end with the type. */
  choice: boolean;
  /** Where JSON can hold it: one member, or one per type of a choice. */
  members: Member[];
  /** The members by their JSON names, `key` and `beside`. */
  memberNamed: Map<string, Member>;
}

/** A JSON member that holds an element: `valueQuantity`, `birthDate`. */
export interface Member {
  key: string;
  /** Name of the member for ids and extensions of primitives: `_birthDate`. */
  beside: string;
  /** Type code (`HumanName`, `code`); anonymous content is named by the path its children have: `Patient.contact`. */
  type: string;
  primitive: boolean;
}

/** Shapes found so far, by type and name; there are no more of them than elements in the definitions. */
const shapesOf = new WeakMap<Definitions, Map<string, Map<string, ElementShape>>>();

/** The element `name` of content of type `type`, if the specification has it. */
export function childShape(definitions: Definitions, type: string, name: string): ElementShape | undefined {
  const known = shapesOf.get(definitions)?.get(type)?.get(name);
  const shape = known ?? readShape(definitions, type, name);
  if (shape && !known) {
    const types = shapesOf.get(definitions) ?? new Map();
    shapesOf.set(definitions, types);
    const names = types.get(type) ?? new Map();
    types.set(type, names);
    names.set(name, shape);
  }
  return shape;
}

function readShape(definitions: Definitions, type: string, name: string): ElementShape | undefined {
  const place = isPrimitiveType(type) ? { type: 'Element', path: '' } : placeNamed(type);
  const element = resolveElement(definitions, place, name);
  if (!element) {
    return undefined;
  }
  const { choice } = element;
  // A content reference has no type of its own: any will do to be led to what it refers to.
  const codes = element.contentReference === undefined ? element.types : ['Element'];
  const members = codes.map((code): Member => {
    const key = choice ? choiceKey(name, code) : name;
    const content = nameOfPlace(placeOf(place, element, code));
    return { key, beside: `_${key}`, type: content, primitive: isPrimitiveType(content) };
  });
  const named = members.flatMap((member) => [
    [member.key, member] as const,
    [member.beside, member] as const,
  ]);
  return { array: element.max > 1, choice, members, memberNamed: new Map(named) };
}

/** `Patient.contact` → the place `contact` inside the type Patient. */
function placeNamed(type: string): Place {
  const dot = type.indexOf('.');
  return dot < 0 ? { type, path: '' } : { type: type.slice(0, dot), path: type.slice(dot + 1) };
}

function nameOfPlace({ type, path }: Place): string {
  return path === '' ? type : `${type}.${path}`;
}

/** Whether a type is a primitive, by the specification's naming rule: only their names begin with a small letter. */
export function isPrimitiveType(type: string): boolean {
  return /^[a-z]/.test(type);
}

/** The JSON member of a choice element of a type: `value` + `dateTime` → `valueDateTime`. */
export function choiceKey(name: string, type: string): string {
  return name + type.charAt(0).toUpperCase() + type.slice(1);
}

/** Whether `type` is `ancestor` or one of its specialisations: `code` is a `string`, `Age` a `Quantity`. */
export function isOfType(definitions: Definitions, type: string | undefined, ancestor: string): boolean {
  return (
    type !== undefined &&
    (type === ancestor || isOfType(definitions, definitions.types.get(type)?.base, ancestor))
  );
}
