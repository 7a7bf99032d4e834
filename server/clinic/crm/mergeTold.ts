// What a CRM told the last time, what is stored, and what it tells now → what is to be stored. What the CRM tells as before changes
// nothing; what it tells otherwise is taken; what it no longer tells stays.
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../../services.ts';
import { crmSystems } from './crmTables.ts';

/** An element that was changed in the CRM and here. */
export interface Clash {
  /** path of the element: `Patient.telecom.value` */
  field: string;
  /** whose value is stored now; the other's is the older one */
  keptFrom: 'CRM' | 'Salus';
  kept: string;
  older: string;
}

interface Members {
  [name: string]: unknown;
}
/** One element as it was told, is stored, and is told. */
interface Sides {
  before: unknown;
  stored: unknown;
  told: unknown;
}
interface Merge {
  /** whether it is known what the CRM told the last time */
  isKnown: boolean;
  clashes: Clash[];
}

/** Lists with room for one item of each sort: another one takes its place. Of other lists, more items are more values. */
const SINGLE = new Set([
  ...['name', 'tag', 'coding', 'code', 'specialty', 'orderDetail', 'category', 'type', 'serviceType'],
  ...['requestedPeriod', 'address'],
]);
/** Sets of texts; other lists of texts are one value. */
const SETS = new Set(['profile']);
/** Keys of rows: a row that is gone takes no key away, and one that was marked since is the same. */
const KEYS: readonly string[] = [crmSystems.Contact, crmSystems.Patient];

/**
 * Merges what is told now into what is stored. Without `before` what is stored stands, and only what is absent is added.
 * @param before all that was told so far
 */
export function mergeTold(
  before: Resource | undefined,
  stored: Resource,
  told: Resource,
): { resource: Resource; clashes: Clash[] } {
  const merge: Merge = { isKnown: before !== undefined, clashes: [] };
  const resource = mergeElement({ before, stored, told }, stored.resourceType, merge) as Resource;
  return { resource, clashes: merge.clashes };
}

/** Whether two are the same, whatever the order of members. */
export const isSame = (one: unknown, other: unknown): boolean => isDeepStrictEqual(one, other);

function mergeElement(sides: Sides, path: string, merge: Merge): unknown {
  const { before, stored, told } = sides;
  if (told === undefined || isSame(told, before) || isSame(told, stored)) return stored;
  if (stored === undefined) {
    if (before !== undefined) clash(sides, path, merge);
    return told;
  }
  if (isList(told) && isList(stored)) return mergeList({ before, stored, told }, path, merge);
  if (isReference(told) || isReference(stored)) return replaced(sides, path, merge, coreOf);
  if (isObject(told) && isObject(stored)) {
    const names = new Set([...Object.keys(stored), ...Object.keys(told)]);
    const members = [...names].map((name) => {
      const of = { before: (before as Members | undefined)?.[name], stored: stored[name], told: told[name] };
      return [name, mergeElement(of, `${path}.${name}`, merge)];
    });
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }
  return replaced(sides, path, merge);
}

/** A value that the CRM tells otherwise than it is stored. */
function replaced(sides: Sides, path: string, merge: Merge, core = (value: unknown) => value): unknown {
  const { before, stored, told } = sides;
  if (isSame(core(told), core(stored))) return stored;
  if (merge.isKnown && before !== undefined && isSame(core(before), core(stored))) return told;
  return clash(sides, path, merge);
}

/** A call that is past is told to have taken place, though nothing in the CRM was changed. */
const isByTime = ({ before, told }: Sides, path: string): boolean =>
  path === 'Appointment.status' && before === 'booked' && told === 'fulfilled';

/** @returns the value that is kept: the CRM's, but where it is not known to be the newer one */
function clash(sides: Sides, field: string, { isKnown, clashes }: Merge): unknown {
  const { stored, told } = sides;
  const isTold = isKnown && !isByTime(sides, field);
  const [kept, older] = isTold ? [told, stored] : [stored, told];
  clashes.push({ field, keptFrom: isTold ? 'CRM' : 'Salus', kept: textOf(kept), older: textOf(older) });
  return kept;
}

const LONGEST = 500;
const textOf = (value: unknown): string => {
  if (value === undefined) return '';
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, LONGEST);
};

const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;
const isReference = (value: unknown): value is Members =>
  isObject(value) && typeof value.reference === 'string';
/** What a reference leads to; its other members only tell about it. */
const coreOf = (value: unknown): unknown =>
  isObject(value) ? (value.reference ?? value.identifier) : undefined;

interface Lists {
  before: unknown;
  stored: unknown[];
  told: unknown[];
}

function mergeList({ before: former, stored, told }: Lists, path: string, merge: Merge): unknown[] {
  const before = isList(former) ? former : [];
  const name = path.slice(path.lastIndexOf('.') + 1);
  if (SETS.has(name)) {
    const fresh = told.filter((item) => !has(stored, item) && !has(before, item));
    return [...stored, ...fresh];
  }
  if (![...stored, ...told].every(isObject)) {
    return replaced({ before: former, stored, told }, path, merge) as unknown[];
  }
  const slot = name === 'extension' ? (item: unknown) => String((item as Members).url) : slotOf;
  let result = [...stored];
  for (const [key, items] of Map.groupBy(told, slot)) {
    const own = before.filter((item) => slot(item) === key);
    const rest = result.filter((item) => slot(item) === key);
    const merged =
      name === 'extension'
        ? mergeGroup({ before: own, stored: rest, told: items }, `${path}(${lastPart(key)})`, merge)
        : mergeSlot({ before: own, stored: rest, told: items }, path, merge, SINGLE.has(name));
    result = inPlaceOf(result, rest, merged);
  }
  return result;
}

const has = (items: readonly unknown[], wanted: unknown): boolean =>
  items.some((item) => isSame(item, wanted));
const lastPart = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** Items of a list, some of them replaced by others, where they stood. */
function inPlaceOf(all: readonly unknown[], some: readonly unknown[], others: readonly unknown[]): unknown[] {
  if (some.length === others.length && some.every((item, i) => item === others[i])) return [...all];
  const left = [...others];
  const result = all.flatMap((item) => {
    if (!some.includes(item)) return [item];
    return left.length > 0 ? [left.shift()] : [];
  });
  return [...result, ...left];
}

/** All extensions of one url are one value. */
function mergeGroup(sides: Lists & { before: unknown[] }, path: string, merge: Merge): unknown[] {
  const { before, stored, told } = sides;
  if (isSame(told, before) || isSame(told, stored)) return stored;
  if (stored.length === 0 && before.length === 0) return told;
  return replaced(sides, path, merge) as unknown[];
}

/** Items of one sort: those that are told anew take the place of those that are told no longer. */
function mergeSlot(
  { before, stored, told }: Lists & { before: unknown[] },
  path: string,
  merge: Merge,
  isSingle: boolean,
): unknown[] {
  const fresh = told.filter((item) => !has(before, item) && !has(stored, item));
  const gone = before.filter((item) => !has(told, item));
  const result = [...stored];
  /** Items that were changed here: neither the CRM's former nor its new ones. */
  const changed = result.filter((item) => !has(before, item) && !has(told, item));
  for (const item of fresh) {
    const former = gone.shift();
    const isThere = former !== undefined && has(result, former);
    const mayBeIt = former !== undefined || isSingle || isKey(item);
    const place = isThere ? result.findIndex((one) => isSame(one, former)) : -1;
    const partner = isThere ? result[place] : mayBeIt ? changed.shift() : undefined;
    if (partner === undefined) {
      result.push(item);
      continue;
    }
    const at = isThere ? place : result.indexOf(partner);
    result[at] = mergeElement({ before: former, stored: partner, told: item }, path, merge);
  }
  return fresh.length === 0 ? result : result.filter((item) => !has(gone, item));
}

const isKey = (item: unknown): boolean => KEYS.includes(String((item as Members).system));

/** The sort of an item: what has the same place in the CRM. */
function slotOf(item: unknown): string {
  const { system, use, value, actor, coding, reference, identifier } = item as Members;
  if (isKey(item)) return `${system}|${value}`;
  const target = (actor ?? item) as Members;
  if (typeof target.reference === 'string') return typeOf(target.reference);
  if (isObject(identifier) && !isList(identifier)) {
    // What does not exist in the CRM is known by its key.
    return identifier.system === crmSystems.Hospital ? 'Organization' : 'Practitioner';
  }
  const codings = isList(coding) ? (coding as Members[]) : [];
  return JSON.stringify([system, use, codings[0]?.system, reference]);
}

/** `https://…/Patient/1` is of the type Patient. */
const typeOf = (reference: string): string => reference.split('/').at(-2) ?? '';
