// Questions about whole collections (http://hl7.org/fhirpath/N1/#existence).
import { isSubset } from '../collections.ts';
import { addToSet, itemSet } from '../equality.ts';
import { type Frame, ofInteger, ofTruth, someItem, spend } from '../expression.ts';
import { evaluationError, type Item, noItems } from '../item.ts';
import { argument, criterion, type FunctionRule, someFocus, truthOfTarget } from './functionRule.ts';

/** allTrue() and its like: whether all items are, or any item is, `wanted`. */
function booleans(quantifier: 'all' | 'any', wanted: boolean): FunctionRule {
  return truthOfTarget((items) => {
    const matches = ({ value, type }: Item) => {
      if (typeof value !== 'boolean') throw evaluationError(`a boolean is needed, not ${type}`);
      return value === wanted;
    };
    const found = items.map(matches);
    return quantifier === 'all' ? !found.includes(false) : found.includes(true);
  });
}

/** Whether nothing in the collection equals another. */
function areDistinct(items: readonly Item[], frame: Frame): boolean {
  const set = itemSet(noItems, frame);
  return items.every((item) => addToSet(set, item, frame));
}

function subset(partFirst: boolean): FunctionRule {
  return {
    arity: [1, 1],
    compile(call) {
      const { target, context } = call;
      const other = argument(call, 0)!;
      const [part, whole] = partFirst ? [target, other] : [other, target];
      return ofTruth(context, (frame) => isSubset(part.items(frame), whole.items(frame), frame), {
        fixed: target.fixed && other.fixed,
      });
    },
  };
}

export const existence: Record<string, FunctionRule> = {
  empty: {
    arity: [0, 0],
    compile: ({ target, context }) =>
      ofTruth(context, (frame) => !target.exists(frame), { fixed: target.fixed }),
  },
  exists: {
    arity: [0, 1],
    compile(call) {
      const { target, context } = call;
      const holds = criterion(call, 0);
      if (!holds) return ofTruth(context, (frame) => target.exists(frame), { fixed: target.fixed });
      return ofTruth(
        context,
        someFocus(target, (frame) => {
          spend(frame, 1);
          return holds.truth(frame) === true;
        }),
        { fixed: target.fixed },
      );
    },
  },
  all: {
    arity: [1, 1],
    compile(call) {
      const { target, context } = call;
      const holds = criterion(call, 0)!;
      const fails = someFocus(target, (frame) => {
        spend(frame, 1);
        return holds.truth(frame) !== true;
      });
      return ofTruth(context, (frame) => !fails(frame), { fixed: target.fixed });
    },
  },
  not: {
    arity: [0, 0],
    compile: ({ target, context }) =>
      ofTruth(
        context,
        (frame) => {
          const truth = target.truth(frame);
          return truth === undefined ? undefined : !truth;
        },
        { fixed: target.fixed },
      ),
  },
  allTrue: booleans('all', true),
  anyTrue: booleans('any', true),
  allFalse: booleans('all', false),
  anyFalse: booleans('any', false),
  subsetOf: subset(true),
  supersetOf: subset(false),
  count: {
    arity: [0, 0],
    compile: ({ target, context }) =>
      ofInteger(context, (frame) => target.count(frame), { fixed: target.fixed }),
  },
  isDistinct: {
    arity: [0, 0],
    compile({ target, context }) {
      // Texts are put into a set as they stand.
      const texts = target.some && target.shapes?.every(({ system }) => system === 'String');
      if (!texts)
        return ofTruth(context, (frame) => areDistinct(target.items(frame), frame), { fixed: target.fixed });
      return ofTruth(context, (frame) => {
        const seen = new Set<unknown>();
        return !someItem(target, frame, (value) => {
          if (value === undefined) return false;
          const before = seen.size;
          seen.add(value);
          return seen.size === before;
        });
      });
    },
  },
};
