// Elements of a resource as places in its JSON: which object holds them, under which member, at which index. Primitives
// live in two members, `birthDate` and `_birthDate` (json.html#primitive); both are one element here.
import type { Definitions } from '../definitions/definitions.ts';
import { type Draft, isContainer, isJsonObject, type JsonObject, ownMember } from './draft.ts';
import { childShape, type ElementShape, type Member } from './elementShape.ts';

/** One element's JSON: `value` is undefined for a primitive that has only an id or extensions, its `companion`. */
export interface Item {
  value: unknown;
  companion?: JsonObject;
}

/** An element of the resource. The root, the resource itself, has no parent. */
export interface Location extends Item {
  parent?: Location;
  /** The element's name; for the root, the type of the resource. */
  name: string;
  /** Type code, or the definition path of anonymous content. */
  type: string;
  shape?: ElementShape;
  /** The JSON member that holds it. */
  member?: Member;
  /** Position in the member's array; undefined when the member is no array. */
  index?: number;
}

/** All elements of one name within one parent. */
export interface Slot {
  parent: Location;
  name: string;
  shape: ElementShape;
  locations: Location[];
}

/** The resource itself as a location. */
export function rootLocation(resource: JsonObject): Location {
  const type = String(resource.resourceType);
  return { name: type, type, value: resource };
}

/** The object that holds a location's children: a complex element itself, or a primitive's companion. */
function contentOf(location: Item): JsonObject | undefined {
  return isJsonObject(location.value) ? location.value : location.companion;
}

/** The elements named `name` within `parent`; undefined when the specification has no such element. */
export function slotOf(parent: Location, name: string, definitions: Definitions): Slot | undefined {
  const shape = childShape(definitions, parent.type, name);
  if (!shape) {
    return undefined;
  }
  const content = contentOf(parent);
  const locations: Location[] = [];
  for (const member of content ? membersIn(content, shape) : []) {
    const inArray = Array.isArray(content?.[member.key]) || Array.isArray(content?.[member.beside]);
    readItems(content ?? {}, member).forEach(({ value, companion }, position) => {
      const index = inArray ? position : undefined;
      locations.push({ value, companion, parent, name, type: typeIn(member, value), shape, member, index });
    });
  }
  return { parent, name, shape, locations };
}

/** The JSON members that are there of an element: one at most, unless the resource is invalid. */
function membersIn(content: JsonObject, { choice, members, memberNamed }: ElementShape): Member[] {
  if (!choice) {
    return members;
  }
  // Few members are there, and a choice can have fifty types.
  const present = Object.keys(content).flatMap((key) => memberNamed.get(key) ?? []);
  return present.length > 1 ? [...new Set(present)] : present;
}

/** The type of what a member holds: an element for any resource has the type of the resource that is in it. */
function typeIn({ type }: Member, value: unknown): string {
  const resourceType = type === 'Resource' && isJsonObject(value) ? value.resourceType : undefined;
  return typeof resourceType === 'string' ? resourceType : type;
}

/** The elements under one JSON member, in order; a gap (`null` in both arrays) is an item without value or companion. */
export function readItems(content: JsonObject, { key, beside, primitive }: Member): Item[] {
  const values = listOf(Object.hasOwn(content, key) ? content[key] : undefined);
  if (!primitive || !Object.hasOwn(content, beside)) {
    return values.map((value) => ({ value: value ?? undefined }));
  }
  const companions = listOf(content[beside]);
  return Array.from({ length: Math.max(values.length, companions.length) }, (_, index) => {
    const companion = companions[index];
    return { value: values[index] ?? undefined, ...(isJsonObject(companion) ? { companion } : {}) };
  });
}

function listOf(member: unknown): unknown[] {
  if (member === undefined) {
    return [];
  }
  return Array.isArray(member) ? member : [member];
}

/** Writes the elements of one member back: both arrays aligned and padded with null, absent when they would hold nothing. */
export function writeItems(content: JsonObject, member: Member, items: Item[], asArray: boolean): void {
  const write = (key: string, parts: unknown[]) => {
    if (parts.every((part) => part === undefined)) {
      delete content[key];
    } else {
      content[key] = asArray ? parts.map((part) => part ?? null) : parts[0];
    }
  };
  const values = items.map(({ value }) => value);
  const companions = items.map(({ companion }) => companion);
  write(member.key, values);
  write(member.beside, companions);
}

/** The writable object that holds a location's children; a primitive gets a companion if it has none. */
export function ownContent(draft: Draft, { parent, member, index, value }: Location): JsonObject {
  if (!parent || !member) {
    return ownMember(draft, draft.holder, 'root') as JsonObject;
  }
  const content = ownContent(draft, parent);
  if (isContainer(value)) {
    const holder = index === undefined ? content : ownMember(draft, content, member.key);
    return ownMember(draft, holder, index ?? member.key) as JsonObject;
  }
  const items = readItems(content, member);
  const companion = { ...items[index ?? 0].companion };
  items[index ?? 0].companion = companion;
  writeItems(content, member, items, index !== undefined);
  return companion;
}

/**
 * Changes the elements that share the JSON member of `location`, which is not the root. A parent left without content is
 * removed too: FHIR has no empty elements (element.html, ele-1).
 */
export function changeItems(draft: Draft, location: Location, change: (items: Item[]) => Item[]): void {
  const { parent, member, shape } = location;
  if (!parent || !member || !shape) {
    throw new Error('the resource itself is no item of anything');
  }
  const content = ownContent(draft, parent);
  const items = change(readItems(content, member));
  writeItems(content, member, items, shape.array || items.length > 1);
  if (parent.parent && Object.keys(content).length === 0) {
    const rest = isContainer(parent.value) || parent.value === undefined ? [] : [{ value: parent.value }];
    changeItems(draft, parent, (siblings) => siblings.toSpliced(parent.index ?? 0, 1, ...rest));
  }
}
