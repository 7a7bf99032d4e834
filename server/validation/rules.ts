// What is asked of JSON at each place of a structure: the compiled form of a StructureDefinition, made by compileRules.ts
// and applied by judgeObject.ts. A base structure leaves out what the structural gate has made sure of; a profile leaves
// out what its base says already.
import type { Place } from '../definitions/resolveElement.ts';
import type { ElementBinding, Slicing, Structure, StructureElement } from '../definitions/structure.ts';
import type { Invariant } from './invariants.ts';

/** What is asked of an object: the root of a structure, or a backbone element of it. */
export interface ObjectRules {
  readonly structure: Structure;
  /** whether the structure is one of the specification itself */
  readonly base: boolean;
  readonly place: Place;
  readonly invariants: readonly Invariant[];
  /** by JSON property; what is not in it may hold anything that the structural gate lets through */
  readonly properties: ReadonlyMap<string, PropertyRules>;
  /** elements whose number is limited or that are sliced */
  readonly counted: readonly ElementRules[];
  /** names of elements that have to be supported where they have a value */
  readonly mustSupport: readonly string[];
}

/** A JSON property that can carry an element. */
export interface PropertyRules {
  readonly element: ElementRules;
  /** FHIR type of a value: `Quantity`, `code`, `Observation.component` */
  readonly type: string;
  /** the same element's `_` property, for primitives; and the plain one for a `_` property */
  readonly twin?: string;
  /** whether this is the `_` property */
  readonly extended: boolean;
}

/** What is asked of each value of an element or of a slice of it. */
export interface ValueRules {
  readonly definition: StructureElement;
  /** absent where the specification has the same one, which is always asked */
  readonly binding?: ElementBinding;
  /** what is asked of a value of this FHIR type; undefined where the type is not allowed */
  typed(type: string): TypeRules | undefined;
  readonly types: readonly string[];
  /** whether nothing but `typed` applies */
  readonly plain: boolean;
}

export interface TypeRules {
  readonly invariants: readonly Invariant[];
  readonly inside?: () => ObjectRules;
  /** canonicals: the value conforms to one of them */
  readonly profiles: readonly string[];
  /** for references */
  readonly targets?: Targets;
}

/** Where a reference may lead: resource types, and profiles as canonicals. */
export interface Targets {
  readonly types: ReadonlySet<string>;
  readonly profiles: readonly string[];
  /** as a message names them */
  readonly names: readonly string[];
}

export interface ElementRules extends ValueRules {
  /** as FHIRPath knows it: `value` */
  readonly name: string;
  readonly properties: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly slicing?: SlicingRules;
}

export interface SlicingRules {
  readonly slicing: Slicing;
  readonly slices: readonly SliceRules[];
}

export interface SliceRules extends ValueRules {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** one for each discriminator: all have to hold */
  readonly discriminators: readonly DiscriminatorRules[];
  /** slices of this slice */
  readonly slicing?: SlicingRules;
}

/** How a value is recognised as belonging to a slice. */
export interface DiscriminatorRules {
  readonly type: 'value' | 'exists' | 'type' | 'profile';
  /** steps from the value: element names, `resolve()`, `extension(url)`, `ofType(type)` */
  readonly steps: readonly string[];
  /** value: what the one at the path has to meet, one of them */
  readonly alternatives: readonly ValueRules[];
  /** type: FHIR types of which the one at the path has to be */
  readonly types: readonly string[];
  /** profile: canonicals of which the one at the path has to conform to one */
  readonly profiles: readonly string[];
  /** exists: whether there has to be one at the path; absent where the slice does not say */
  readonly exists?: boolean;
}
