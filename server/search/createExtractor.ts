// Compiled extraction: all index paths of a resource type merged into one trie over JSON property names, so that one
// walk over a resource emits all of its index rows.

import type { Definitions } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import { notSearchable } from '../definitions/searchDataTypes.ts';
import type { IndexPath, ItemFilter, PathStep } from '../definitions/searchParameter.ts';
import { collectValues, passes } from './collectValues.ts';
import { hash64, hashPath } from './hash64.ts';
import type { IndexRows } from './indexRows.ts';
import { componentPath, compositeEmitter } from './parameters/composite.ts';
import { dateRangeOf } from './parameters/date.ts';
import { numberRangeOf } from './parameters/number.ts';
import { quantitiesOf } from './parameters/quantity.ts';
import { type ReferenceContext, referenceEmitter } from './parameters/reference.ts';
import { stringRowOf } from './parameters/string.ts';
import { tokenEmitter, tokenForm } from './parameters/token.ts';
import { uriEmitter } from './parameters/uri.ts';

/** Extracts the index rows of a resource, given as a JSON tree with its `resourceType`. */
export type Extractor = (resource: Record<string, unknown>) => IndexRows;

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
 * (without trailing slash): absolute references under them are indexed as relative ones. Contained resources are not
 * indexed. Values of the wrong JSON type emit nothing: refusing them is the validator's job.
 */
export function createExtractor(
  definitions: Definitions,
  { baseUrls }: { baseUrls: readonly string[] },
): Extractor {
  const context = { definitions, baseUrls };
  const tries = new Map<string, Node>();
  return (resource) => {
    const type = resource.resourceType as string;
    let trie = tries.get(type);
    if (!trie) {
      trie = buildTrie(indexPathsOf(definitions, type), context);
      tries.set(type, trie);
    }
    const rows: IndexRows = { tokens: [], dates: [], quantities: [], strings: [] };
    visit(trie, resource, rows, resource);
    rows.tokens = [...new Set(rows.tokens)];
    return rows;
  };
}

/** Every index path of a type, each once. @throws Error for an unknown resource type */
export function indexPathsOf(definitions: Definitions, type: string): IndexPath[] {
  if (!definitions.resourceTypes.has(type)) throw new Error(`Unknown resource type: ${type}`);
  const paths = new Map<string, IndexPath>();
  for (const parameter of parametersOf(definitions, type).values()) {
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

function buildTrie(paths: readonly IndexPath[], context: ReferenceContext): Node {
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

function emitterFor(path: IndexPath, context: ReferenceContext): Emitter {
  const { kind, dataType } = path;
  if (path.presentAndNotFalse) return presentAndNotFalse(path.id, path.presentAndNotFalse);
  switch (kind) {
    case 'composite':
      return compositeEmitter(path, context);
    case 'token': {
      const emit = tokenEmitter(path);
      return (value, rows) => emit(value, rows.tokens);
    }
    case 'reference': {
      const emit = referenceEmitter(path, context);
      return (value, rows) => emit(value, rows.tokens);
    }
    case 'uri': {
      const emit = uriEmitter(path);
      return (value, rows) => emit(value, rows.tokens);
    }
  }
  const hash = hashPath(path.id);
  switch (kind) {
    case 'date':
      return (value, rows) => {
        const range = dateRangeOf(value, dataType);
        if (range) rows.dates.push({ path: hash, low: range.low, high: range.high });
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
    case 'string':
      return (value, rows) => {
        const row = stringRowOf(value);
        if (row) rows.strings.push({ path: hash, value: row.value, exact: row.exact });
      };
  }
}

function presentAndNotFalse(id: string, alternatives: readonly (readonly PathStep[])[]): Emitter {
  const [yes, no] = ['true', 'false'].map((value) => hash64(id, tokenForm.code, value)) as [bigint, bigint];
  return (_value, rows, resource) => {
    const values = alternatives.flatMap((steps) => collectValues(resource, steps));
    rows.tokens.push(values.some((value) => value !== false) ? yes : no);
  };
}
