// The functions that patch paths may call: those that choose among elements, and the plain tests that conditions need
// (http://hl7.org/fhirpath/N1/#functions, http://hl7.org/fhir/R4/fhirpath.html#functions). No regular expressions: a
// client's pattern could run for hours.
import { type FhirPathNode, typeNameOf } from '../definitions/fhirPath/fhirPathNode.ts';
import { refuse } from '../errors.ts';
import { isOfType } from './elementShape.ts';
import { spend } from './patchLimits.ts';
import {
  type Compile,
  childrenOf,
  type Evaluate,
  isLocation,
  negate,
  type PathItem,
  type PathScope,
  single,
  spendText,
  truth,
  truthOf,
  unsupported,
  wholeNumber,
} from './pathItem.ts';

/** A function: how few and how many arguments it takes, and how a call on `target` compiles. */
interface PathFunction {
  arity: [number, number];
  compile(target: Evaluate, args: FhirPathNode[], compile: Compile): Evaluate;
}

/** A function of the collection alone. */
function ofItems(apply: (items: PathItem[], scope: PathScope) => PathItem[]): PathFunction {
  return { arity: [0, 0], compile: (target) => (scope) => apply(target(scope), scope) };
}

/** A function of the collection and a number written in the path. */
function ofCount(apply: (items: PathItem[], count: number) => PathItem[]): PathFunction {
  return {
    arity: [1, 1],
    compile(target, [argument]) {
      const count = wholeNumber(argument);
      return (scope) => apply(target(scope), count);
    },
  };
}

/** A function of the collection and a condition that is asked of each item; without one, every item fulfils it. */
function ofCondition(
  fewest: 0 | 1,
  apply: (items: PathItem[], holds: (item: PathItem, index: number) => boolean) => PathItem[],
): PathFunction {
  return {
    arity: [fewest, 1],
    compile(target, args, compile) {
      const condition: Evaluate = args.length > 0 ? compile(args[0]) : () => truth(true);
      return (scope) =>
        apply(target(scope), (focus, index) => {
          spend(scope.budget, 1);
          return truthOf(condition({ ...scope, focus, index })) === true;
        });
    },
  };
}

/** A function of the collection and a type name, `Quantity` or `FHIR.Quantity`. */
function ofType(apply: (items: PathItem[], isType: (item: PathItem) => boolean) => PathItem[]): PathFunction {
  return {
    arity: [1, 1],
    compile(target, [argument]) {
      const name = typeNameOf(argument)?.replace(/^FHIR\./, '');
      if (name === undefined || name.includes('.')) {
        throw unsupported('something other than a FHIR type name', argument);
      }
      return (scope) => apply(target(scope), ({ type }) => isOfType(scope.definitions, type, name));
    },
  };
}

/** A function of one string and `count` strings more; empty where one is missing. */
function ofString(
  count: 0 | 1,
  apply: (text: string, argument: string) => boolean | string | number,
): PathFunction {
  return {
    arity: [count, count],
    compile(target, args, compile) {
      const argument: Evaluate = count ? compile(args[0]) : () => [{ value: '', type: 'string' }];
      return (scope) => {
        const text = single(target(scope));
        const other = single(argument(scope));
        if (text?.value === undefined || other?.value === undefined) {
          return [];
        }
        if (typeof text.value !== 'string' || typeof other.value !== 'string') {
          throw refuse(422, 'processing', `the path calls a function of strings on ${text.type}`);
        }
        spendText(scope, text);
        const value = apply(text.value, other.value);
        return [{ value, type: typeof value === 'number' ? 'integer' : typeof value }];
      };
    },
  };
}

/** `extension(url)`: those of the extensions that have this url. */
const extension: PathFunction = {
  arity: [1, 1],
  compile(target, [argument], compile) {
    const url = compile(argument);
    return (scope) => {
      const wanted = single(url(scope))?.value;
      return target(scope)
        .flatMap((item) => childrenOf(item, 'extension', scope))
        .filter((item) => childrenOf(item, 'url', scope)[0]?.value === wanted);
    };
  },
};

/** Patches stay within their resource: a reference leads on only to what is contained in it (fhirpatch.html). */
function resolve(items: PathItem[], scope: PathScope): PathItem[] {
  return items.flatMap((item) => {
    const reference = isLocation(item) ? childrenOf(item, 'reference', scope)[0]?.value : item.value;
    if (typeof reference !== 'string' || !reference.startsWith('#')) {
      throw refuse(422, 'processing', 'resolve() may only lead to a resource contained in the patched one');
    }
    return childrenOf(scope.root, 'contained', scope).filter((contained) =>
      childrenOf(contained, 'id', scope).some((id) => id.value === reference.slice(1)),
    );
  });
}

/** The functions by name. */
export const pathFunctions: Record<string, PathFunction> = {
  where: ofCondition(1, (items, holds) => items.filter(holds)),
  exists: ofCondition(0, (items, holds) => truth(items.some(holds))),
  all: ofCondition(1, (items, holds) => truth(items.every(holds))),
  empty: ofItems((items) => truth(items.length === 0)),
  not: ofItems((items) => truth(negate(truthOf(items)))),
  hasValue: ofItems((items) => truth(items.length === 1 && items[0].value !== undefined)),
  count: ofItems((items) => [{ value: items.length, type: 'integer' }]),
  first: ofItems((items) => items.slice(0, 1)),
  last: ofItems((items) => items.slice(-1)),
  tail: ofItems((items) => items.slice(1)),
  single: ofItems((items) => {
    const item = single(items);
    return item ? [item] : [];
  }),
  skip: ofCount((items, count) => items.slice(count)),
  take: ofCount((items, count) => items.slice(0, count)),
  ofType: ofType((items, isType) => items.filter(isType)),
  as: ofType((items, isType) => items.filter(isType)),
  is: ofType((items, isType) => {
    const item = single(items);
    return truth(item && isType(item));
  }),
  extension,
  resolve: ofItems(resolve),
  startsWith: ofString(1, (text, prefix) => text.startsWith(prefix)),
  endsWith: ofString(1, (text, suffix) => text.endsWith(suffix)),
  contains: ofString(1, (text, part) => text.includes(part)),
  lower: ofString(0, (text) => text.toLowerCase()),
  upper: ofString(0, (text) => text.toUpperCase()),
  length: ofString(0, (text) => text.length),
};
