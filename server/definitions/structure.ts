// A StructureDefinition as validation works with it (structuredefinition.html, elementdefinition.html).

/** A StructureDefinition with its snapshot. */
export interface Structure {
  readonly url: string;
  readonly version?: string;
  readonly name: string;
  /** the type it describes or constrains: `Observation`, `Extension`, `Quantity` */
  readonly type: string;
  readonly kind: 'resource' | 'complex-type' | 'primitive-type' | 'logical';
  readonly abstract: boolean;
  readonly derivation?: 'specialization' | 'constraint';
  /** canonical of what it was made from */
  readonly base?: string;
  /** for extensions: where they may be used */
  readonly context?: readonly ExtensionContext[];
  /** for extensions: FHIRPath that has to be true of the element they are used on; `%extension` is the extension */
  readonly contextInvariants?: readonly string[];
  /** the snapshot: the root first, then every element in the order of the specification, slices behind what they slice */
  readonly elements: readonly StructureElement[];
}

export interface ExtensionContext {
  readonly type: 'fhirpath' | 'element' | 'extension';
  readonly expression: string;
}

/** One ElementDefinition. Fields that hold nothing are left out. */
export interface StructureElement {
  /** `Observation.component:systolic.value[x]`; unique in the snapshot */
  readonly id: string;
  /** `Observation.component.value[x]` */
  readonly path: string;
  readonly sliceName?: string;
  readonly slicing?: Slicing;
  readonly min: number;
  /** Infinity for `*` */
  readonly max: number;
  /** id of the element whose children and type this one has: `Questionnaire.item` */
  readonly contentReference?: string;
  readonly types: readonly ElementType[];
  /** the value of `fixed[x]`, as JSON */
  readonly fixed?: unknown;
  /** the value of `pattern[x]`, as JSON */
  readonly pattern?: unknown;
  readonly minValue?: unknown;
  readonly maxValue?: unknown;
  readonly maxLength?: number;
  readonly binding?: ElementBinding;
  readonly constraints?: readonly Constraint[];
  readonly mustSupport?: boolean;
  readonly isModifier?: boolean;
}

export interface Slicing {
  readonly discriminators: readonly Discriminator[];
  readonly ordered: boolean;
  readonly rules: 'closed' | 'open' | 'openAtEnd';
}

export interface Discriminator {
  readonly type: 'value' | 'pattern' | 'exists' | 'type' | 'profile';
  /** restricted FHIRPath: `$this`, `code`, `value.coding`, `resolve()`, `extension('url').value` */
  readonly path: string;
}

export interface ElementType {
  /** `Quantity`, `Reference`, `string`; FHIRPath system types are given as the FHIR type they stand for */
  readonly code: string;
  /** canonicals: the value has to conform to one of them */
  readonly profiles?: readonly string[];
  /** canonicals: what a reference leads to has to conform to one of them */
  readonly targetProfiles?: readonly string[];
  readonly aggregation?: readonly ('contained' | 'referenced' | 'bundled')[];
  readonly versioning?: 'either' | 'independent' | 'specific';
}

export interface ElementBinding {
  readonly strength: 'required' | 'extensible' | 'preferred' | 'example';
  /** canonical */
  readonly valueSet?: string;
  /** canonical of what codes may come from at most, however weak the binding (elementdefinition-maxValueSet) */
  readonly maxValueSet?: string;
}

export interface Constraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  /** FHIRPath; a constraint without one cannot be judged */
  readonly expression?: string;
  /** canonical of the structure that first says so */
  readonly source?: string;
}

/** Finds structures by canonical (`url` or `url|version`), as far as they are known. */
export type FindStructure = (canonical: string) => Structure | undefined;
