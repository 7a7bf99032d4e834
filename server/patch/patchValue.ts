// The values of a FHIRPath Patch: read from the parts of its Parameters, and turned into the JSON of the element they become
// (http://hl7.org/fhir/R4/fhirpatch.html#anonymous).
import type { Definitions } from '../definitions/definitions.ts';
import { type FhirError, refuse } from '../errors.ts';
import { isJsonNumber } from '../json/jsonNumber.ts';
import { isJsonObject, type JsonObject } from './draft.ts';
import {
  childShape,
  choiceKey,
  type ElementShape,
  isOfType,
  isPrimitiveType,
  type Member,
} from './elementShape.ts';
import { type Item, writeItems } from './location.ts';

/** A value as the patch gives it: of a named type, a resource, or a structure whose elements are given as parts. */
export type PatchValue =
  | ({ kind: 'typed'; type: string } & Item)
  | { kind: 'resource'; resource: JsonObject }
  | { kind: 'parts'; parts: NamedValue[] };

/** A part of the patch. */
export interface NamedValue {
  name: string;
  value: PatchValue;
}

const primitiveTypes = [
  ...[
    'base64Binary',
    'boolean',
    'canonical',
    'code',
    'date',
    'dateTime',
    'decimal',
    'id',
    'instant',
    'integer',
  ],
  ...['markdown', 'oid', 'positiveInt', 'string', 'time', 'unsignedInt', 'uri', 'url', 'uuid'],
];
/** `DateTime`, as in `valueDateTime`, → `dateTime`. */
const primitiveSuffixes = new Map(primitiveTypes.map((type) => [choiceKey('', type), type]));
const numberTypes = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt']);
/** Members of a part that say nothing about its value. */
const besides = new Set(['name', '_name', 'id', 'extension']);

/** The parts of a parameter or part, `path` naming it in errors. Throws what `malformed` makes of a problem. */
export function readParts(
  holder: JsonObject,
  path: string,
  malformed: (problem: string) => FhirError,
): NamedValue[] {
  const { part: parts } = holder;
  if (!Array.isArray(parts) || parts.length === 0) {
    throw malformed(`${path} must have an array 'part'`);
  }
  return parts.map((part: unknown) => {
    if (!isJsonObject(part) || typeof part.name !== 'string' || part.name === '') {
      throw malformed(`every part of ${path} must have a name`);
    }
    return { name: part.name, value: readValue(part, `'${part.name}'`, malformed) };
  });
}

function readValue(part: JsonObject, path: string, malformed: (problem: string) => FhirError): PatchValue {
  const members = Object.keys(part).filter((key) => !besides.has(key));
  const suffixes = new Set(members.map((key) => /^_?value([A-Z]\w*)$/.exec(key)?.[1] ?? key));
  if (suffixes.size !== 1) {
    throw malformed(`${path} must have one value[x], 'part' or 'resource'`);
  }
  if (members[0] === 'part') {
    return { kind: 'parts', parts: readParts(part, path, malformed) };
  }
  if (members[0] === 'resource') {
    const { resource } = part;
    if (!isJsonObject(resource) || typeof resource.resourceType !== 'string') {
      throw malformed(`'resource' of ${path} must be a resource`);
    }
    return { kind: 'resource', resource };
  }
  const [suffix] = suffixes;
  const key = `value${suffix}`;
  if (members.some((member) => member !== key && member !== `_${key}`)) {
    throw malformed(`${path} has a member '${members[0]}', which is no value[x], 'part' or 'resource'`);
  }
  const type = primitiveSuffixes.get(suffix) ?? suffix;
  const { [key]: value, [`_${key}`]: companion } = part;
  if (value !== undefined && !isValueOf(type, value)) {
    throw malformed(`${key} of ${path} is not a JSON ${jsonKindOf(type)}`);
  }
  if (companion === undefined) {
    return { kind: 'typed', type, value };
  }
  if (!isPrimitiveType(type) || !isJsonObject(companion)) {
    throw malformed(`_${key} of ${path} must be the id and extensions of a primitive`);
  }
  return { kind: 'typed', type, value, companion };
}

function jsonKindOf(type: string): 'object' | 'boolean' | 'number' | 'string' {
  if (!isPrimitiveType(type)) {
    return 'object';
  }
  return type === 'boolean' ? 'boolean' : numberTypes.has(type) ? 'number' : 'string';
}

function isValueOf(type: string, value: unknown): boolean {
  const kind = jsonKindOf(type);
  return kind === 'object'
    ? isJsonObject(value)
    : kind === 'number'
      ? isJsonNumber(value)
      : typeof value === kind;
}

/** The JSON member and content a value has as an element `name` of a shape. Throws FhirError 422 where it does not fit. */
export function elementOf(
  value: PatchValue,
  name: string,
  shape: ElementShape,
  definitions: Definitions,
): { member: Member; item: Item } {
  const { members } = shape;
  const member = members.find(({ type }) => fits(value, type, shape, definitions));
  if (!member) {
    const given = value.kind === 'typed' ? value.type : value.kind === 'parts' ? 'parts' : 'a resource';
    const expected =
      members.length > 12 ? `one of ${members.length} types` : members.map(({ type }) => type).join(' or ');
    throw refuse(422, 'processing', `'${name}' is ${expected}, and cannot be given as ${given}`);
  }
  switch (value.kind) {
    case 'typed':
      return { member, item: value };
    case 'resource':
      return { member, item: { value: value.resource } };
    case 'parts':
      return { member, item: { value: structureOf(value.parts, member.type, definitions) } };
  }
}

/** Whether a value may become an element of a shape as this one of its types. */
function fits(value: PatchValue, type: string, shape: ElementShape, definitions: Definitions): boolean {
  switch (value.kind) {
    case 'typed':
      // In a choice the type decides the member's name, so that only the very type is right.
      return shape.choice ? type === value.type : isCompatible(definitions, value.type, type);
    case 'resource':
      return isOfType(definitions, String(value.resource.resourceType), type);
    case 'parts':
      return shape.members.length === 1 && !isPrimitiveType(type);
  }
}

/** Whether JSON written for one type is right for another: texts and whole numbers differ in their rules, not in JSON. */
function isCompatible(definitions: Definitions, given: string, type: string): boolean {
  const kind = jsonKindOf(given);
  if (kind === 'object' || kind !== jsonKindOf(type)) {
    return isOfType(definitions, given, type);
  }
  return kind !== 'number' || given !== 'decimal' || type === 'decimal';
}

/** The object whose elements the parts are. */
function structureOf(parts: NamedValue[], type: string, definitions: Definitions): JsonObject {
  const structure: JsonObject = {};
  for (const [name, members] of Map.groupBy(parts, (part) => part.name)) {
    const shape = childShape(definitions, type, name);
    if (!shape) {
      throw refuse(422, 'processing', `${type} has no element '${name}'`);
    }
    if (members.length > 1 && !shape.array) {
      throw refuse(422, 'processing', `'${name}' of ${type} cannot be given twice: it does not repeat`);
    }
    const made = members.map(({ value }) => elementOf(value, name, shape, definitions));
    const items = made.map(({ item }) => item);
    writeItems(structure, made[0].member, items, shape.array);
  }
  return structure;
}
