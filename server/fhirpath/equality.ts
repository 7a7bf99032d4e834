// Equality, equivalence and order of items (http://hl7.org/fhirpath/N1/#equality, #comparison).
import { equalJson } from '../json/equalJson.ts';
import { isJsonNumber } from '../json/jsonNumber.ts';
import { compareNumbers, numberKey } from './decimal.ts';
import { type Frame, shapeOfItem, spend } from './expression.ts';
import { evaluationError, type Item, type JsonObject, type Truth } from './item.ts';
import { compareMoments, keyOfMoment } from './moment.ts';
import { amountOf, compareAmounts, equivalentAmounts, equivalentNumbers } from './quantity.ts';

/** How a value is compared. */
type Kind = 'text' | 'number' | 'boolean' | 'moment' | 'quantity' | 'complex' | 'none';

function kindOf(item: Item, frame: Frame): Kind {
  if (item.value === undefined) return 'none';
  const { system, ancestors } = shapeOfItem(frame, item);
  switch (system) {
    case 'Date':
    case 'DateTime':
    case 'Time':
      return 'moment';
    case 'Quantity':
      return 'quantity';
    case undefined:
      return ancestors.has('Quantity') ? 'quantity' : 'complex';
    default:
      // What the JSON holds decides: an invalid resource may have anything there.
      if (typeof item.value === 'string') return 'text';
      if (typeof item.value === 'boolean') return 'boolean';
      return isJsonNumber(item.value) ? 'number' : 'complex';
  }
}

/** `=` of two items; undefined where it is not known. */
export function equalItems(a: Item, b: Item, frame: Frame): Truth {
  const [left, right] = [kindOf(a, frame), kindOf(b, frame)];
  if (left === 'none' || right === 'none') return undefined;
  if (left === right) {
    switch (left) {
      case 'number':
        return compareNumbers(a.value as number, b.value as number) === 0;
      case 'moment':
        return equalMoments(a.value, b.value);
      case 'quantity':
        return equalQuantities(a, b, frame);
      case 'complex':
        spend(frame, 4);
        return equalJson(a.value, b.value);
      default:
        spendText(frame, a.value);
        return a.value === b.value;
    }
  }
  // FHIR writes moments as strings, and literals beside them often are strings too.
  if (areTextAndMoment(left, right)) return equalMoments(a.value, b.value);
  if (areNumberAndQuantity(left, right)) return equalQuantities(a, b, frame);
  return false;
}

function areTextAndMoment(left: Kind, right: Kind): boolean {
  return (left === 'moment' && right === 'text') || (left === 'text' && right === 'moment');
}

function areNumberAndQuantity(left: Kind, right: Kind): boolean {
  return (left === 'quantity' && right === 'number') || (left === 'number' && right === 'quantity');
}

function equalMoments(a: unknown, b: unknown): Truth {
  const order = typeof a === 'string' && typeof b === 'string' ? compareMoments(a, b) : null;
  return order === null ? a === b : order === undefined ? undefined : order === 0;
}

function equalQuantities(a: Item, b: Item, frame: Frame): Truth {
  const [left, right] = [amountOf(a), amountOf(b)];
  if (!left || !right) return equalJson(a.value, b.value);
  const order = compareAmounts(left, right, frame.env);
  return order === undefined ? undefined : order === 0;
}

/** Charges the reading of a text, which costs about as much as a visit for each 64 characters. */
export function spendText(frame: Frame, value: unknown): void {
  if (typeof value === 'string' && value.length >= 64) spend(frame, value.length >> 6);
}

/** `=` of collections: item by item, in order. */
export function equalCollections(left: readonly Item[], right: readonly Item[], frame: Frame): Truth {
  if (left.length === 0 || right.length === 0) return undefined;
  if (left.length !== right.length) return false;
  spend(frame, left.length);
  let unknown = false;
  for (let i = 0; i < left.length; i++) {
    const equal = equalItems(left[i]!, right[i]!, frame);
    if (equal === false) return false;
    if (equal === undefined) unknown = true;
  }
  return unknown ? undefined : true;
}

/** `~` of collections: the same items in any order. */
export function equivalentCollections(left: readonly Item[], right: readonly Item[], frame: Frame): boolean {
  if (left.length !== right.length) return false;
  const rest = [...right];
  for (const item of left) {
    spend(frame, rest.length);
    const found = rest.findIndex((other) => equivalentItems(item, other, frame));
    if (found < 0) return false;
    rest.splice(found, 1);
  }
  return true;
}

/** `~` of two items. */
export function equivalentItems(a: Item, b: Item, frame: Frame): boolean {
  const [left, right] = [kindOf(a, frame), kindOf(b, frame)];
  if (left === 'none' || right === 'none') return left === right;
  if (left === 'text' && right === 'text') {
    spendText(frame, a.value);
    spendText(frame, b.value);
    return foldedText(a.value as string) === foldedText(b.value as string);
  }
  if (left === 'number' && right === 'number') return equivalentNumbers(a.value as number, b.value as number);
  if (left === 'quantity' || right === 'quantity') {
    const [x, y] = [amountOf(a), amountOf(b)];
    return x && y ? equivalentAmounts(x, y, frame.env) : equalJson(a.value, b.value);
  }
  if (left === 'complex' && right === 'complex') return equivalentJson(a.value, b.value, frame);
  return equalItems(a, b, frame) === true;
}

function foldedText(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}

/** Children compared as `~` compares, ids left aside. */
function equivalentJson(a: unknown, b: unknown, frame: Frame): boolean {
  spend(frame, 1);
  if (typeof a === 'string' && typeof b === 'string') return foldedText(a) === foldedText(b);
  if (isJsonNumber(a) && isJsonNumber(b)) return equivalentNumbers(a, b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    const rest = [...b];
    return a.every((entry) => {
      const found = rest.findIndex((other) => equivalentJson(entry, other, frame));
      if (found >= 0) rest.splice(found, 1);
      return found >= 0;
    });
  }
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const names = (object: object) => Object.keys(object).filter((name) => name !== 'id');
  const [left, right] = [a as JsonObject, b as JsonObject];
  return (
    names(left).length === names(right).length &&
    names(left).every((name) => Object.hasOwn(right, name) && equivalentJson(left[name], right[name], frame))
  );
}

/**
 * Negative, zero or positive as `a` comes before, with or after `b`; undefined where it is not known.
 * Throws FhirPathError for items that have no order.
 */
export function compareItems(a: Item, b: Item, frame: Frame): number | undefined {
  const [left, right] = [kindOf(a, frame), kindOf(b, frame)];
  if (left === 'none' || right === 'none') return undefined;
  if (left === 'number' && right === 'number') return compareNumbers(a.value as number, b.value as number);
  if (left === 'text' && right === 'text')
    return (a.value as string) < (b.value as string) ? -1 : Number(a.value !== b.value);
  if ((left === 'moment' && right === 'moment') || areTextAndMoment(left, right)) {
    const order = compareMoments(String(a.value), String(b.value));
    if (order !== null) return order;
  }
  if ((left === 'quantity' && right === 'quantity') || areNumberAndQuantity(left, right)) {
    const [x, y] = [amountOf(a), amountOf(b)];
    return x && y ? compareAmounts(x, y, frame.env) : undefined;
  }
  throw evaluationError(`${a.type} and ${b.type} have no order`);
}

/** A text that equal items share and others do not; undefined for quantities, which have to be converted. */
function keyOf(item: Item, frame: Frame): string | undefined {
  const { value } = item;
  switch (kindOf(item, frame)) {
    case 'text':
      spendText(frame, value);
      return `s${value as string}`;
    case 'number':
      return `n${numberKey(value as number)}`;
    case 'boolean':
      return `b${value}`;
    case 'moment':
      return typeof value === 'string' ? momentKey(value) : undefined;
    case 'complex':
      return `c${jsonKey(value, frame)}`;
    default:
      return undefined;
  }
}

function momentKey(text: string): string {
  const key = keyOfMoment(text);
  return key === undefined ? `s${text}` : `m${key}`;
}

/** Members in the order of their names, numbers without zeros at their ends: the same for equal JSON. */
function jsonKey(value: unknown, frame: Frame): string {
  spend(frame, 1);
  if (isJsonNumber(value)) return numberKey(value);
  if (typeof value === 'string') spendText(frame, value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map((entry) => jsonKey(entry, frame)).join()}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${jsonKey((value as JsonObject)[name], frame)}`).join()}}`;
}

/** A set of items by equality; quantities are compared one by one, all others looked up. */
export interface ItemSet {
  readonly keys: Set<string>;
  readonly others: Item[];
  /** whether there are moments among the keys, which texts may be equal to */
  moments: boolean;
}

/** The set of these items. */
export function itemSet(items: readonly Item[], frame: Frame): ItemSet {
  const set: ItemSet = { keys: new Set(), others: [], moments: false };
  for (const item of items) addToSet(set, item, frame);
  return set;
}

/** Adds an item. Returns whether it was not in the set before. */
export function addToSet(set: ItemSet, item: Item, frame: Frame): boolean {
  spend(frame, 1);
  const key = keyOf(item, frame);
  if (hasKey(set, item, key) || isAmongOthers(set, item, frame)) return false;
  if (key === undefined) {
    set.others.push(item);
  } else {
    set.keys.add(key);
    set.moments ||= key.startsWith('m');
  }
  return true;
}

/** Whether the set has an item that is equal. */
export function isInSet(set: ItemSet, item: Item, frame: Frame): boolean {
  return hasKey(set, item, keyOf(item, frame)) || isAmongOthers(set, item, frame);
}

function hasKey({ keys, moments }: ItemSet, { value }: Item, key: string | undefined): boolean {
  if (key === undefined) return false;
  if (keys.has(key)) return true;
  // A moment and a text that spells it are equal.
  if (key.startsWith('m')) return keys.has(`s${value as string}`);
  return moments && key.startsWith('s') && keys.has(momentKey(value as string));
}

function isAmongOthers({ others }: ItemSet, item: Item, frame: Frame): boolean {
  for (const other of others) {
    spend(frame, 1);
    if (equalItems(item, other, frame) === true) return true;
  }
  return false;
}
