// The operators that conditions in patch paths may use: comparison, membership and three-valued logic
// (http://hl7.org/fhirpath/N1/#operations). Arithmetic, `|` and `&` name no places and are refused.
import type { BinaryNode, PolarityNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { refuse } from '../errors.ts';
import { isJsonNumber, sourceOf } from '../json/jsonNumber.ts';
import { compareValues, equalValues, equivalentValues } from './compareValues.ts';
import { isContainer } from './draft.ts';
import {
  type Compile,
  type Evaluate,
  negate,
  type PathItem,
  single,
  spendText,
  type Truth,
  truth,
  truthOf,
  unsupported,
} from './pathItem.ts';

const logic: Record<string, (left: Truth, right: Truth) => Truth> = {
  and: (left, right) => (left === false || right === false ? false : left && right),
  or: (left, right) => (left || right ? true : left === undefined || right === undefined ? undefined : false),
  xor: (left, right) => (left === undefined || right === undefined ? undefined : left !== right),
  implies: (left, right) => (left === false || right ? true : left === undefined ? undefined : right),
};

const comparisons: Record<string, (left: PathItem[], right: PathItem[]) => Truth> = {
  '=': equal,
  '!=': (left, right) => negate(equal(left, right)),
  '~': equivalent,
  '!~': (left, right) => !equivalent(left, right),
  '<': (left, right) => ordered(left, right, (order) => order < 0),
  '<=': (left, right) => ordered(left, right, (order) => order <= 0),
  '>': (left, right) => ordered(left, right, (order) => order > 0),
  '>=': (left, right) => ordered(left, right, (order) => order >= 0),
  in: isMember,
  contains: (left, right) => isMember(right, left),
};

/** Compiles an operator and its operands. Throws FhirError 400 for those that patch paths may not use. */
export function compileOperator(node: BinaryNode | PolarityNode, compile: Compile): Evaluate {
  if (node.kind === 'polarity') {
    return compilePolarity(node, compile);
  }
  const { operator } = node;
  const left = compile(node.left);
  const right = compile(node.right);
  if (Object.hasOwn(logic, operator)) {
    return (scope) => truth(logic[operator](truthOf(left(scope)), truthOf(right(scope))));
  }
  if (!Object.hasOwn(comparisons, operator)) {
    throw unsupported(`the operator '${operator}'`, node);
  }
  return (scope) => {
    const operands = [left(scope), right(scope)];
    // Comparing whole elements could cost the square of the resource's size.
    if (operands.every((items) => items.some((item) => isContainer(item.value)))) {
      throw refuse(422, 'processing', 'the path compares whole elements with each other, not primitives');
    }
    for (const item of operands.flat()) {
      spendText(scope, item);
    }
    return truth(comparisons[operator](operands[0], operands[1]));
  };
}

/** Signs are for number literals only. */
function compilePolarity(node: PolarityNode, compile: Compile): Evaluate {
  const { operator, operand } = node;
  if (operand.kind !== 'literal' || operand.type !== 'number') {
    throw unsupported('a sign before anything but a number', node);
  }
  const evaluate = compile(operand);
  return (scope) =>
    evaluate(scope).map(({ value, type }) => ({
      value: operator === '-' && isJsonNumber(value) ? JSON.rawJSON(`-${sourceOf(value)}`) : value,
      type,
    }));
}

/** `=` of collections: item by item, in order. */
function equal(left: PathItem[], right: PathItem[]): Truth {
  if (left.length === 0 || right.length === 0) {
    return undefined;
  }
  if (left.length !== right.length) {
    return false;
  }
  const results = left.map((item, index) => equalValues(item, right[index]));
  return results.includes(false) ? false : results.includes(undefined) ? undefined : true;
}

function equivalent(left: PathItem[], right: PathItem[]): boolean {
  const a = single(left);
  const b = single(right);
  return a && b ? equivalentValues(a, b) : a === b;
}

function isMember(item: PathItem[], collection: PathItem[]): Truth {
  const sought = single(item);
  return sought && collection.some((candidate) => equalValues(sought, candidate) === true);
}

function ordered(left: PathItem[], right: PathItem[], holds: (order: number) => boolean): Truth {
  const a = single(left);
  const b = single(right);
  if (!a || !b) {
    return undefined;
  }
  const order = compareValues(a, b);
  if (order === null) {
    throw refuse(422, 'processing', `the path asks for the order of ${a.type} and ${b.type}`);
  }
  return order === undefined ? undefined : holds(order);
}
