// Makes the snapshot of a StructureDefinition from its differential and the snapshot of its base (profiling.html,
// elementdefinition.html#interpretation): the base as a tree, changed by one element of the differential after the other.

import { namedType, typeOfName } from './choiceName.ts';
import { elementIds } from './elementIds.ts';
import {
  type Budget,
  copyChildren,
  copyNode,
  type ElementNode,
  elementTree,
  flattenTree,
} from './elementTree.ts';
import { mergeElement } from './mergeElement.ts';
import { reduceElement, type StatedElement } from './reduceElement.ts';
import { MOST_ELEMENTS, rawElements, reduceHead } from './reduceStructure.ts';
import type { ElementType, FindStructure, Slicing, Structure, StructureElement } from './structure.ts';

/** Steps of a path; the deepest published one has 9. */
const DEEPEST = 60;

const EXTENSION_SLICING: Slicing = {
  discriminators: [{ type: 'value', path: 'url' }],
  ordered: false,
  rules: 'open',
};

const TYPE_SLICING: Slicing = {
  discriminators: [{ type: 'type', path: '$this' }],
  ordered: false,
  rules: 'open',
};

/** What one run works with. */
interface Work {
  readonly head: Omit<Structure, 'elements'>;
  readonly base: Structure;
  readonly find: FindStructure;
  readonly root: ElementNode;
  /** how many more elements may be made */
  readonly budget: Budget;
}

/**
 * The structure with a snapshot made from its differential. `find` gives the base, and the structures of types and
 * profiles that the differential descends into.
 * @throws Error that names what is missing or wrong: an unknown base or profile, a path that the base does not have
 */
export function generateSnapshot(json: Record<string, unknown>, find: FindStructure): Structure {
  const head = reduceHead(json);
  if (!head.base) throw new Error(`${head.url} has neither a snapshot nor a baseDefinition`);
  const base = find(head.base);
  if (!base) throw new Error(`${head.url} is based on ${head.base}, which is not known here`);
  if (head.derivation === 'constraint' && base.type !== head.type) {
    throw new Error(`${head.url} constrains ${head.type}, but its base ${head.base} is about ${base.type}`);
  }
  const budget = { left: MOST_ELEMENTS, of: head.url };
  const root = elementTree(base, typeName(head), budget);
  const work: Work = { head, base, find, root, budget };
  const stated = rawElements(json, 'differential').map(reduceElement);
  const ids = elementIds(stated);
  stated.forEach((element, i) => {
    try {
      apply(work, element, ids[i]!);
    } catch (error) {
      throw new Error(`${head.url}: ${ids[i]}: ${(error as Error).message}`);
    }
  });
  return { ...head, elements: flattenTree(root) };
}

/** The first step of paths: the type, of a logical model the last part of its url. */
const typeName = ({ type }: Pick<Structure, 'type'>): string => type.slice(type.lastIndexOf('/') + 1);

/** One element of the differential. */
function apply(work: Work, stated: StatedElement, id: string): void {
  const [first, ...steps] = id.split('.');
  if (steps.length > DEEPEST) throw new Error(`the path has more than ${DEEPEST} steps`);
  if (first !== work.root.element.path) {
    throw new Error(`the path begins with ${first}, but the type is ${work.root.element.path}`);
  }
  let node = work.root;
  for (const [i, step] of steps.entries()) node = descend(work, node, step, i === steps.length - 1, stated);
  node.element = mergeElement(node.element, stated, work.head.url);
}

/**
 * The node below `node` that a step of an id leads to: `code`, `valueQuantity`, `component:systolic`. The last step may
 * make a slice, or an element of a new type.
 */
function descend(
  work: Work,
  node: ElementNode,
  step: string,
  last: boolean,
  stated: StatedElement,
): ElementNode {
  const [name = '', sliceName] = step.split(':');
  const children = childrenOf(work, node);
  const exact = children.find((child) => nameOf(child) === name);
  if (!exact) {
    const choice = children.find((child) => namedType(nameOf(child), name) !== undefined);
    const type =
      choice && typeOfName(choice.typesBefore ?? choice.element.types, namedType(nameOf(choice), name)!);
    // `valueQuantity` is short for the slice of that name, by type.
    if (choice && type) return typeShorthand(work, choice, sliceName ?? name, type);
    if (last && work.head.derivation === 'specialization') return addElement(work, node, name, stated);
    throw new Error(
      choice
        ? `${nameOf(choice)} of ${node.element.id} has no type that ${name} could stand for`
        : `${node.element.id} has no element ${name}`,
    );
  }
  if (sliceName === undefined) return exact;
  const slice = exact.slices.find(({ element }) => element.sliceName === sliceName);
  if (slice) return slice;
  if (last && isOnlyNamed(exact.element, stated)) return exact;
  const type = typeOfSlice(exact, sliceName);
  if (type && !stated.types) return typeSlice(work, exact, sliceName, type);
  if (!last) throw new Error(`${exact.element.id} has no slice ${sliceName}`);
  return addSlice(work, exact, sliceName);
}

/** The type that a slice of a choice is named after: `valueQuantity` of `value[x]`. */
function typeOfSlice({ element }: ElementNode, sliceName: string): ElementType | undefined {
  const suffix = namedType(lastStep(element.path), sliceName);
  return suffix === undefined ? undefined : typeOfName(element.types, suffix);
}

function typeSlice(work: Work, choice: ElementNode, sliceName: string, type: ElementType): ElementNode {
  const found = choice.slices.find(({ element }) => element.sliceName === sliceName);
  if (found) return found;
  const slice = addSlice(work, choice, sliceName);
  slice.element = { ...slice.element, types: [type] };
  return slice;
}

/**
 * The slice that a name such as `valueQuantity` stands for. Where nobody has sliced the choice, it leaves only the types
 * that are named so: published profiles mean it like that, and their snapshots say it.
 */
function typeShorthand(work: Work, choice: ElementNode, sliceName: string, type: ElementType): ElementNode {
  if (!choice.element.slicing) {
    choice.typesBefore = choice.element.types;
    choice.element = { ...choice.element, slicing: { ...TYPE_SLICING, rules: 'closed' }, types: [] };
  }
  const slice = typeSlice(work, choice, sliceName, type);
  if (choice.typesBefore && !choice.element.types.includes(type)) {
    choice.element = { ...choice.element, types: [...choice.element.types, type] };
  }
  return slice;
}

/** A new slice: as what is sliced, children included, but not required. Behind the slice it is a part of, or the last one. */
function addSlice(work: Work, sliced: ElementNode, sliceName: string): ElementNode {
  const { element } = sliced;
  if (!element.slicing) sliced.element = { ...element, slicing: implicitSlicing(element, sliceName) };
  const above = sliced.slices.findLast(({ element: { sliceName: other = '' } }) =>
    sliceName.startsWith(`${other}/`),
  );
  const model = above ?? sliced;
  const slice = copyNode(model, `${element.id}:${sliceName}`, element.path, work.budget);
  const { slicing: _, ...rest } = slice.element;
  slice.element = { ...rest, sliceName, min: 0 };
  if (!above) {
    sliced.slices.push(slice);
    return slice;
  }
  const within = `${above.element.sliceName}/`;
  const behind = sliced.slices.findLastIndex(
    (other) => other === above || other.element.sliceName!.startsWith(within),
  );
  sliced.slices.splice(behind + 1, 0, slice);
  return slice;
}

/** Some profiles give a name to an element that is there once and not sliced: it changes nothing. */
const isOnlyNamed = ({ slicing, max, path }: StructureElement, stated: StatedElement): boolean =>
  !slicing && !stated.slicing && max <= 1 && !path.endsWith('[x]');

/** Extensions are sliced by url, and choices by type, without saying so. */
function implicitSlicing({ id, path }: StructureElement, sliceName: string): Slicing {
  if (/\.(modifierE|e)xtension$/.test(path)) return EXTENSION_SLICING;
  if (path.endsWith('[x]')) return TYPE_SLICING;
  throw new Error(`${id} is not sliced: there is no slicing that would tell the slice ${sliceName}`);
}

/** An element that a new type has and its base has not. */
function addElement(work: Work, parent: ElementNode, name: string, stated: StatedElement): ElementNode {
  if (stated.min === undefined || stated.max === undefined) {
    throw new Error('an element that the base does not have needs min and max');
  }
  const element: StructureElement = {
    ...{ id: `${parent.element.id}.${name}`, path: `${parent.element.path}.${name}` },
    ...{ min: stated.min, max: stated.max, types: stated.types ?? [] },
    ...(stated.contentReference === undefined ? {} : { contentReference: stated.contentReference }),
  };
  const node: ElementNode = { element, slices: [] };
  work.budget.left--;
  parent.children = [...(parent.children ?? []), node];
  return node;
}

/** The children of a node; where they were not needed so far, from its type, its type's profile or what it refers to. */
function childrenOf(work: Work, node: ElementNode): ElementNode[] {
  if (node.children) return node.children;
  const { element } = node;
  if (element.contentReference !== undefined) {
    const target = referred(work, element.contentReference);
    const { contentReference: _, ...rest } = element;
    node.element = { ...rest, types: target.element.types };
    node.children = copyChildren(target, node, work.budget);
    return node.children;
  }
  const structure = contentOf(work, element);
  node.children = copyChildren(elementTree(structure, undefined, work.budget), node, work.budget, structure);
  return node.children;
}

/** The structure whose elements are below an element. */
function contentOf({ find }: Work, { id, types }: StructureElement): Structure {
  const codes = [...new Set(types.map(({ code }) => code))];
  if (codes.length === 0) throw new Error(`${id} has no type whose elements could be named`);
  const profiles = types.length === 1 ? (types[0]!.profiles ?? []) : [];
  // Of several types only what they share can be said.
  const canonical =
    profiles.length === 1 ? profiles[0]! : codes.length === 1 ? typeUrl(codes[0]!) : typeUrl('Element');
  const structure = find(canonical);
  if (!structure) throw new Error(`${id} is of ${canonical}, which is not known here`);
  return structure;
}

const typeUrl = (code: string): string =>
  code.includes('/') ? code : `http://hl7.org/fhir/StructureDefinition/${code}`;

/** What a content reference stands for, as the base has it: what a profile says of one place does not hold of the other. */
function referred({ base, head, budget }: Work, id: string): ElementNode {
  const queue = [elementTree(base, typeName(head), budget)];
  for (let node = queue.pop(); node; node = queue.pop()) {
    if (node.element.id === id) return node;
    queue.push(...(node.children ?? []), ...node.slices);
  }
  throw new Error(`the base has no element ${id}`);
}

const lastStep = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

const nameOf = ({ element }: ElementNode): string => lastStep(element.path);
