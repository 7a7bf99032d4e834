// Operators: equality, order, membership, three-valued logic and arithmetic (http://hl7.org/fhirpath/N1/#operations).
import type { BinaryNode, PolarityNode, TypeNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { isJsonNumber } from '../json/jsonNumber.ts';
import { arithmetic, isInteger, negated } from './arithmetic.ts';
import { unionItems } from './collections.ts';
import {
  compareItems,
  equalCollections,
  equivalentCollections,
  type ItemSet,
  isInSet,
  itemSet,
} from './equality.ts';
import {
  type Context,
  type Expression,
  type Frame,
  ofConstant,
  ofInteger,
  ofItems,
  ofTruth,
} from './expression.ts';
import { type Item, noItems, onlyItem, type Truth } from './item.ts';
import { compileTypeTest } from './typeTest.ts';

/** Compiles an operator and its operands. */
export function compileOperator(node: BinaryNode | PolarityNode | TypeNode, context: Context): Expression {
  if (node.kind === 'type')
    return compileTypeTest(node.operator, node.operand, node.type, node.position, context);
  if (node.kind === 'polarity') return compilePolarity(node, context);
  const left = context.compile(node.left, context);
  const right = context.compile(node.right, context);
  const fixed = left.fixed && right.fixed;
  const { operator } = node;
  switch (operator) {
    case 'and':
    case 'or':
    case 'xor':
    case 'implies':
      return ofTruth(context, logic[operator](left, right), { fixed });
    case '=':
      return ofTruth(context, equality(left, right), { fixed });
    case '!=': {
      const equal = equality(left, right);
      return ofTruth(context, (frame) => negate(equal(frame)), { fixed });
    }
    case '~':
    case '!~': {
      const wanted = operator === '~';
      const same = (frame: Frame) => equivalentCollections(left.items(frame), right.items(frame), frame);
      return ofTruth(context, (frame) => same(frame) === wanted, { fixed });
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ofTruth(context, order(operator, left, right), { fixed });
    case 'in':
      return ofTruth(context, membership(left, right), { fixed });
    case 'contains':
      return ofTruth(context, membership(right, left), { fixed });
    case '|':
      return compileUnion(left, right, context);
    default:
      return compileArithmetic(operator, left, right, context);
  }
}

export function negate(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** The right side is not looked at where the left one decides. */
const logic: Record<
  'and' | 'or' | 'xor' | 'implies',
  (left: Expression, right: Expression) => (frame: Frame) => Truth
> = {
  and: (left, right) => (frame) => {
    const a = left.truth(frame);
    if (a === false) return false;
    const b = right.truth(frame);
    return b === false ? false : a && b;
  },
  or: (left, right) => (frame) => {
    const a = left.truth(frame);
    if (a) return true;
    const b = right.truth(frame);
    return b ? true : a === undefined ? undefined : b;
  },
  xor: (left, right) => (frame) => {
    const a = left.truth(frame);
    const b = right.truth(frame);
    return a === undefined || b === undefined ? undefined : a !== b;
  },
  implies: (left, right) => (frame) => {
    const a = left.truth(frame);
    if (a === false) return true;
    const b = right.truth(frame);
    return b ? true : a === undefined ? undefined : b;
  },
};

/** The text that an expression always yields. */
function constantText({ constant }: Expression): string | undefined {
  const value =
    constant?.length === 1 && constant[0]!.type === 'System.String' ? constant[0]!.value : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** Whether an expression yields JSON strings that are no moments, and `peek` can be used. */
function hasText({ peek, shapes }: Expression): boolean {
  return peek !== undefined && shapes?.[0]?.system === 'String';
}

function equality(left: Expression, right: Expression): (frame: Frame) => Truth {
  if (left.logical && right.logical) {
    return (frame) => {
      const a = left.truth(frame);
      const b = right.truth(frame);
      return a === undefined || b === undefined ? undefined : a === b;
    };
  }
  const general = (frame: Frame) => equalCollections(left.items(frame), right.items(frame), frame);
  if (constantText(left) !== undefined && hasText(right)) return equality(right, left);
  const text = constantText(right);
  if (text !== undefined && hasText(left)) {
    const peek = left.peek!;
    return (frame) => {
      const value = peek(frame);
      if (typeof value === 'string') return value === text;
      return value === undefined ? undefined : general(frame);
    };
  }
  return numbers(left, right, (order) => order === 0) ?? general;
}

/** Both sides as plain numbers, where both have that way. */
function numbers(
  left: Expression,
  right: Expression,
  holds: (order: number) => boolean,
): ((frame: Frame) => Truth) | undefined {
  const { number: a } = left;
  const { number: b } = right;
  if (!a || !b) return undefined;
  return (frame) => {
    const x = a(frame);
    const y = b(frame);
    return x === undefined || y === undefined ? undefined : holds(x - y);
  };
}

const orders = {
  '<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '>': (order: number) => order > 0,
  '>=': (order: number) => order >= 0,
};

function order(operator: keyof typeof orders, left: Expression, right: Expression): (frame: Frame) => Truth {
  const holds = orders[operator];
  const compare = (frame: Frame) => {
    const a = onlyItem(left.items(frame));
    const b = onlyItem(right.items(frame));
    if (!a || !b) return undefined;
    const result = compareItems(a, b, frame);
    return result === undefined ? undefined : holds(result);
  };
  const limit = right.constant?.length === 1 ? right.constant[0]!.value : undefined;
  const isDecimal = left.shapes?.[0]?.system === 'Decimal' || left.shapes?.[0]?.system === 'Integer';
  if (left.peek && isDecimal && typeof limit === 'number') {
    const { peek } = left;
    return (frame) => {
      const value = peek(frame);
      return typeof value === 'number' ? holds(value - limit) : compare(frame);
    };
  }
  return numbers(left, right, holds) ?? compare;
}

/** `in`: whether the single item on the left is in the collection. */
function membership(element: Expression, collection: Expression): (frame: Frame) => Truth {
  const { constant } = collection;
  const general = inItems(element, collection);
  if (constant?.every(({ type }) => type === 'System.String') && hasText(element)) {
    const texts = new Set(constant.map(({ value }) => value));
    const peek = element.peek!;
    return (frame) => {
      const value = peek(frame);
      if (typeof value === 'string') return texts.has(value);
      return value === undefined ? undefined : general(frame);
    };
  }
  return general;
}

/** Membership by the items. */
function inItems(element: Expression, collection: Expression): (frame: Frame) => Truth {
  // Sets are kept for collections that are kept themselves: in a loop, each is asked for every round.
  const sets = new WeakMap<readonly Item[], ItemSet>();
  return (frame) => {
    const sought = onlyItem(element.items(frame));
    if (sought?.value === undefined) return undefined;
    const items = collection.items(frame);
    if (!collection.fixed) return isInSet(itemSet(items, frame), sought, frame);
    let set = sets.get(items);
    if (!set) {
      set = itemSet(items, frame);
      sets.set(items, set);
    }
    return isInSet(set, sought, frame);
  };
}

function compileUnion(left: Expression, right: Expression, context: Context): Expression {
  if (left.constant && right.constant) {
    const merged = simpleUnion(left.constant, right.constant);
    if (merged) return ofConstant(context, merged);
  }
  const shapes = left.shapes && right.shapes && [...new Set([...left.shapes, ...right.shapes])];
  return {
    ...ofItems((frame) => unionItems(left.items(frame), right.items(frame), frame), {
      shapes,
      fixed: left.fixed && right.fixed,
    }),
    exists: (frame) => left.exists(frame) || right.exists(frame),
  };
}

/** The union of literal strings. */
function simpleUnion(left: readonly Item[], right: readonly Item[]): Item[] | undefined {
  const items = [...left, ...right];
  if (!items.every(({ type }) => type === 'System.String')) return undefined;
  return [...new Map(items.map((item) => [item.value, item])).values()];
}

function compileArithmetic(
  operator: keyof typeof arithmetic,
  left: Expression,
  right: Expression,
  context: Context,
): Expression {
  const fixed = left.fixed && right.fixed;
  const apply = arithmetic[operator];
  const { number: a } = left;
  const { number: b } = right;
  if (a && b && (operator === '+' || operator === '-')) {
    const sign = operator === '+' ? 1 : -1;
    return ofInteger(
      context,
      (frame) => {
        const x = a(frame);
        const y = b(frame);
        if (x === undefined || y === undefined) return undefined;
        const sum = x + sign * y;
        return isInteger(sum) ? sum : undefined;
      },
      { fixed },
    );
  }
  return ofItems((frame) => apply(onlyItem(left.items(frame)), onlyItem(right.items(frame)), frame), {
    single: true,
    fixed,
  });
}

function compilePolarity({ operator, operand }: PolarityNode, context: Context): Expression {
  const target = context.compile(operand, context);
  const literal = target.constant?.[0];
  if (literal && target.constant?.length === 1 && isJsonNumber(literal.value)) {
    return ofConstant(context, operator === '-' ? negated(literal) : target.constant);
  }
  return ofItems(
    (frame) => {
      const item = onlyItem(target.items(frame));
      if (!item) return noItems;
      const result = negated(item);
      return operator === '-' ? result : [item];
    },
    { single: true, fixed: target.fixed, shapes: target.shapes },
  );
}
