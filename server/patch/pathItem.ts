// What the parts of a compiled patch path hand to each other: collections of places and values, and the scope they are
// evaluated in. Collections are FHIRPath's (http://hl7.org/fhirpath/N1/#collections): an empty one means "not known".
import type { Definitions } from '../definitions/definitions.ts';
import type { FhirPathNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { type FhirError, refuse } from '../errors.ts';
import type { TypedValue } from './compareValues.ts';
import { type Location, slotOf } from './location.ts';
import { type Budget, spend } from './patchLimits.ts';

/** A member of a collection: a place in the resource, or a value that a literal or function made. */
export type PathItem = Location | (TypedValue & { name?: undefined });

/** Where a part of a path is evaluated: `focus` is `$this`, `index` its `$index`. */
export interface PathScope {
  root: Location;
  focus: PathItem;
  index: number;
  definitions: Definitions;
  budget: Budget;
}

export type Evaluate = (scope: PathScope) => PathItem[];

/** Compiles an operand or argument. Throws FhirError 400. */
export type Compile = (node: FhirPathNode) => Evaluate;

/** True, false, or undefined for FHIRPath's empty collection. */
export type Truth = boolean | undefined;

export function isLocation(item: PathItem): item is Location {
  return item.name !== undefined;
}

/** The refusal of a part of FHIRPath that patch paths may not use. */
export function unsupported(what: string, { position }: FhirPathNode): FhirError {
  return refuse(
    400,
    'not-supported',
    `'path' uses ${what} at position ${position}, which patch paths do not support`,
  );
}

/** The whole number that an argument or index spells. Throws FhirError 400. */
export function wholeNumber(node: FhirPathNode): number {
  if (node.kind !== 'literal' || node.type !== 'number' || !/^\d{1,9}$/.test(node.text)) {
    throw unsupported('something other than a whole number as an index or count', node);
  }
  return Number(node.text);
}

/** Charges the reading of a text, which costs about as much as visiting one element per 64 characters. */
export function spendText(scope: PathScope, { value }: TypedValue): void {
  spend(scope.budget, typeof value === 'string' ? value.length >> 6 : 0);
}

/** A truth value as a collection. */
export function truth(value: Truth): PathItem[] {
  return value === undefined ? [] : [{ value, type: 'boolean' }];
}

/** A collection as a truth value: a single item that is no boolean counts as true. Throws FhirError 422 for several. */
export function truthOf(items: PathItem[]): Truth {
  const item = single(items);
  return item && (typeof item.value === 'boolean' ? item.value : true);
}

export function negate(value: Truth): Truth {
  return value === undefined ? undefined : !value;
}

/** The only item of a collection, if any. Throws FhirError 422 for several. */
export function single(items: PathItem[]): PathItem | undefined {
  if (items.length > 1) {
    throw refuse(422, 'processing', `the path needs a single value where there are ${items.length}`);
  }
  return items[0];
}

/** The children of an item; `checkNames` has seen to it that the name exists somewhere among what the item could be. */
export function childrenOf(item: PathItem, name: string, scope: PathScope): Location[] {
  const locations = isLocation(item) ? (slotOf(item, name, scope.definitions)?.locations ?? []) : [];
  spend(scope.budget, 1 + locations.length);
  return locations;
}
