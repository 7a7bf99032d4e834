// From an element to its children in JSON (json.html): arrays and single members, choices, and primitives, which live in the
// two members `name` and `_name`.
import { type Frame, spend, type Visit } from './expression.ts';
import type { Item, JsonObject } from './item.ts';
import { actualShape, type Member, membersOf, type Shape, type Slot } from './shape.ts';

/** The JSON object that holds the children of an element, if there is one: a primitive has them beside it. */
export function contentOf(
  value: unknown,
  extended: JsonObject | undefined,
  shape: Shape,
): JsonObject | undefined {
  const content = shape.primitive ? extended : value;
  return typeof content === 'object' && content !== null ? (content as JsonObject) : undefined;
}

/** Few members are asked for one by one; of a choice of many types, those are looked at that are there. */
const fewMembers = 3;

/** Shows `visit` the children in one slot; ends with true when it says so. */
export function someChild(content: JsonObject, slot: Slot, frame: Frame, visit: Visit): boolean {
  const { only } = slot;
  if (only) return someOf(content, only, frame, visit);
  if (slot.members.length <= fewMembers) {
    for (const member of slot.members) if (someOf(content, member, frame, visit)) return true;
    return false;
  }
  for (const key in content) {
    const member = slot.byKey.get(key);
    // With both `valueCode` and `_valueCode` there, one of them stands for both.
    if (member && (key === member.key || content[member.key] === undefined)) {
      if (someOf(content, member, frame, visit)) return true;
    }
  }
  return false;
}

/** Shows `visit` all children. */
export function someOfAll(content: JsonObject, shape: Shape, frame: Frame, visit: Visit): boolean {
  const members = membersOf(shape);
  for (const key in content) {
    const member = members.get(key);
    if (member && (key === member.key || content[member.key] === undefined)) {
      if (someOf(content, member, frame, visit)) return true;
    }
  }
  return false;
}

function someOf(content: JsonObject, { key, beside, shape }: Member, frame: Frame, visit: Visit): boolean {
  const value = content[key];
  if (shape.primitive) {
    const extended = content[beside];
    if (extended !== undefined && extended !== null)
      return someExtended(value, extended, shape, frame, visit);
  }
  if (value === undefined || value === null) return false;
  if (!Array.isArray(value)) return visit(value, undefined, actualShape(shape, value), frame);
  spend(frame, value.length);
  for (let i = 0; i < value.length; i++) {
    const entry = value[i];
    if (entry === undefined || entry === null) continue;
    if (visit(entry, undefined, actualShape(shape, entry), frame)) return true;
  }
  return false;
}

/** Primitives of which at least one has an id or extensions. */
function someExtended(value: unknown, extended: unknown, shape: Shape, frame: Frame, visit: Visit): boolean {
  const values = listOf(value);
  const besides = listOf(extended);
  const length = Math.max(values.length, besides.length);
  spend(frame, length);
  for (let i = 0; i < length; i++) {
    const entry = values[i] ?? undefined;
    const beside = objectOrNone(besides[i]);
    if ((entry !== undefined || beside) && visit(entry, beside, shape, frame)) return true;
  }
  return false;
}

function listOf(member: unknown): readonly unknown[] {
  return member === undefined || member === null ? [] : Array.isArray(member) ? member : [member];
}

function objectOrNone(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
}

/** Adds the children of `item` in one slot to `found`, as items that know where they were found. */
export function addChildren(item: Item, shape: Shape, slot: Slot, frame: Frame, found: Item[]): void {
  const content = contentOf(item.value, item.extended, shape);
  if (!content) return;
  if (slot.members.length <= fewMembers) {
    for (const member of slot.members) addMember(item, content, member, frame, found);
    return;
  }
  for (const key in content) {
    const member = slot.byKey.get(key);
    if (member && (key === member.key || content[member.key] === undefined)) {
      addMember(item, content, member, frame, found);
    }
  }
}

/** Adds all children of `item` to `found`. */
export function addAllChildren(item: Item, shape: Shape, frame: Frame, found: Item[]): void {
  const content = contentOf(item.value, item.extended, shape);
  if (!content) return;
  const members = membersOf(shape);
  for (const key in content) {
    const member = members.get(key);
    if (member && (key === member.key || content[member.key] === undefined)) {
      addMember(item, content, member, frame, found);
    }
  }
}

function addMember(parent: Item, content: JsonObject, member: Member, frame: Frame, found: Item[]): void {
  const { key, shape } = member;
  const value = content[key];
  const extended = shape.primitive ? content[member.beside] : undefined;
  const values = listOf(value);
  const besides = listOf(extended);
  const inArray = Array.isArray(value) || Array.isArray(extended);
  const length = Math.max(values.length, besides.length);
  if (length === 0) return;
  spend(frame, length);
  for (let i = 0; i < length; i++) {
    const entry = values[i] ?? undefined;
    const beside = objectOrNone(besides[i]);
    if (entry === undefined && !beside) continue;
    const type = actualShape(shape, entry).name;
    found.push({ value: entry, extended: beside, type, parent, key, index: inArray ? i : undefined });
  }
}
