// The elements of a snapshot as a tree that can be changed, and back.
import type { ElementType, Structure, StructureElement } from './structure.ts';

/** An element with what is below it. */
export interface ElementNode {
  element: StructureElement;
  /** undefined as long as the snapshot does not go into the element's type */
  children?: ElementNode[];
  /** the types of a choice, before the names of types (`valueQuantity`) left only those named */
  typesBefore?: readonly ElementType[];
  /** in order; a slice of a slice (`a/b`) behind the slice it is a part of */
  readonly slices: ElementNode[];
}

/** How many more elements may be made for a structure. */
export interface Budget {
  left: number;
  readonly of: string;
}

/**
 * The tree of a snapshot. With `name` the root gets that name, in all paths, ids and content references.
 * @throws Error where the snapshot has no root or an element without its parent
 */
export function elementTree(structure: Structure, name: string | undefined, budget: Budget): ElementNode {
  const [first] = structure.elements;
  if (!first) throw new Error(`${structure.url} has no elements`);
  const rename = renaming(first.id, name ?? first.id);
  const byId = new Map<string, ElementNode>();
  for (const element of structure.elements) {
    spend(budget);
    const node: ElementNode = { element: moved(element, rename, rename, rename), slices: [] };
    byId.set(element.id, node);
    if (element === first) continue;
    const dot = element.id.lastIndexOf('.');
    const colon = element.id.indexOf(':', dot);
    const above = byId.get(element.id.slice(0, colon < 0 ? dot : colon));
    if (!above) throw new Error(`${structure.url} has no element above ${element.id}`);
    if (colon < 0) above.children = [...(above.children ?? []), node];
    else above.slices.push(node);
  }
  return byId.get(first.id)!;
}

/** All elements in the order of a snapshot: an element, its children, its slices. */
export function flattenTree(node: ElementNode): StructureElement[] {
  const elements: StructureElement[] = [];
  const visit = ({ element, children = [], slices }: ElementNode): void => {
    elements.push(element);
    for (const child of children) visit(child);
    for (const slice of slices) visit(slice);
  };
  visit(node);
  return elements;
}

/** A copy of a node with its children but without its slices, at another place. */
export function copyNode(node: ElementNode, id: string, path: string, budget: Budget): ElementNode {
  const toId = renaming(node.element.id, id);
  const toPath = renaming(node.element.path, path);
  const copy = deepCopy(node, toId, toPath, (reference) => reference, budget);
  return { ...copy, slices: [] };
}

/** Copies of the children of one node for another; `of` is the structure they come from, where it is another one. */
export function copyChildren(
  from: ElementNode,
  to: ElementNode,
  budget: Budget,
  of?: Structure,
): ElementNode[] {
  const toId = renaming(from.element.id, to.element.id);
  const toPath = renaming(from.element.path, to.element.path);
  return (from.children ?? []).map((child) =>
    deepCopy(child, toId, toPath, of ? toId : (reference) => reference, budget),
  );
}

type Rename = (name: string) => string;

function deepCopy(
  node: ElementNode,
  toId: Rename,
  toPath: Rename,
  toReference: Rename,
  budget: Budget,
): ElementNode {
  spend(budget);
  const copy = (other: ElementNode) => deepCopy(other, toId, toPath, toReference, budget);
  return {
    element: moved(node.element, toId, toPath, toReference),
    ...(node.children ? { children: node.children.map(copy) } : {}),
    slices: node.slices.map(copy),
  };
}

function moved(
  element: StructureElement,
  toId: Rename,
  toPath: Rename,
  toReference: Rename,
): StructureElement {
  const { contentReference } = element;
  return {
    ...element,
    ...{ id: toId(element.id), path: toPath(element.path) },
    ...(contentReference === undefined ? {} : { contentReference: toReference(contentReference) }),
  };
}

/** Puts `to` where a name begins with `from`. */
const renaming =
  (from: string, to: string): Rename =>
  (name) =>
    name.startsWith(from) ? to + name.slice(from.length) : name;

function spend(budget: Budget): void {
  if (--budget.left < 0)
    throw new Error(
      `the snapshot of ${budget.of} would have more elements than can be worked with: constrain less of what its slices repeat`,
    );
}
