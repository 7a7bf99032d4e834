// What a JSON object of each type may hold, as lookup tables. They are made from the published FHIR JSON schema
// (json.html#schema), one type at a time when first asked for, and completed from the StructureDefinitions with what
// it leaves out: primitives and choices that are required, choices of which only one may be given, `_` properties of
// canonicals.
import { readFileSync } from 'node:fs';
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import { definitionsFile } from '../definitions/definitionsPackage.ts';
import {
  childrenOf,
  nameOf,
  nameOfPlace,
  type Place,
  placeOf,
  propertyOf,
} from '../definitions/resolveElement.ts';
import { primitiveTypes } from './primitiveTypes.ts';

/** The properties a JSON object may have. */
export interface Shape {
  /** `HumanName`, `Patient`, `Patient.contact` */
  readonly name: string;
  readonly properties: ReadonlyMap<string, Property>;
  /** elements that are required or a choice; each has a bit, in this order */
  readonly marks: readonly Mark[];
  /** the bits of the required ones */
  readonly required: number;
}

export interface Mark {
  readonly element: string;
  readonly required: boolean;
  /** properties that can carry it */
  readonly properties: readonly string[];
}

export interface Property {
  readonly name: string;
  /** element name as FHIRPath knows it: `value` for `valueQuantity`, `birthDate` for `_birthDate` */
  readonly element: string;
  readonly list: boolean;
  /** `extended`: the `_` property that holds id and extensions of a primitive */
  readonly kind: 'primitive' | 'complex' | 'extended' | 'resource' | 'resourceType';
  /** data type, or backbone element such as `Patient.contact` */
  readonly type: string;
  /** for primitives */
  readonly check: (value: unknown) => boolean;
  /** the only codes allowed, where the binding is required and complete */
  readonly codes?: readonly string[];
  /** for complex and extended properties */
  readonly shape: () => Shape;
  /** `_given` of `given`, and `given` of `_given` */
  readonly twin?: string;
  /** 0, or the bit of its element among the shape's marks */
  readonly bit: number;
  readonly choice: boolean;
}

export interface Shapes {
  /** the 146 resource types of R4 */
  readonly resourceTypes: ReadonlySet<string>;
  /** the shape of one of them */
  ofResource(type: string): Shape;
}

interface PropertySchema {
  $ref?: string;
  type?: string;
  items?: PropertySchema;
  enum?: string[];
}

interface Schema {
  properties: Record<string, PropertySchema>;
  required?: string[];
}

/** Reads the published schema (20 ms); shapes are made as they are asked for. */
export function createShapes(definitions: Definitions): Shapes {
  const published = JSON.parse(readFileSync(definitionsFile('fhir.schema.json'), 'utf8')) as {
    definitions: Record<string, Schema>;
  };
  const schemas = published.definitions;
  const made = new Map<string, Shape>();

  const shapeOf = (name: string, place: Place): Shape => {
    const known = made.get(name);
    if (known) return known;
    const schema = schemas[name];
    if (!schema) throw new Error(`the published schema has no definition of ${name}`);
    const shape = makeShape(name, schema, place, definitions, shapeOf);
    made.set(name, shape);
    return shape;
  };
  return {
    resourceTypes: definitions.resourceTypes,
    ofResource: (type) => shapeOf(type, { type, path: '' }),
  };
}

type ShapeOf = (name: string, place: Place) => Shape;

function makeShape(
  name: string,
  { properties: published, required: publishedRequired = [] }: Schema,
  place: Place,
  definitions: Definitions,
  shapeOf: ShapeOf,
): Shape {
  const properties = new Map<string, Property>();
  const marks: Mark[] = [];
  let required = 0;
  if (published.resourceType) properties.set(resourceType.name, resourceType);
  for (const child of childrenOf(definitions, place)) {
    // An element with a contentReference names no type.
    const types = child.types.length > 0 ? child.types : [''];
    const carriers = types.filter((type) => published[propertyOf(child, type)]);
    const isRequired = child.min > 0 || publishedRequired.includes(nameOf(child));
    let bit = 0;
    if (carriers.length > 0 && (child.choice || isRequired)) {
      if (marks.length === 31) throw new Error(`${name} has more than 31 required elements and choices`);
      bit = 1 << marks.length;
      marks.push({
        element: nameOf(child),
        required: isRequired,
        properties: carriers.map((type) => propertyOf(child, type)),
      });
      if (isRequired) required |= bit;
    }
    for (const type of carriers) {
      const property = makeProperty(child, type, published[propertyOf(child, type)], bit, place, shapeOf);
      properties.set(property.name, property);
      if (property.twin) properties.set(property.twin, twinOf(property, shapeOf));
    }
  }
  return { name: nameOfPlace(place), properties, marks, required };
}

function makeProperty(
  child: ElementDefinition,
  type: string,
  schema: PropertySchema,
  bit: number,
  place: Place,
  shapeOf: ShapeOf,
): Property {
  const name = propertyOf(child, type);
  const item = schema.items ?? schema;
  const target = item.$ref?.slice(item.$ref.lastIndexOf('/') + 1) ?? type;
  const common = { name, element: nameOf(child), list: schema.type === 'array', bit, choice: child.choice };
  // The schema knows better than the StructureDefinition that the id of a resource is an `id`.
  const primitive = primitiveTypes[target] ? target : type;
  if (!primitiveTypes[primitive]) {
    const inside = placeOf(place, child, type);
    const kind = target === 'ResourceList' ? 'resource' : 'complex';
    return property({
      ...common,
      kind,
      type: nameOfPlace(inside),
      shape: once(() => shapeOf(target, inside)),
    });
  }
  // The schema lists the codes of some weaker bindings too, as if there could be no others.
  const listed = child.binding?.strength === 'required' ? item.enum : undefined;
  const codes = listed && new Set<unknown>(listed);
  return property({
    ...common,
    kind: 'primitive',
    type: primitive,
    check: codes ? (value) => codes.has(value) : primitiveTypes[primitive].check,
    codes: listed,
    // Ids and XHTML cannot have extensions.
    twin: name === 'id' || primitive === 'xhtml' ? undefined : `_${name}`,
  });
}

/** The `_` property of a primitive (json.html#primitive). */
function twinOf({ name, element, list, type, bit, choice }: Property, shapeOf: ShapeOf): Property {
  const shape = once(() => shapeOf('Element', { type: 'Element', path: '' }));
  return property({
    name: `_${name}`,
    element,
    list,
    kind: 'extended',
    type,
    shape,
    twin: name,
    bit,
    choice,
  });
}

/** All properties are made here, with the same fields in the same order: lookups in the walk rely on it to be fast. */
function property(given: Partial<Property> & Pick<Property, 'name' | 'element' | 'kind' | 'type'>): Property {
  return {
    name: given.name,
    element: given.element,
    list: given.list ?? false,
    kind: given.kind,
    type: given.type,
    check: given.check ?? never,
    codes: given.codes,
    shape: given.shape ?? noShape,
    twin: given.twin,
    bit: given.bit ?? 0,
    choice: given.choice ?? false,
  };
}

const never = () => false;

function noShape(): Shape {
  throw new Error('only complex properties have a shape');
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const resourceType = property({
  name: 'resourceType',
  element: 'resourceType',
  kind: 'resourceType',
  type: 'string',
});
