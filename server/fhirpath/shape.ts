// The element model as evaluation reads it: for each type and backbone element, which JSON members hold which child, found
// once and kept for the life of the definitions.
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import {
  childrenOf,
  nameOf,
  type Place,
  placeOf,
  propertyOf,
  resolveElement,
} from '../definitions/resolveElement.ts';

/** Types of FHIRPath itself that FHIR's primitives convert to (fhirpath.html#types). */
export type SystemType =
  | 'String'
  | 'Boolean'
  | 'Integer'
  | 'Decimal'
  | 'Date'
  | 'DateTime'
  | 'Time'
  | 'Quantity';

/** A type or backbone element. */
export interface Shape {
  /** `Quantity`, `code`, `Observation.component`, `System.String` */
  readonly name: string;
  readonly model: Model;
  /** whether JSON holds it as a primitive, its id and extensions apart */
  readonly primitive: boolean;
  readonly resource: boolean;
  /** whether what it describes has a type of its own, told by `resourceType` */
  readonly open: boolean;
  /** names of the type and of those it specialises */
  readonly ancestors: ReadonlySet<string>;
  readonly system: SystemType | undefined;
  readonly place: Place | undefined;
  /** child elements asked for so far, null where there is none: see `slotOf` */
  readonly slots: Map<string, Slot | null>;
  /** all of its JSON members: see `membersOf` */
  members: ReadonlyMap<string, Member> | undefined;
}

/** A child element. */
export interface Slot {
  readonly name: string;
  /** where JSON can hold it: one member, or one for each type of a choice */
  readonly members: readonly Member[];
  /** the member of an element that is no choice */
  readonly only: Member | undefined;
  /** members by JSON name, the one of extensions (`_name`) too */
  readonly byKey: ReadonlyMap<string, Member>;
  readonly repeats: boolean;
}

/** A JSON member that holds elements of one type. */
export interface Member {
  readonly name: string;
  readonly key: string;
  /** name of the member for ids and extensions of primitives: `_birthDate` */
  readonly beside: string;
  readonly shape: Shape;
}

/** The shapes of one set of definitions. */
export interface Model {
  readonly definitions: Definitions;
  readonly shapes: Map<string, Shape>;
}

const models = new WeakMap<Definitions, Model>();

/** The shapes of these definitions. */
export function modelOf(definitions: Definitions): Model {
  let model = models.get(definitions);
  if (!model) {
    model = { definitions, shapes: new Map() };
    for (const name of systemTypes) model.shapes.set(`System.${name}`, systemShape(model, name));
    model.shapes.set(typeInfo, typeInfoShape(model));
    models.set(definitions, model);
  }
  return model;
}

/** The shape of a type or place by its name; one without elements for a name that is not defined. */
export function shapeNamed(model: Model, name: string): Shape {
  return model.shapes.get(name) ?? addShape(model, name);
}

/** The shape of what is in the JSON `value`, known by its definition to be a `shape`. */
export function actualShape(shape: Shape, value: unknown): Shape {
  if (!shape.open) return shape;
  const type = (value as { resourceType?: unknown } | null | undefined)?.resourceType;
  return typeof type === 'string' && shape.model.definitions.resourceTypes.has(type)
    ? shapeNamed(shape.model, type)
    : shape;
}

const maxUnknownNames = 1000;

function addShape(model: Model, name: string): Shape {
  const { types } = model.definitions;
  const dot = name.indexOf('.');
  const place = dot < 0 ? { type: name, path: '' } : { type: name.slice(0, dot), path: name.slice(dot + 1) };
  const definition = types.get(place.type);
  const element = place.path === '' ? undefined : definition?.elements.get(place.path);
  const ancestors = new Set([name]);
  for (let type = element ? element.types[0] : definition?.base; type; type = types.get(type)?.base)
    ancestors.add(type);
  const shape: Shape = {
    name,
    model,
    primitive: definition?.kind === 'primitive-type',
    resource: definition?.kind === 'resource' && place.path === '',
    open: definition?.kind === 'resource' && definition.abstract && place.path === '',
    ancestors,
    system: systemTypeOf(name),
    place: definition ? place : undefined,
    slots: new Map(),
    members: undefined,
  };
  // Names come from definitions and inputs of this server, but an open end must not grow for ever.
  if (definition || model.shapes.size < maxUnknownNames) model.shapes.set(name, shape);
  return shape;
}

/** The child element `name` of a shape; null when there is none. */
export function slotOf(shape: Shape, name: string): Slot | null {
  const known = shape.slots.get(name);
  if (known !== undefined) return known;
  const slot = readSlot(shape, name);
  if (slot || shape.slots.size < maxUnknownNames) shape.slots.set(name, slot);
  return slot;
}

const elementPlace: Place = { type: 'Element', path: '' };

function readSlot({ place, primitive, model }: Shape, name: string): Slot | null {
  if (!place) return null;
  const parent = primitive ? elementPlace : place;
  const element = resolveElement(model.definitions, parent, name);
  if (!element) return null;
  // A content reference has no type of its own: any will do to be led to what it refers to.
  const types = element.contentReference === undefined ? elementTypes(element, parent, model) : ['Element'];
  const members = types.map((type): Member => {
    const { type: owner, path } = placeOf(parent, element, type);
    const key = interned(propertyOf(element, type));
    const shape = shapeNamed(model, path === '' ? owner : `${owner}.${path}`);
    return { name: interned(nameOf(element)), key, beside: interned(`_${key}`), shape };
  });
  return slotFrom(interned(name), members, element.max > 1);
}

/** The ids of resources are published as strings, and defined as `id` (resource.html#id). */
function elementTypes(
  { path, types }: ElementDefinition,
  { type }: Place,
  { definitions }: Model,
): readonly string[] {
  return path === 'id' && definitions.types.get(type)?.kind === 'resource' ? ['id'] : types;
}

function slotFrom(name: string, members: Member[], repeats: boolean): Slot {
  const byKey = new Map<string, Member>();
  for (const member of members) {
    byKey.set(member.key, member);
    if (member.shape.primitive) byKey.set(member.beside, member);
  }
  return { name, members, only: members.length === 1 ? members[0] : undefined, byKey, repeats };
}

/** All JSON members of a shape by their names, `_name` too. */
export function membersOf(shape: Shape): ReadonlyMap<string, Member> {
  if (shape.members) return shape.members;
  const { place, primitive, model } = shape;
  const names = place
    ? childrenOf(model.definitions, primitive ? elementPlace : place).map(nameOf)
    : [...shape.slots.keys()];
  shape.members = new Map(names.flatMap((name) => [...(slotOf(shape, name)?.byKey ?? [])]));
  return shape.members;
}

/** The same text as V8 keeps it for property names: other strings would be looked up among those on every access. */
function interned(text: string): string {
  return Object.keys({ [text]: 0 })[0]!;
}

const systemTypes: readonly SystemType[] = [
  'String',
  'Boolean',
  'Integer',
  'Decimal',
  'Date',
  'DateTime',
  'Time',
  'Quantity',
];

/** Whether FHIRPath itself has a type of this name. */
export function isSystemType(name: string): name is SystemType {
  return name === 'Any' || (systemTypes as readonly string[]).includes(name);
}

const primitives: Record<string, SystemType> = {
  boolean: 'Boolean',
  integer: 'Integer',
  unsignedInt: 'Integer',
  positiveInt: 'Integer',
  decimal: 'Decimal',
  date: 'Date',
  dateTime: 'DateTime',
  instant: 'DateTime',
  time: 'Time',
};

function systemTypeOf(name: string): SystemType | undefined {
  if (Object.hasOwn(primitives, name)) return primitives[name];
  return /^[a-z]/.test(name) ? 'String' : undefined;
}

function systemShape(model: Model, system: SystemType): Shape {
  const name = `System.${system}`;
  return {
    name,
    model,
    primitive: true,
    resource: false,
    open: false,
    ancestors: new Set([name, 'System.Any']),
    system,
    place: undefined,
    slots: new Map(),
    members: undefined,
  };
}

export const typeInfo = 'System.TypeInfo';

/** What `type()` yields has two members of its own. */
function typeInfoShape(model: Model): Shape {
  const shape: Shape = {
    ...systemShape(model, 'String'),
    name: typeInfo,
    primitive: false,
    system: undefined,
  };
  for (const name of ['namespace', 'name']) {
    const member: Member = { name, key: name, beside: `_${name}`, shape: shapeNamed(model, 'System.String') };
    (shape.slots as Map<string, Slot>).set(name, slotFrom(name, [member], false));
  }
  return shape;
}
