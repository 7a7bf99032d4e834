// Concept maps as the server works with them (conceptmap.html).

/** A ConceptMap. */
export interface ConceptMapDefinition {
  /** its canonical url; `ConceptMap/[id]` where a stored one has none, '' for one that came with a request without one */
  readonly url: string;
  readonly version?: string;
  readonly status?: string;
  /** canonicals of the value sets it maps between */
  readonly source?: string;
  readonly target?: string;
  readonly groups: readonly ConceptMapGroup[];
}

/** Mappings from one code system to another. */
export interface ConceptMapGroup {
  readonly source?: string;
  readonly sourceVersion?: string;
  readonly target?: string;
  readonly targetVersion?: string;
  readonly elements: readonly MappedElement[];
  readonly unmapped?: {
    readonly mode: string;
    readonly code?: string;
    readonly display?: string;
    /** canonical of another concept map */
    readonly url?: string;
  };
}

/** A source code and what it is mapped to. */
export interface MappedElement {
  readonly code?: string;
  readonly display?: string;
  readonly targets: readonly MappedTarget[];
}

/** A target code; without a code, a statement that there is none (equivalence `unmatched`). */
export interface MappedTarget {
  readonly code?: string;
  readonly display?: string;
  readonly equivalence: string;
  readonly comment?: string;
  readonly dependsOn?: readonly OtherElement[];
  readonly products?: readonly OtherElement[];
}

/** A value of another data element that a mapping needs, or that it results in. */
export interface OtherElement {
  readonly property: string;
  readonly system?: string;
  readonly value: string;
  readonly display?: string;
}
