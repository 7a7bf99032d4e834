// Functions that choose from a collection, project it, or put collections together (http://hl7.org/fhirpath/N1/
// #filtering-and-projection, #subsetting, #combining, #tree-navigation).
import { addAllChildren, contentOf, someOfAll } from '../children.ts';
import { combinedItems, distinctItems, remainingItems, sharedItems, unionItems } from '../collections.ts';
import { addToSet, itemSet } from '../equality.ts';
import {
  type Expression,
  type Frame,
  ofItems,
  shapeOfItem,
  someItem,
  spend,
  type Visit,
  withElement,
  withItem,
} from '../expression.ts';
import { type Item, noItems, onlyItem } from '../item.ts';
import {
  argument,
  type Call,
  criterion,
  type FunctionRule,
  integerIn,
  ofTarget,
  ofTwo,
  someFocus,
} from './functionRule.ts';

const where: FunctionRule = {
  arity: [1, 1],
  compile(call) {
    const { target } = call;
    const holds = criterion(call, 0)!;
    const test = (frame: Frame) => {
      spend(frame, 1);
      return holds.truth(frame) === true;
    };
    const filtered = ofItems(
      (frame) => target.items(frame).filter((item, index) => withItem(frame, item, index, test)),
      { shapes: target.shapes, single: target.single, fixed: target.fixed },
    );
    if (!target.some) return filtered;
    return {
      ...filtered,
      exists: someFocus(target, test),
      some(frame, visit) {
        let index = 0;
        return someItem(target, frame, (value, extended, shape, inner) => {
          return (
            withElement(inner, value, extended, shape, index++, test) && visit(value, extended, shape, inner)
          );
        });
      },
    };
  },
};

const select: FunctionRule = {
  arity: [1, 1],
  compile(call) {
    const { target } = call;
    const projection = criterion(call, 0)!;
    const selected = ofItems(
      (frame) => {
        const found: Item[] = [];
        target.items(frame).forEach((item, index) => {
          const results = withItem(frame, item, index, projection.items);
          spend(frame, 1 + results.length);
          for (const result of results) found.push(result);
        });
        return found;
      },
      { shapes: projection.shapes, single: target.single && projection.single, fixed: target.fixed },
    );
    const { some } = projection;
    if (!target.some || !some) return selected;
    return {
      ...selected,
      some(frame, visit) {
        let index = 0;
        const look: Visit = (value, extended, shape, inner) =>
          withElement(inner, value, extended, shape, index++, (at) => some(at, visit));
        return someItem(target, frame, look);
      },
    };
  },
};

/** repeat(): what the projection yields, again and again, as long as there is anything new. */
const repeat: FunctionRule = {
  arity: [1, 1],
  compile({ target, node, context }) {
    const projection = context.compile(node.args[0]!, { ...context, focus: undefined, looping: true });
    return ofItems((frame) => {
      const found: Item[] = [];
      const seen = itemSet(noItems, frame);
      let round = target.items(frame);
      while (round.length > 0) {
        const next: Item[] = [];
        round.forEach((item, index) => {
          spend(frame, 1);
          for (const result of withItem(frame, item, index, projection.items)) {
            if (addToSet(seen, result, frame)) next.push(result);
          }
        });
        for (const item of next) found.push(item);
        round = next;
      }
      return found;
    });
  },
};

/** The children of all items. */
function childItems(items: readonly Item[], frame: Frame): Item[] {
  const found: Item[] = [];
  for (const item of items) addAllChildren(item, shapeOfItem(frame, item), frame, found);
  return found;
}

const children: FunctionRule = {
  arity: [0, 0],
  compile({ target }) {
    const some = (frame: Frame, visit: Visit) =>
      someItem(target, frame, (value, extended, shape) => {
        const content = contentOf(value, extended, shape);
        return content !== undefined && someOfAll(content, shape, frame, visit);
      });
    return {
      ...ofItems((frame) => childItems(target.items(frame), frame), { fixed: target.fixed }),
      some,
      ...ways(some),
    };
  },
};

const descendants: FunctionRule = {
  arity: [0, 0],
  compile({ target }) {
    const below = (visit: Visit): Visit => {
      const look: Visit = (value, extended, shape, frame) => {
        const content = contentOf(value, extended, shape);
        return (
          content !== undefined &&
          someOfAll(content, shape, frame, (child, beside, type) => {
            spend(frame, 1);
            return visit(child, beside, type, frame) || look(child, beside, type, frame);
          })
        );
      };
      return look;
    };
    const some = (frame: Frame, visit: Visit) => someItem(target, frame, below(visit));
    const all = ofItems(
      (frame) => {
        const found: Item[] = [];
        let level: readonly Item[] = target.items(frame);
        while (level.length > 0) {
          level = childItems(level, frame);
          for (const item of level) found.push(item);
        }
        return found;
      },
      { fixed: target.fixed },
    );
    return { ...all, some, ...ways(some) };
  },
};

/** exists and count by visiting. */
function ways(some: NonNullable<Expression['some']>): Pick<Expression, 'exists' | 'count'> {
  return {
    exists: (frame) => some(frame, () => true),
    count(frame) {
      let count = 0;
      some(frame, () => {
        count++;
        return false;
      });
      return count;
    },
  };
}

/** first(), last() …: a part of the collection by position. */
function part(choose: (items: readonly Item[]) => readonly Item[], single: boolean): FunctionRule {
  return ofTarget(choose, { single, keepsShapes: true });
}

/** skip() and take(). */
function counted(choose: (items: readonly Item[], count: number) => readonly Item[]): FunctionRule {
  return {
    arity: [1, 1],
    compile(call) {
      const { target, node } = call;
      const count = argument(call, 0)!;
      return ofItems(
        (frame) => {
          const number = integerIn(count.items(frame), `${node.name}()`);
          return number === undefined ? noItems : choose(target.items(frame), number);
        },
        { shapes: target.shapes, single: target.single, fixed: target.fixed && count.fixed },
      );
    },
  };
}

/** iif(): the condition and the chosen result are evaluated on the target, which must not be several items. */
const iif: FunctionRule = {
  arity: [2, 3],
  compile(call) {
    const { target, node, context } = call;
    const inner = node.target ? { ...context, focus: target.shapes, looping: true } : context;
    const [condition, then, otherwise] = node.args.map((arg) => context.compile(arg, inner));
    const choose = (frame: Frame): readonly Item[] => {
      const chosen = condition!.truth(frame) ? then! : otherwise;
      return chosen ? chosen.items(frame) : noItems;
    };
    const shapes =
      then!.shapes && (!otherwise || otherwise.shapes)
        ? [...new Set([...then!.shapes, ...(otherwise?.shapes ?? [])])]
        : undefined;
    const single = then!.single && (otherwise?.single ?? true);
    if (!node.target) return ofItems(choose, { shapes, single });
    return ofItems((frame) => withItem(frame, onlyItem(target.items(frame)), 0, choose), { shapes, single });
  },
};

/** aggregate(): `$total` is carried from item to item. */
const aggregate: FunctionRule = {
  arity: [1, 2],
  compile(call) {
    const { target } = call;
    const aggregating: Call = { ...call, context: { ...call.context, aggregating: true } };
    const aggregator = criterion(aggregating, 0)!;
    const start = argument(call, 1);
    return ofItems((frame) => {
      const outer = frame.total;
      const items = target.items(frame);
      let total = start ? start.items(frame) : noItems;
      items.forEach((item, index) => {
        spend(frame, 1);
        frame.total = total;
        total = withItem(frame, item, index, aggregator.items);
      });
      frame.total = outer;
      return total;
    });
  },
};

/** trace(): its log is nobody's here. */
const trace: FunctionRule = {
  arity: [0, 2],
  compile: ({ target }) => target,
};

export const selection: Record<string, FunctionRule> = {
  where,
  select,
  repeat,
  children,
  descendants,
  iif,
  aggregate,
  trace,
  distinct: ofTarget(distinctItems, { keepsShapes: true }),
  single: part((items) => {
    onlyItem(items);
    return items;
  }, true),
  first: part((items) => items.slice(0, 1), true),
  last: part((items) => items.slice(-1), true),
  tail: part((items) => items.slice(1), false),
  skip: counted((items, count) => (count <= 0 ? items : items.slice(count))),
  take: counted((items, count) => (count <= 0 ? noItems : items.slice(0, count))),
  intersect: ofTwo(sharedItems, true),
  exclude: ofTwo(remainingItems, true),
  union: ofTwo(unionItems),
  combine: ofTwo(combinedItems),
};
