// What is asked of a concept map and what it answers (conceptmap-operation-translate.html).

import type { OtherElement } from '../definitions/conceptMap.ts';

/** A code to be translated. */
export interface TranslateRequest {
  readonly system: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
  /** from the target of the map to its source */
  readonly reverse: boolean;
  /** the code system that translations are to be of */
  readonly targetSystem?: string;
  /** values of other data elements that mappings may depend on */
  readonly dependencies: readonly Dependency[];
  /** whether groups that name no code system are about this code: the map or its value set was asked for by name */
  readonly anySystem: boolean;
}

/** The value of another data element. */
export interface Dependency {
  readonly element: string;
  readonly codings: readonly { readonly system?: string; readonly code?: string }[];
  readonly text?: string;
}

/** A concept that a code is translated to. */
export interface TranslatedConcept {
  readonly system?: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
}

/** One translation, or the statement that there is none (`unmatched`, without a concept). */
export interface Match {
  readonly equivalence: string;
  readonly concept?: TranslatedConcept;
  readonly products: readonly OtherElement[];
  readonly comment?: string;
  /** url of the map, '' where it has none */
  readonly source: string;
}

/** What a map says, with hints for the reader. */
export interface Translation {
  readonly matches: Match[];
  readonly notes: string[];
}

/** Whether a match says what a code can be translated to. */
export function isAcceptable({ equivalence }: Match): boolean {
  return equivalence !== 'unmatched' && equivalence !== 'disjoint';
}
