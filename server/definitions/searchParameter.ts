// A search parameter of one resource type, compiled: its expression resolved against the element model into index
// paths (search.html, FHIRPath subset of the published expressions).

import type { SearchParameterType } from './definitions.ts';

/** A parameter as it applies to one resource type. */
export interface SearchParameter {
  readonly code: string;
  readonly type: SearchParameterType;
  /** canonical url of the SearchParameter resource */
  readonly url: string;
  readonly description?: string;
  /** what it searches; a resource matches by any of them */
  readonly paths: readonly ParameterPath[];
  /** reference parameters: resource types that may be found */
  readonly targets?: readonly string[];
  /** composite parameters: the parameters whose values are joined by `$` */
  readonly components?: readonly { readonly code: string; readonly type: SearchParameterType }[];
}

/** An index path as one parameter uses it: with filters that the planner answers, so that rows stay shared. */
export interface ParameterPath {
  readonly path: IndexPath;
  /** `where(resolve() is Patient)`: only references to this type */
  readonly targetType?: string;
  /** `where(system = 'phone')` at the end of a path: only tokens of this system */
  readonly system?: string;
}

/** What is indexed together: rows of a path serve every parameter that searches the same elements. */
export interface IndexPath {
  /**
   * identity, hashed into every row: `Observation.component.value:Quantity`, `Patient.deceased!`. Date, number and
   * quantity paths of one choice element share it: `Observation.effective:dateTime|Period|Timing|instant`
   */
  readonly id: string;
  readonly kind: IndexKind;
  /** from the resource to the element */
  readonly steps: readonly PathStep[];
  /** data type of the element at the end */
  readonly dataType: string;
  /** every valid resource of the type has a value here */
  readonly mandatory: boolean;
  /** references: resource types the element allows; absent means any */
  readonly targets?: readonly string[];
  /** `code` elements: the code systems that the bound value set implies */
  readonly systems?: readonly string[];
  /** composites: what is bound together, relative to the element at the end of `steps` */
  readonly components?: readonly CompositeComponent[];
  /**
   * composites of tokens or references that are single in the resource: matching the components one by one says the
   * same, so that nothing is indexed for the composite itself
   */
  readonly separable?: boolean;
  /** strings: how the words sound is indexed, under an id of its own */
  readonly phonetic?: boolean;
  /** `exists() and != false` of the elements at these steps: computed, always present, `true` or `false` */
  readonly presentAndNotFalse?: readonly (readonly PathStep[])[];
}

export type IndexKind =
  | 'token'
  | 'reference'
  | 'uri'
  | 'string'
  | 'date'
  | 'number'
  | 'quantity'
  | 'position'
  | 'composite';

/** One component of a composite: alternatives by data type (`value.as(Quantity) | value.as(Range)`). */
export interface CompositeComponent {
  readonly kind: Exclude<IndexKind, 'composite' | 'position'>;
  readonly alternatives: readonly ComponentPath[];
}

export interface ComponentPath {
  /** the id this path has when it is indexed by itself */
  readonly id: string;
  /** relative to the composite's element, or to the resource where `fromResource` */
  readonly steps: readonly PathStep[];
  readonly fromResource: boolean;
  readonly dataType: string;
  readonly mandatory: boolean;
  readonly targets?: readonly string[];
  readonly systems?: readonly string[];
}

/** One step down: a JSON property, then the items of it that the filter leaves. */
export interface PathStep {
  readonly property: string;
  readonly filter?: ItemFilter;
}

/** `where(property = 'value')`, or `[index]`. */
export type ItemFilter = { readonly property: string; readonly equals: string } | { readonly index: number };
