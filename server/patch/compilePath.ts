// Compiles the FHIRPath of a patch operation (http://hl7.org/fhir/R4/fhirpatch.html) into a function from the resource to the
// places it names. The subset is what can name places and choose among them; everything else is refused by name.
import type { Definitions } from '../definitions/definitions.ts';
import type { CallNode, FhirPathNode, MemberNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { parseFhirPath } from '../definitions/fhirPath/parseFhirPath.ts';
import { FhirPathSyntaxError } from '../definitions/fhirPath/tokenizeFhirPath.ts';
import { refuse } from '../errors.ts';
import { checkNames, startsAtType } from './checkNames.ts';
import { compileOperator } from './compileOperator.ts';
import { isOfType } from './elementShape.ts';
import type { Location } from './location.ts';
import type { Budget } from './patchLimits.ts';
import { pathFunctions } from './pathFunctions.ts';
import {
  childrenOf,
  type Evaluate,
  isLocation,
  type PathItem,
  unsupported,
  wholeNumber,
} from './pathItem.ts';

/** The places a path names in a resource. Throws FhirError 422. */
export type Locate = (root: Location, definitions: Definitions, budget: Budget) => Location[];

/** A compiled patch path. */
export interface PatchPath {
  locate: Locate;
  /** When the path ends in an element name, as the list operations need: the places of its parents, and that name. */
  list?: { parents: Locate; name: string };
}

/** Compiles a path. Throws FhirError 400 when it is no FHIRPath, or FHIRPath that a patch path may not use. */
export function compilePath(source: string): PatchPath {
  const node = parsePath(source);
  const path: PatchPath = { locate: locator(node) };
  if (node.kind === 'member' && !startsAtType(node)) {
    path.list = { parents: node.target ? locator(node.target) : (root) => [root], name: node.name };
  }
  return path;
}

function parsePath(source: string): FhirPathNode {
  try {
    return parseFhirPath(source);
  } catch (error) {
    if (error instanceof FhirPathSyntaxError) {
      throw refuse(400, 'invalid', `'path' is not a FHIRPath expression: ${error.message}`);
    }
    throw error;
  }
}

function locator(node: FhirPathNode): Locate {
  const evaluate = compileNode(node);
  return (root, definitions, budget) => {
    checkNames(node, root.type, definitions, budget);
    return evaluate({ root, focus: root, index: 0, definitions, budget }).map((item) => {
      if (!isLocation(item)) {
        throw refuse(422, 'processing', 'the path yields a value, not an element of the resource');
      }
      return item;
    });
  };
}

function compileNode(node: FhirPathNode): Evaluate {
  switch (node.kind) {
    case 'member':
      return compileMember(node);
    case 'call':
      return compileCall(node);
    case 'indexer': {
      const target = compileNode(node.target);
      const position = wholeNumber(node.index);
      return (scope) => target(scope).slice(position, position + 1);
    }
    case 'literal': {
      const items = [literalOf(node.type, node.text)];
      return () => items;
    }
    case 'empty':
      return () => [];
    case 'constant':
      if (!['resource', 'rootResource', 'context'].includes(node.name)) {
        throw unsupported(`%${node.name}`, node);
      }
      return (scope) => [scope.root];
    case 'variable':
      if (node.target || node.name === 'total') {
        throw unsupported(`$${node.name}`, node);
      }
      return node.name === 'this'
        ? (scope) => [scope.focus]
        : (scope) => [{ value: scope.index, type: 'integer' }];
    case 'type': {
      const { position, operand, operator, type } = node;
      const args: FhirPathNode[] = [{ kind: 'member', name: type, position }];
      return compileCall({ kind: 'call', name: operator, target: operand, args, position });
    }
    case 'quantity':
      throw unsupported('a quantity', node);
    default:
      return compileOperator(node, compileNode);
  }
}

function literalOf(type: string, text: string): PathItem {
  if (type === 'boolean') {
    return { value: text === 'true', type };
  }
  // An atom keeps all digits; JSON, unlike FHIRPath, has no leading zeros.
  return { value: type === 'number' ? JSON.rawJSON(text.replace(/^0+(?=\d)/, '')) : text, type };
}

function compileMember(node: MemberNode): Evaluate {
  const { name } = node;
  if (startsAtType(node)) {
    return ({ focus, definitions }) => (isOfType(definitions, focus.type, name) ? [focus] : []);
  }
  const target = compileTarget(node);
  return (scope) => target(scope).flatMap((item) => childrenOf(item, name, scope));
}

function compileCall(node: CallNode): Evaluate {
  const { name, args, position } = node;
  const found = Object.hasOwn(pathFunctions, name) ? pathFunctions[name] : undefined;
  if (!found) {
    throw unsupported(`the function ${name}()`, node);
  }
  const [fewest, most] = found.arity;
  if (args.length < fewest || args.length > most) {
    throw refuse(
      400,
      'invalid',
      `'path' calls ${name}() at position ${position} with ${args.length} arguments`,
    );
  }
  return found.compile(compileTarget(node), args, compileNode);
}

/** What stands before the dot; nothing means `$this`. */
function compileTarget({ target }: MemberNode | CallNode): Evaluate {
  return target ? compileNode(target) : (scope) => [scope.focus];
}
