// Code systems and value sets as the server works with them (codesystem.html, valueset.html).

/** A CodeSystem, flat: the hierarchy is in each concept's `parents`. */
export interface CodeSystemDefinition {
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly content: 'not-present' | 'example' | 'fragment' | 'complete' | 'supplement';
  /** absent is not known, and taken as true */
  readonly caseSensitive?: boolean;
  readonly hierarchyMeaning?: 'grouped-by' | 'is-a' | 'part-of' | 'classified-with';
  /** the code system a supplement adds to */
  readonly supplements?: string;
  /** canonical of the value set of all its codes */
  readonly valueSet?: string;
  readonly properties?: readonly PropertyDefinition[];
  /** definitions and designations of its concepts are not in the model (see `publishedProse`) */
  readonly proseApart?: true;
  readonly concepts: readonly ConceptDefinition[];
}

/** A property that concepts may have. */
export interface PropertyDefinition {
  readonly code: string;
  readonly uri?: string;
  readonly type?: string;
}

/** One concept. */
export interface ConceptDefinition {
  readonly code: string;
  readonly display?: string;
  readonly definition?: string;
  /** direct parents, from nesting and from the properties parent, child and subsumedBy */
  readonly parents?: readonly string[];
  /** the other properties; a value is what the JSON has (a Coding is an object) */
  readonly properties?: readonly (readonly [code: string, value: unknown])[];
  readonly designations?: readonly Designation[];
}

/** Another name of a concept. */
export interface Designation {
  readonly language?: string;
  readonly use?: unknown;
  readonly value: string;
}

/** A ValueSet. */
export interface ValueSetDefinition {
  /** its canonical url; `ValueSet/[id]` where a stored one has none */
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly title?: string;
  readonly status?: string;
  /** of a stored one */
  readonly id?: string;
  readonly compose?: {
    /** false leaves out inactive codes */
    readonly inactive?: boolean;
    readonly include: readonly ComponentDefinition[];
    readonly exclude: readonly ComponentDefinition[];
  };
  readonly expansion?: ExpansionDefinition;
  /** contained resources, by `#id` */
  readonly contained?: {
    readonly codeSystems: Readonly<Record<string, CodeSystemDefinition>>;
    readonly valueSets: Readonly<Record<string, ValueSetDefinition>>;
  };
}

/** One include or exclude: everything that is named in it holds at once. */
export interface ComponentDefinition {
  readonly system?: string;
  readonly version?: string;
  readonly concepts?: readonly ListedConcept[];
  readonly filters?: readonly FilterDefinition[];
  /** canonicals */
  readonly valueSets?: readonly string[];
}

/** `ValueSet.compose.include.concept`. */
export interface ListedConcept {
  readonly code: string;
  readonly display?: string;
  readonly designations?: readonly Designation[];
}

/** `ValueSet.compose.include.filter`. */
export interface FilterDefinition {
  readonly property: string;
  readonly op: string;
  readonly value: string;
}

/** An expansion that a value set carries with it, flat. */
export interface ExpansionDefinition {
  /** false for a page, or for codes that were narrowed down by a parameter of $expand */
  readonly complete: boolean;
  readonly codes: readonly ExpansionCode[];
}

/** A code of an expansion. */
export interface ExpansionCode {
  readonly system?: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
  /** for grouping only, not to be recorded */
  readonly abstract?: boolean;
  /** no longer to be used */
  readonly inactive?: boolean;
  /** those that the value set gives, beside those of the code system */
  readonly designations?: readonly Designation[];
}

const CONCEPT_PROPERTIES = 'http://hl7.org/fhir/concept-properties#';

/** What a property means: the standard property its uri names, or else its own code. */
export function propertyMeaning({ code, uri }: PropertyDefinition): string {
  return uri?.startsWith(CONCEPT_PROPERTIES) ? uri.slice(CONCEPT_PROPERTIES.length) : code;
}
