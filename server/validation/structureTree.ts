// The elements of a snapshot as a tree: children below their parents, slices beside the element they are slices of.
import type { Structure, StructureElement } from '../definitions/structure.ts';

export interface StructureNode {
  readonly element: StructureElement;
  readonly children: StructureNode[];
  readonly slices: StructureNode[];
}

/** A structure's root and its nodes by element id. */
export interface StructureTree {
  readonly root: StructureNode;
  readonly byId: ReadonlyMap<string, StructureNode>;
}

/**
 * Builds the tree by element ids (`Observation.component:systolic.code`, elementdefinition.html#id).
 * @throws Error for an element that has no parent
 */
export function structureTree({ url, elements }: Structure): StructureTree {
  const byId = new Map<string, StructureNode>();
  const [first] = elements;
  if (!first) throw new Error(`${url} has no elements`);
  const root: StructureNode = { element: first, children: [], slices: [] };
  byId.set(first.id, root);
  for (const element of elements.slice(1)) {
    const node: StructureNode = { element, children: [], slices: [] };
    byId.set(element.id, node);
    const sliced = slicedBy(element.id, byId);
    if (sliced) sliced.slices.push(node);
    else parentOf(element.id, byId, url).children.push(node);
  }
  return { root, byId };
}

/** The node that `a.b:c` is a slice of (`a.b`), or `a.b:c/d` (`a.b:c`). */
function slicedBy(id: string, byId: ReadonlyMap<string, StructureNode>): StructureNode | undefined {
  const colon = id.lastIndexOf(':');
  if (colon < 0) return undefined;
  const slash = id.indexOf('/', colon);
  // A colon of an ancestor's slice: what follows it has a dot that leads to a known parent.
  const dot = id.lastIndexOf('.');
  if (dot > colon && byId.has(id.slice(0, dot))) return undefined;
  return (slash > 0 ? byId.get(id.slice(0, id.lastIndexOf('/'))) : undefined) ?? byId.get(id.slice(0, colon));
}

function parentOf(id: string, byId: ReadonlyMap<string, StructureNode>, url: string): StructureNode {
  for (let dot = id.lastIndexOf('.'); dot > 0; dot = id.lastIndexOf('.', dot - 1)) {
    const parent = byId.get(id.slice(0, dot));
    if (parent) return parent;
  }
  throw new Error(`${url}: the element ${id} has no parent`);
}
