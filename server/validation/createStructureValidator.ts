// The structural gate (json.html, datatypes.html): is this JSON a resource at all? Property names, cardinalities, JSON
// and primitive types, codes of complete required bindings, one value per choice, nothing empty, nulls only where a
// `_` property stands for them. Profiles, invariants, references and terminology are not its concern.
//
// The walk looks up the properties that are there, not those that could be, in tables that createShapes.ts makes of the
// published JSON schema; nothing is compiled. A Synthea resource takes about 4 µs.
import type { Definitions } from '../definitions/definitions.ts';
import type { Issue } from '../errors.ts';
import { createShapes, type Property, type Shape, type Shapes } from './createShapes.ts';
import { isFull, type JsonObject, newWalk, report, reportTotal, type Walk } from './structureIssues.ts';
import * as problem from './structureProblems.ts';

export interface StructureValidator {
  /** What is wrong with the structure of a resource, a parsed JSON tree; empty when nothing is. Never throws. */
  validate(resource: unknown): Issue[];
  /** Makes the tables of these resource types ahead of the first resource. */
  prepare(types: Iterable<string>): void;
}

export interface StructureOptions {
  /** errors listed before the rest is only counted (default 100) */
  maxIssues?: number;
}

/** Deeper than any JSON that is accepted from outside. */
const MAX_DEPTH = 256;

/** Creates the gate; reads the published schema, which takes 20 ms. */
export function createStructureValidator(
  definitions: Definitions,
  { maxIssues = 100 }: StructureOptions = {},
): StructureValidator {
  const shapes = createShapes(definitions);
  return {
    validate(resource) {
      const walk = newWalk([], maxIssues);
      walkResource(resource, shapes, walk);
      reportTotal(walk);
      return walk.issues;
    },
    prepare(types) {
      const done = new Set<Shape>();
      for (const type of types)
        if (shapes.resourceTypes.has(type)) prepareShape(shapes.ofResource(type), done);
    },
  };
}

function prepareShape(shape: Shape, done: Set<Shape>): void {
  if (done.has(shape)) return;
  done.add(shape);
  for (const property of shape.properties.values()) {
    if (property.kind === 'complex' || property.kind === 'extended') prepareShape(property.shape(), done);
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value);

function walkResource(resource: unknown, shapes: Shapes, walk: Walk): void {
  if (!isObject(resource)) {
    if (!isFull(walk)) problem.notAResource(resource, walk);
    return;
  }
  const type = resource.resourceType;
  if (typeof type !== 'string' || !shapes.resourceTypes.has(type)) {
    if (!isFull(walk)) problem.unknownType(type, shapes.resourceTypes, walk);
    return;
  }
  // An expression begins with the type of the outermost resource only: `Bundle.entry[0].resource.name`.
  const outermost = walk.path.length === 0;
  if (outermost) walk.path.push(type);
  walkObject(resource, shapes.ofResource(type), shapes, walk);
  if (outermost) walk.path.pop();
}

function walkObject(object: JsonObject, shape: Shape, shapes: Shapes, walk: Walk): void {
  if (walk.path.length > MAX_DEPTH) {
    if (!isFull(walk)) report(walk, 'too-costly', `Nested more than ${MAX_DEPTH} elements deep`);
    return;
  }
  const keys = Object.keys(object);
  if (keys.length === 0 && !isFull(walk)) problem.emptyObject(walk);
  let seen = 0;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    const property = shape.properties.get(key);
    if (property === undefined) {
      if (!isFull(walk)) problem.unknownProperty(key, shape, walk);
      continue;
    }
    const { bit } = property;
    if (bit !== 0) {
      if ((seen & bit) !== 0 && property.choice) checkChoice(property, keys, index, shape, walk);
      seen |= bit;
    }
    const value = object[key];
    if (property.list) walkList(value, property, object, shapes, walk);
    else if (property.kind === 'primitive') {
      if (!property.check(value) && !isFull(walk)) problem.wrongPrimitive(value, property, -1, walk);
    } else walkValue(value, property, -1, shapes, walk);
  }
  if ((seen & shape.required) !== shape.required) problem.missing(shape, seen, walk);
}

function walkList(list: unknown, property: Property, parent: JsonObject, shapes: Shapes, walk: Walk): void {
  if (!Array.isArray(list)) {
    if (!isFull(walk)) problem.notAList(list, property, walk);
    return;
  }
  if (list.length === 0 && !isFull(walk)) problem.emptyList(property, walk);
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    if (item === null) {
      // json.html#primitive: a null keeps the place of what stands at the same index of the other property.
      const twin = property.twin === undefined ? undefined : parent[property.twin];
      if (!(Array.isArray(twin) && (twin[index] ?? null) !== null) && !isFull(walk)) {
        problem.strayNull(property, index, walk);
      }
    } else if (property.kind === 'primitive') {
      if (!property.check(item) && !isFull(walk)) problem.wrongPrimitive(item, property, index, walk);
    } else walkValue(item, property, index, shapes, walk);
  }
}

/** A value that is no primitive; `index` is its place in a list, or -1. */
function walkValue(value: unknown, property: Property, index: number, shapes: Shapes, walk: Walk): void {
  const { kind } = property;
  if (kind === 'resourceType') return;
  const { path } = walk;
  path.push(property.element);
  if (index >= 0) path.push(index);
  if (kind === 'resource') walkResource(value, shapes, walk);
  else if (isObject(value)) walkObject(value, property.shape(), shapes, walk);
  else if (!isFull(walk)) problem.notAnObject(value, property, walk);
  if (index >= 0) path.pop();
  path.pop();
}

/** Whether the choice was already made by another property than this one and its `_` twin. */
function checkChoice(property: Property, keys: string[], index: number, shape: Shape, walk: Walk): void {
  for (let before = 0; before < index; before++) {
    const other = shape.properties.get(keys[before]);
    if (other?.bit === property.bit && other.name !== property.twin) {
      if (!isFull(walk)) problem.secondChoice(property, other, walk);
      return;
    }
  }
}
