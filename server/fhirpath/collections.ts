// Collections as sets (http://hl7.org/fhirpath/N1/#combining, #filtering-and-projection): linear for simple values, one by one
// for whole elements.
import { addToSet, isInSet, itemSet } from './equality.ts';
import { type Frame, spend } from './expression.ts';
import { type Item, noItems } from './item.ts';

/** The items without repetition, in order. */
export function distinctItems(items: readonly Item[], frame: Frame): readonly Item[] {
  if (items.length < 2) return items;
  const set = itemSet(noItems, frame);
  return items.filter((item) => addToSet(set, item, frame));
}

/** `|` and union(): both without repetition. */
export function unionItems(left: readonly Item[], right: readonly Item[], frame: Frame): readonly Item[] {
  return distinctItems(right.length === 0 ? left : left.length === 0 ? right : [...left, ...right], frame);
}

/** combine(): both with repetitions. */
export function combinedItems(left: readonly Item[], right: readonly Item[], frame: Frame): readonly Item[] {
  spend(frame, left.length + right.length);
  return right.length === 0 ? left : left.length === 0 ? right : [...left, ...right];
}

/** intersect(): what is in both, without repetition. */
export function sharedItems(left: readonly Item[], right: readonly Item[], frame: Frame): readonly Item[] {
  if (left.length === 0 || right.length === 0) return noItems;
  const set = itemSet(right, frame);
  return distinctItems(
    left.filter((item) => isInSet(set, item, frame)),
    frame,
  );
}

/** exclude(): what is on the left only, with repetitions. */
export function remainingItems(left: readonly Item[], right: readonly Item[], frame: Frame): readonly Item[] {
  if (left.length === 0 || right.length === 0) return left;
  const set = itemSet(right, frame);
  return left.filter((item) => !isInSet(set, item, frame));
}

/** subsetOf(): whether all of `part` is in `whole`. */
export function isSubset(part: readonly Item[], whole: readonly Item[], frame: Frame): boolean {
  if (part.length === 0) return true;
  const set = itemSet(whole, frame);
  return part.every((item) => isInSet(set, item, frame));
}
