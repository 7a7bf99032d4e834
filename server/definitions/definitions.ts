// The R4 specification as data: element model, search parameters and compartments, as read from the published
// StructureDefinition, SearchParameter and CompartmentDefinition resources (http://hl7.org/fhir/R4/).

import type { SearchParameter } from './searchParameter.ts';

/** Everything the server knows of the specification. Built by `buildDefinitions`, loaded by `loadDefinitions`. */
export interface Definitions {
  /** identifies the definitions and the builder they were made with */
  readonly version: string;
  /** the 146 concrete R4 resource types */
  readonly resourceTypes: ReadonlySet<string>;
  /** resource types (abstract ones too), complex and primitive data types */
  readonly types: ReadonlyMap<string, TypeDefinition>;
  readonly searchParameters: readonly PublishedParameter[];
  /** SearchParameter resources in use, at one revision; see `withCustomParameters` */
  readonly customParameters: readonly CustomParameter[];
  /** compartment code (`Patient`) → resource type → the reference parameters that put a resource in it */
  readonly compartments: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** search parameters compiled so far, by type; filled by `parametersOf` */
  readonly compiled: Map<string, TypeParameters>;
}

/** The compiled search parameters of a resource type. */
export interface TypeParameters {
  /** by name: those that can be searched by */
  readonly usable: ReadonlyMap<string, SearchParameter>;
  /** extracted on writes, but not searched: resources stored earlier are still being indexed */
  readonly building: readonly SearchParameter[];
}

/** A resource type or data type. */
export interface TypeDefinition {
  readonly name: string;
  readonly kind: 'resource' | 'complex-type' | 'primitive-type';
  readonly abstract: boolean;
  readonly base?: string;
  /** by path inside the type, without the type's name and without `[x]`: `component.code`, `value` */
  readonly elements: ReadonlyMap<string, ElementDefinition>;
}

/** One element, as far as the server needs it. */
export interface ElementDefinition {
  /** path inside the type, as in `TypeDefinition.elements` */
  readonly path: string;
  readonly types: readonly string[];
  readonly min: number;
  /** Infinity for `*` */
  readonly max: number;
  /** an element `value[x]`, whose JSON properties are `valueQuantity`, `valueString`, … */
  readonly choice: boolean;
  /** path inside the same type whose children this element has (`Questionnaire.item.item` → `item`) */
  readonly contentReference?: string;
  /** resource types a Reference or canonical may point to; absent means any */
  readonly targets?: readonly string[];
  readonly binding?: Binding;
  readonly isSummary?: boolean;
  readonly isModifier?: boolean;
}

/** A terminology binding; `systems` lists the code systems of the value set where it is composed of whole includes. */
export interface Binding {
  readonly strength: 'required' | 'extensible' | 'preferred' | 'example';
  readonly valueSet?: string;
  readonly systems?: readonly string[];
}

/** What is kept of a SearchParameter resource. */
export interface PublishedParameter {
  readonly url: string;
  readonly code: string;
  readonly type: SearchParameterType;
  readonly base: readonly string[];
  readonly description?: string;
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly xpathUsage?: string;
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

/** A SearchParameter resource that somebody has stored here, `id` its id. */
export interface CustomParameter extends PublishedParameter {
  readonly id: string;
  /** every resource is indexed by it */
  readonly usable: boolean;
}

export type SearchParameterType =
  | 'number'
  | 'date'
  | 'string'
  | 'token'
  | 'reference'
  | 'composite'
  | 'quantity'
  | 'uri'
  | 'special';
