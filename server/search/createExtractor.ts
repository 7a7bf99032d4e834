// Compiled extraction: all index paths of a resource type merged into one trie over JSON property names, so that one
// walk over a resource emits all of its index rows.

import type { Definitions } from '../definitions/definitions.ts';
import { typeParameters } from '../definitions/parametersOf.ts';
import { notSearchable } from '../definitions/searchDataTypes.ts';
import type { IndexPath, ItemFilter, PathStep } from '../definitions/searchParameter.ts';
import { collectValues, passes } from './collectValues.ts';
import { containedPath } from './containedPath.ts';
import { hash64, hashPath } from './hash64.ts';
import type { IndexRows } from './indexRows.ts';
import { componentPath, compositeEmitter } from './parameters/composite.ts';
import { dateRangeOf, noTime } from './parameters/dateRangeOf.ts';
import { numberRangeOf } from './parameters/number.ts';
import { phoneticEmitter } from './parameters/phonetic.ts';
import { positionOf } from './parameters/position.ts';
import { quantitiesOf } from './parameters/quantity.ts';
import { type ReferenceContext, referenceEmitter } from './parameters/reference.ts';
import { restOf, restPath, stringRowOf } from './parameters/string.ts';
import { tokenEmitter, tokenForm } from './parameters/token.ts';
import { uriEmitter } from './parameters/uri.ts';
import { termEmitter } from './termEmitter.ts';
import { wordCollector } from './textWords.ts';

/** Extracts the index rows of a resource, given as a JSON tree with its `resourceType`. */
export type Extractor = (resource: Record<string, unknown>) => IndexRows;

interface ExtractionContext extends ReferenceContext {
  textSearch: boolean;
}

/** Emits the rows of one value found at an index path. */
type Emitter = (value: unknown, rows: IndexRows, resource: unknown) => void;

interface Node {
  readonly emitters: Emitter[];
  readonly branches: Map<string, Branch[]>;
}

interface Branch {
  readonly filter?: ItemFilter;
  readonly node: Node;
}

/** `_id` and `_lastUpdated` are columns of the resource table. */
const inResourceTable = new Set(['_id', '_lastUpdated']);

/**
 * An extractor for all resource types; each type is compiled when it is first met. `baseUrls` are this server's own
 * (without trailing slash): absolute references under them are indexed as relative ones. Without `textSearch`
 * there are no words and no terms. Values of the wrong JSON type emit nothing: refusing them is the validator's job.
 */
export function createExtractor(
  definitions: Definitions,
  { baseUrls, textSearch = true }: { baseUrls: readonly string[]; textSearch?: boolean },
): Extractor {
  const context = { definitions, baseUrls, textSearch };
  const collectWords = textSearch ? wordCollector(definitions) : undefined;
  const tries = new Map<string, Node>();
  const trieOf = (type: string, contained: boolean): Node => {
    const name = contained ? `#${type}` : type;
    let trie = tries.get(name);
    if (!trie) {
      const paths = indexPathsOf(definitions, type);
      trie = buildTrie(contained ? paths.map(containedPath) : paths, context);
      tries.set(name, trie);
    }
    return trie;
  };
  const rowsFrom = (trie: Node, resource: Record<string, unknown>): IndexRows => {
    const rows: IndexRows = {
      tokens: [],
      dates: [],
      quantities: [],
      strings: [],
      words: undefined,
      terms: [],
      contained: [],
    };
    visit(trie, resource, rows, resource);
    rows.tokens = [...new Set(rows.tokens)];
    return rows;
  };
  return (resource) => {
    const rows = rowsFrom(trieOf(resource.resourceType as string, false), resource);
    rows.words = collectWords?.(resource);
    rows.contained = containedIn(definitions, resource).map(({ type, id, inner }) => ({
      type,
      id,
      rows: rowsFrom(trieOf(type, true), inner),
    }));
    return rows;
  };
}

/** The resources that another one contains; they contain none themselves (references.html#contained). */
function containedIn(
  { resourceTypes }: Definitions,
  { contained }: Record<string, unknown>,
): { type: string; id: string; inner: Record<string, unknown> }[] {
  if (!Array.isArray(contained)) return [];
  return contained.flatMap((inner) => {
    const { resourceType: type, id } = (inner ?? {}) as Record<string, unknown>;
    return typeof type === 'string' && typeof id === 'string' && resourceTypes.has(type)
      ? [{ type, id, inner }]
      : [];
  });
}

/** Every index path of a type, each once. @throws Error for an unknown resource type */
export function indexPathsOf(definitions: Definitions, type: string): IndexPath[] {
  if (!definitions.resourceTypes.has(type)) throw new Error(`Unknown resource type: ${type}`);
  const paths = new Map<string, IndexPath>();
  const { usable, building } = typeParameters(definitions, type);
  for (const parameter of [...usable.values(), ...building]) {
    if (inResourceTable.has(parameter.code) || notSearchable.has(parameter.url)) continue;
    for (const path of parameter.paths.flatMap((p) => indexedFor(p.path)))
      paths.set(`${path.kind} ${path.id} ${path.dataType}`, path);
  }
  return [...paths.values()];
}

/** The path itself, or the paths of its components where a composite has no rows of its own. */
function indexedFor(path: IndexPath): IndexPath[] {
  if (!path.separable) return [path];
  return path.components!.flatMap(({ kind, alternatives }) =>
    alternatives.map((from) => componentPath(kind, from)),
  );
}

function buildTrie(paths: readonly IndexPath[], context: ExtractionContext): Node {
  const root: Node = { emitters: [], branches: new Map() };
  for (const path of paths) nodeAt(root, path.steps).emitters.push(emitterFor(path, context));
  return root;
}

function nodeAt(root: Node, steps: readonly PathStep[]): Node {
  let node = root;
  for (const { property, filter } of steps) {
    const branches = node.branches.get(property) ?? [];
    node.branches.set(property, branches);
    const key = JSON.stringify(filter);
    let branch = branches.find((known) => JSON.stringify(known.filter) === key);
    if (!branch) {
      branch = { filter, node: { emitters: [], branches: new Map() } };
      branches.push(branch);
    }
    node = branch.node;
  }
  return node;
}

function visit(node: Node, value: unknown, rows: IndexRows, resource: unknown): void {
  for (const emit of node.emitters) emit(value, rows, resource);
  if (node.branches.size === 0 || typeof value !== 'object' || value === null) return;
  const object = value as Record<string, unknown>;
  for (const property in object) {
    const branches = node.branches.get(property);
    if (branches === undefined) continue;
    const child = object[property];
    for (const { filter, node: next } of branches) {
      if (!Array.isArray(child)) {
        if (filter === undefined || passes(filter, child, 0)) visit(next, child, rows, resource);
        continue;
      }
      for (let i = 0; i < child.length; i++) {
        if (filter === undefined || passes(filter, child[i], i)) visit(next, child[i], rows, resource);
      }
    }
  }
}

function emitterFor(path: IndexPath, context: ExtractionContext): Emitter {
  const { kind, dataType } = path;
  if (path.presentAndNotFalse) return presentAndNotFalse(path.id, path.presentAndNotFalse);
  switch (kind) {
    case 'composite':
      return compositeEmitter(path, context);
    case 'token': {
      const emit = tokenEmitter(path);
      const emitTerms = context.textSearch ? termEmitter(path) : undefined;
      return (value, rows) => {
        emit(value, rows.tokens);
        emitTerms?.(value, rows);
      };
    }
    case 'reference': {
      const emit = referenceEmitter(path, context);
      return (value, rows, resource) => emit(value, rows.tokens, resource);
    }
    case 'uri': {
      const emit = uriEmitter(path);
      return (value, rows) => emit(value, rows.tokens);
    }
  }
  if (path.phonetic) {
    const emit = phoneticEmitter(path);
    return (value, rows) => emit(value, rows.tokens);
  }
  const hash = hashPath(path.id);
  switch (kind) {
    case 'position':
      return (value, rows) => {
        const point = positionOf(value);
        if (point)
          rows.quantities.push({ path: hash, low: point.low, high: point.high, unit: 0n, unitCode: 0n });
      };
    case 'date':
      return (value, rows) => {
        const { low, high } = dateRangeOf(value, dataType) ?? noTime;
        rows.dates.push({ path: hash, low, high });
      };
    case 'number':
      return (value, rows) => {
        const range = numberRangeOf(value, dataType);
        if (range)
          rows.quantities.push({ path: hash, low: range.low, high: range.high, unit: 0n, unitCode: 0n });
      };
    case 'quantity':
      return (value, rows) => {
        for (const { low, high, unit, unitCode } of quantitiesOf(value, dataType)) {
          rows.quantities.push({ path: hash, low, high, unit, unitCode });
        }
      };
    case 'string': {
      const rest = restPath(path.id);
      return (value, rows) => {
        const row = stringRowOf(value);
        if (!row) return;
        rows.strings.push({ path: hash, value: row.value, exact: row.exact });
        for (const piece of restOf(value as string, row.value))
          rows.strings.push({ path: rest, value: piece, exact: '' });
      };
    }
  }
}

function presentAndNotFalse(id: string, alternatives: readonly (readonly PathStep[])[]): Emitter {
  const [yes, no] = ['true', 'false'].map((value) => hash64(id, tokenForm.code, value)) as [bigint, bigint];
  return (_value, rows, resource) => {
    const values = alternatives.flatMap((steps) => collectValues(resource, steps));
    rows.tokens.push(values.some((value) => value !== false) ? yes : no);
  };
}
