// What one patch may ask for: a few hundred bytes of patch must not be able to make gigabytes of resource or hours of search.
import { refuse } from '../errors.ts';

/** Bounds on one patch request of either format. */
export interface PatchLimits {
  /** Operations in one patch. */
  operations: number;
  /** Characters of one JSON Pointer or FHIRPath. */
  pathLength: number;
  /** Deepest nesting of objects and arrays in the result, counted as `parseJson` counts it. */
  depth: number;
}

export interface JsonPatchLimits extends PatchLimits {
  /** Characters that all `copy` operations may duplicate; a value counts 10 besides its text and member names. */
  copied: number;
}

export interface FhirPathPatchLimits extends PatchLimits {
  /** Elements that all paths may visit. */
  visited: number;
}

export const jsonPatchLimits: JsonPatchLimits = {
  operations: 10_000,
  pathLength: 2_000,
  depth: 64,
  copied: 10_000_000,
};

/** Each FHIRPath is compiled and evaluated: at the bounds, about a second for all of them. */
export const fhirPathPatchLimits: FhirPathPatchLimits = {
  operations: 1_000,
  pathLength: 2_000,
  depth: 64,
  visited: 2_000_000,
};

/** What is left of the elements that the paths of one patch may visit. */
export type Budget = Pick<FhirPathPatchLimits, 'visited'>;

/** Charges work to a budget. Throws FhirError 422 when it is used up. */
export function spend(budget: Budget, visited: number): void {
  budget.visited -= visited;
  if (budget.visited < 0) {
    throw refuse(422, 'too-costly', 'the paths of this patch visit too many elements');
  }
}

/** Refuses a patched tree that nests deeper than any body this server accepts. Throws FhirError 422. */
export function checkDepth(tree: unknown, deepest: number): void {
  if (typeof tree !== 'object' || tree === null || JSON.isRawJSON(tree)) {
    return;
  }
  if (deepest === 0) {
    throw refuse(422, 'too-costly', 'The patched resource would be nested too deeply');
  }
  for (const child of Array.isArray(tree) ? tree : Object.values(tree)) {
    checkDepth(child, deepest - 1);
  }
}
