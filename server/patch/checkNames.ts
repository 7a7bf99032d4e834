// Checks the element and type names in a patch path against the specification before the path meets a resource, so that a
// misspelt name is refused whether or not the resource happens to have anything there.
import type { Definitions } from '../definitions/definitions.ts';
import {
  type CallNode,
  type FhirPathNode,
  type MemberNode,
  typeNameOf,
} from '../definitions/fhirPath/fhirPathNode.ts';
import { refuse } from '../errors.ts';
import { childShape, type ElementShape, isOfType } from './elementShape.ts';
import { type Budget, spend } from './patchLimits.ts';

/** The types that a part of a path can yield; undefined where that cannot be told, as for contained resources. */
type Types = string[] | undefined;

interface Checking {
  definitions: Definitions;
  /** type of the patched resource */
  root: string;
  budget: Budget;
}

/** Checks all names of a path on a resource of type `root`. Throws FhirError 422 for one that does not exist. */
export function checkNames(node: FhirPathNode, root: string, definitions: Definitions, budget: Budget): void {
  check(node, [root], { definitions, root, budget });
}

/** Checks one node, whose relative paths start at elements of the types `focus`. */
function check(node: FhirPathNode, focus: Types, checking: Checking): Types {
  switch (node.kind) {
    case 'member':
      return checkMember(node, focus, checking);
    case 'call':
      return checkCall(node, focus, checking);
    case 'indexer':
      return check(node.target, focus, checking);
    case 'type': {
      check(node.operand, focus, checking);
      const types = namedType(node.type, checking);
      return node.operator === 'as' ? types : undefined;
    }
    case 'binary':
      check(node.left, focus, checking);
      check(node.right, focus, checking);
      return undefined;
    case 'constant':
      return [checking.root];
    case 'variable':
      return node.name === 'this' ? focus : undefined;
    default:
      return undefined;
  }
}

function checkMember(node: MemberNode, focus: Types, checking: Checking): Types {
  const { definitions } = checking;
  const { name } = node;
  const parents = node.target ? check(node.target, focus, checking) : focus;
  if (parents === undefined) {
    return undefined;
  }
  if (startsAtType(node)) {
    if (!parents.some((parent) => isOfType(definitions, parent, name))) {
      throw refuse(422, 'processing', `the path starts at ${name}, but is applied to ${listed(parents)}`);
    }
    return parents;
  }
  spend(checking.budget, parents.length);
  const shapes = parents.map((parent) => childShape(definitions, parent, name));
  if (shapes.every((shape) => shape === undefined)) {
    throw refuse(422, 'processing', `${listed(parents)} has no element '${name}'`);
  }
  const types = new Set(shapes.flatMap((shape) => typesOf(shape)));
  // Where any resource may stand, its own elements may follow.
  return types.has('Resource') ? undefined : [...types];
}

/** Functions that yield some of the elements they are called on. */
const selections = new Set(['where', 'first', 'last', 'tail', 'skip', 'take', 'single']);
/** Functions whose argument is asked of each of those elements. */
const conditions = new Set(['where', 'exists', 'all']);
const typeFunctions = new Set(['ofType', 'as', 'is']);

function checkCall({ name, target, args }: CallNode, focus: Types, checking: Checking): Types {
  const items = target ? check(target, focus, checking) : focus;
  if (typeFunctions.has(name)) {
    const types = namedType(typeNameOf(args[0]), checking);
    return name === 'is' ? undefined : types;
  }
  for (const argument of args) {
    check(argument, conditions.has(name) ? items : focus, checking);
  }
  if (selections.has(name)) {
    return items;
  }
  const children: Record<string, string> = { extension: 'extension', resolve: 'reference' };
  if (items && Object.hasOwn(children, name)) {
    const named = items.flatMap((type) => typesOf(childShape(checking.definitions, type, children[name])));
    if (named.length === 0 && items.length > 0) {
      throw refuse(422, 'processing', `${listed(items)} has no element '${children[name]}'`);
    }
    return name === 'extension' ? [...new Set(named)] : undefined;
  }
  return undefined;
}

function typesOf(shape: ElementShape | undefined): string[] {
  return shape?.members.map(({ type }) => type) ?? [];
}

/** A type as paths name it, `Quantity` or `FHIR.Quantity`, and what it may be called with. */
function namedType(name: string | undefined, { definitions }: Checking): Types {
  const type = name?.replace(/^FHIR\./, '');
  if (type === undefined || !definitions.types.has(type)) {
    throw refuse(422, 'processing', `there is no type '${name}'`);
  }
  return [type];
}

/** Whether a member at the start of a path names a type (`Patient`): no element name begins with a capital. */
export function startsAtType(node: MemberNode): boolean {
  return !node.target && /^[A-Z]/.test(node.name);
}

function listed(types: string[]): string {
  return types.length > 5 ? `each of ${types.length} types` : types.join(' or ');
}
