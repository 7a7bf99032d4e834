// Strict JSON (RFC 8259) at nearly the speed of JSON.parse: duplicate keys, deep nesting and text that Postgres cannot
// hold are refused, and a decimal keeps its written precision (datatypes.html#decimal).
//
// How: JSON.parse does the parsing. Before it, scanJson hops from string to string and looks only at what lies between
// them; after it, one walk over the tree compares. Fewer keys in the tree than in the text: one was given twice. A
// number that a double spells differently is found again by its ordinal. Whatever looks wrong is handed to explainJson,
// which reads the text slowly and exactly to say what is wrong and where.
import { explainJson } from './explainJson.ts';
import { scanJson } from './scanJson.ts';

export interface ParseOptions {
  /** Deepest allowed nesting of objects and arrays. The published examples need 21, real patient bundles 11. */
  maxDepth?: number;
}

/**
 * Parses JSON text into a plain tree; numbers that a double would spell differently (`1.50`, `1E+2`, `-0`, twenty digits)
 * become `JSON.rawJSON` atoms. No object of the tree has a `__proto__` key.
 * @throws FhirError 400 naming line and column
 */
export function parseJson(text: string, { maxDepth = 64 }: ParseOptions = {}): unknown {
  const { keys, depth, atoms, storable } = scanJson(text);
  if (depth > maxDepth || !storable) throw explainJson(text, maxDepth);
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    throw explainJson(text, maxDepth);
  }
  const walk: Walk = {
    keys: 0,
    sound: true,
    // Only an escape or an ill-formed text can bring characters into the tree that cannot be stored.
    suspect: text.includes('\\u') || !text.isWellFormed(),
    ordered: true,
    numbers: 0,
    atoms,
    next: 0,
    text,
  };
  const whole = [tree];
  inspect(whole, walk);
  if (walk.keys !== keys || !walk.sound) throw explainJson(text, maxDepth);
  return walk.ordered ? whole[0] : parseWithSources(text);
}

interface Walk {
  keys: number;
  sound: boolean;
  /** whether strings must be looked into */
  suspect: boolean;
  /** false when the tree's order is not that of the text, so that ordinals mean nothing */
  ordered: boolean;
  /** how many numbers the walk has met */
  numbers: number;
  /** as scanJson returns them: ordinal, start, end */
  atoms: number[];
  /** place in `atoms` of the next number to put in */
  next: number;
  text: string;
}

/** Counts keys, looks into strings where needed, and puts atoms in their places. */
function inspect(container: object, walk: Walk): void {
  if (Array.isArray(container)) {
    for (let index = 0; index < container.length; index++) {
      const item = container[index];
      if (typeof item === 'object') {
        if (item !== null) inspect(item, walk);
      } else if (typeof item === 'number') {
        if (walk.numbers++ === walk.atoms[walk.next]) container[index] = nextAtom(item, walk);
      } else if (walk.suspect && typeof item === 'string' && !isStorableText(item)) walk.sound = false;
    }
    return;
  }
  // Neither `for … in` nor `object[key] =` here: code optimised for them is thrown away at every new key, for ever.
  const keys = Object.keys(container);
  walk.keys += keys.length;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    if (key === '__proto__' || (walk.suspect && !isStorableText(key))) {
      walk.sound = false;
      continue;
    }
    const item = (container as Record<string, unknown>)[key];
    if (typeof item === 'object') {
      if (item !== null) inspect(item, walk);
    } else if (typeof item === 'number') {
      if (walk.numbers++ === walk.atoms[walk.next]) Reflect.set(container, key, nextAtom(item, walk));
    } else if (walk.suspect && typeof item === 'string' && !isStorableText(item)) walk.sound = false;
    // Keys that look like array indexes come first in every object, wherever they stood in the text.
    if (index === 0 && key.charCodeAt(0) <= 57) walk.ordered &&= walk.atoms.length === 0;
  }
}

function nextAtom(value: number, walk: Walk): unknown {
  const source = walk.text.slice(walk.atoms[walk.next + 1], walk.atoms[walk.next + 2]);
  walk.next += 3;
  if (Object.is(Number(source), value)) return JSON.rawJSON(source);
  walk.ordered = false;
  return value;
}

/** The exact but slow way (five times JSON.parse), for objects with keys such as `"1"`; FHIR has none. */
function parseWithSources(text: string): unknown {
  const revive = (_key: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source
      ? JSON.rawJSON(source)
      : value;
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown);
}

/** Postgres text has no U+0000, and half a surrogate pair is no character. */
function isStorableText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
