// What parts of a compiled expression hand to each other. Each part can yield its items; where less is asked of it (is there
// any? how many? true or false?) it may have a way that makes no items, and these ways have to agree with the items.
import type { FhirPathNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { charge } from './budget.ts';
import {
  type Budget,
  type Environment,
  type Item,
  integerItems,
  type JsonObject,
  type Truth,
  truthItems,
  truthOf,
  valueItem,
} from './item.ts';
import { type Model, type Shape, shapeNamed } from './shape.ts';

/** The state of an evaluation: what `$this`, `$index` and `$total` are just now. */
export interface Frame {
  /** `$this` as JSON: an Item is made of it only when one is needed */
  value: unknown;
  extended: JsonObject | undefined;
  /** undefined while there is no `$this`: in `{}.iif(…)` */
  shape: Shape | undefined;
  item: Item | undefined;
  index: number;
  total: readonly Item[];
  readonly model: Model;
  readonly env: Environment;
  /** `%context` */
  readonly input: Item;
  readonly budget: Budget;
  /** items of parts that do not depend on `$this`, kept while a loop runs */
  kept: (readonly Item[] | undefined)[] | undefined;
  /** the moment of `now()`, the same throughout an evaluation */
  now: Date | undefined;
}

/** Is shown one element after another; true ends the round. */
export type Visit = (value: unknown, extended: JsonObject | undefined, shape: Shape, frame: Frame) => boolean;

/** A compiled part of an expression. */
export interface Expression {
  /** the shapes its items can have; undefined: known only at run time */
  readonly shapes: readonly Shape[] | undefined;
  /** whether it can never yield more than one item */
  readonly single: boolean;
  /** whether it yields the same for every `$this` */
  readonly fixed: boolean;
  /** what it always yields */
  readonly constant?: readonly Item[];
  /** whether it yields a boolean or nothing */
  readonly logical?: boolean;
  items(frame: Frame): readonly Item[];
  truth(frame: Frame): Truth;
  exists(frame: Frame): boolean;
  count(frame: Frame): number;
  /** whether `visit` says true to any item; without it, `items` has to be used */
  some?(frame: Frame, visit: Visit): boolean;
  /**
   * The JSON of its only item where that is a primitive of a known type; undefined when there is none. Invalid resources may
   * have anything there: what is not of the type expected has to be read from the items.
   */
  peek?(frame: Frame): unknown;
  /** its value where it yields an integer or nothing */
  number?(frame: Frame): number | undefined;
}

/** What compiling needs to know. */
export interface Context {
  readonly model: Model;
  /** shapes of `$this` */
  readonly focus: readonly Shape[] | undefined;
  /** shapes of the input, of `%resource` and of `%rootResource` */
  readonly input: readonly Shape[] | undefined;
  readonly resource: readonly Shape[] | undefined;
  readonly rootResource: readonly Shape[] | undefined;
  /** inside the criterion of a `where`, `all`, `select` … */
  readonly looping: boolean;
  /** inside aggregate(), where everything may depend on `$total` */
  readonly aggregating: boolean;
  /** whether names have to exist */
  readonly strict: boolean;
  /** whether only `items` may be used, without any shorter way: for tests */
  readonly plain: boolean;
  /** number of places in `Frame.kept` given out so far */
  readonly places: { kept: number };
  compile(node: FhirPathNode, context: Context): Expression;
}

type Traits = Partial<Pick<Expression, 'shapes' | 'single' | 'fixed' | 'constant'>>;

/** An expression known by its items alone. */
export function ofItems(items: (frame: Frame) => readonly Item[], traits: Traits = {}): Expression {
  return {
    shapes: traits.shapes,
    single: traits.single ?? false,
    fixed: traits.fixed ?? false,
    constant: traits.constant,
    items,
    truth: (frame) => truthOf(items(frame)),
    exists: (frame) => items(frame).length > 0,
    count: (frame) => items(frame).length,
  };
}

/** An expression that yields a boolean or nothing. */
export function ofTruth(context: Context, truth: (frame: Frame) => Truth, traits: Traits = {}): Expression {
  return {
    shapes: [shapeNamed(context.model, 'System.Boolean')],
    single: true,
    fixed: traits.fixed ?? false,
    logical: true,
    items: (frame) => truthItems(truth(frame)),
    truth,
    exists: (frame) => truth(frame) !== undefined,
    count: (frame) => (truth(frame) === undefined ? 0 : 1),
  };
}

/** An expression that yields an integer or nothing. */
export function ofInteger(
  context: Context,
  number: (frame: Frame) => number | undefined,
  traits: Traits = {},
): Expression {
  return {
    ...ofItems((frame) => integerItems(number(frame)), {
      ...traits,
      shapes: [shapeNamed(context.model, 'System.Integer')],
      single: true,
    }),
    number,
  };
}

/** An expression that always yields the same. */
export function ofConstant(context: Context, items: readonly Item[]): Expression {
  const shapes = [...new Set(items.map((item) => item.type))].map((type) => shapeNamed(context.model, type));
  return ofItems(() => items, { shapes, single: items.length <= 1, fixed: true, constant: items });
}

/** Calls `visit` for the items of an expression, by its short way where it has one. */
export function someItem(expression: Expression, frame: Frame, visit: Visit): boolean {
  if (expression.some) return expression.some(frame, visit);
  const items = expression.items(frame);
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    if (visit(item.value, item.extended, shapeOfItem(frame, item), frame)) return true;
  }
  return false;
}

/** The shape of an item, by its type. */
export function shapeOfItem(frame: Frame, item: Item): Shape {
  return shapeNamed(frame.model, item.type);
}

/** Charges visits to the budget of an evaluation. Throws FhirPathError when it is used up. */
export function spend(frame: Frame, visits: number): void {
  charge(frame.budget, visits);
}

/** `$this` as an item. */
export function focusItem(frame: Frame): Item | undefined {
  if (!frame.shape) return undefined;
  frame.item ??= { ...valueItem(frame.value, frame.shape.name), extended: frame.extended };
  return frame.item;
}

/** Evaluates with `item` as `$this`; undefined for none. */
export function withItem<T>(
  frame: Frame,
  item: Item | undefined,
  index: number,
  evaluate: (frame: Frame) => T,
): T {
  const { value, extended, shape, item: outer, index: outerIndex } = frame;
  frame.value = item?.value;
  frame.extended = item?.extended;
  frame.shape = item && shapeOfItem(frame, item);
  frame.item = item;
  frame.index = index;
  const result = evaluate(frame);
  frame.value = value;
  frame.extended = extended;
  frame.shape = shape;
  frame.item = outer;
  frame.index = outerIndex;
  return result;
}

/** Evaluates with an element as `$this`, without making an item of it. */
export function withElement<T>(
  frame: Frame,
  element: unknown,
  beside: JsonObject | undefined,
  type: Shape,
  position: number,
  evaluate: (frame: Frame) => T,
): T {
  const { value, extended, shape, item, index } = frame;
  frame.value = element;
  frame.extended = beside;
  frame.shape = type;
  frame.item = undefined;
  frame.index = position;
  const result = evaluate(frame);
  frame.value = value;
  frame.extended = extended;
  frame.shape = shape;
  frame.item = item;
  frame.index = index;
  return result;
}
