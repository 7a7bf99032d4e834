// How functions are declared: what they take, and how a call compiles.
import type { CallNode, FhirPathNode } from '../../definitions/fhirPath/fhirPathNode.ts';
import { spendText } from '../equality.ts';
import {
  type Context,
  type Expression,
  type Frame,
  ofInteger,
  ofItems,
  ofTruth,
  someItem,
  type Visit,
  withElement,
  withItem,
} from '../expression.ts';
import {
  evaluationError,
  FhirPathError,
  type Item,
  noItems,
  onlyItem,
  stringItems,
  type Truth,
} from '../item.ts';
import type { Shape } from '../shape.ts';

/** A call that is being compiled. */
export interface Call {
  /** what the function is called on; `$this` where nothing stands before it */
  readonly target: Expression;
  readonly node: CallNode;
  readonly context: Context;
}

export interface FunctionRule {
  /** fewest and most arguments */
  readonly arity: readonly [number, number];
  compile(call: Call): Expression;
}

/** An argument that is evaluated where the call stands. */
export function argument({ node, context }: Call, index: number): Expression | undefined {
  const arg: FhirPathNode | undefined = node.args[index];
  return arg && context.compile(arg, context);
}

/** An argument that is evaluated for each item of the target, which is its `$this`. */
export function criterion({ node, context, target }: Call, index: number): Expression | undefined {
  const arg: FhirPathNode | undefined = node.args[index];
  return arg && context.compile(arg, { ...context, focus: target.shapes, looping: true });
}

/** A function of the target's items. */
export function ofTarget(
  apply: (items: readonly Item[], frame: Frame) => readonly Item[],
  traits: { single?: boolean; keepsShapes?: boolean } = {},
): FunctionRule {
  return {
    arity: [0, 0],
    compile: ({ target }) =>
      ofItems((frame) => apply(target.items(frame), frame), {
        shapes: traits.keepsShapes ? target.shapes : undefined,
        single: (traits.single ?? false) || (traits.keepsShapes === true && target.single),
        fixed: target.fixed,
      }),
  };
}

/** A question about the target's items. */
export function truthOfTarget(apply: (items: readonly Item[], frame: Frame) => Truth): FunctionRule {
  return {
    arity: [0, 0],
    compile: ({ target, context }) =>
      ofTruth(context, (frame) => apply(target.items(frame), frame), { fixed: target.fixed }),
  };
}

/** A function of the target's items and those of one argument. */
export function ofTwo(
  apply: (items: readonly Item[], others: readonly Item[], frame: Frame) => readonly Item[],
  keepsShapes = false,
): FunctionRule {
  return {
    arity: [1, 1],
    compile(call) {
      const { target } = call;
      const other = argument(call, 0)!;
      const shapes = target.shapes && other.shapes && [...new Set([...target.shapes, ...other.shapes])];
      return ofItems((frame) => apply(target.items(frame), other.items(frame), frame), {
        shapes: keepsShapes ? target.shapes : shapes,
        fixed: target.fixed && other.fixed,
      });
    },
  };
}

/** A function of the single item of the target; empty for none. */
export function ofSingle(
  apply: (item: Item, frame: Frame) => readonly Item[],
  shapes?: (call: Call) => readonly Shape[],
): FunctionRule {
  return {
    arity: [0, 0],
    compile: (call) =>
      ofItems(
        (frame) => {
          const item = onlyItem(call.target.items(frame));
          return item ? apply(item, frame) : noItems;
        },
        { single: true, fixed: call.target.fixed, shapes: shapes?.(call) },
      ),
  };
}

/** The single text of a collection; undefined for none. Throws FhirPathError for anything but a text. */
export function textIn(items: readonly Item[], frame: Frame, what: string): string | undefined {
  const item = onlyItem(items);
  if (item?.value === undefined) return undefined;
  if (typeof item.value !== 'string') throw evaluationError(`${what} takes a text, not ${item.type}`);
  spendText(frame, item.value);
  return item.value;
}

/** The single whole number of a collection. Throws FhirPathError for anything else. */
export function integerIn(items: readonly Item[], what: string): number | undefined {
  const item = onlyItem(items);
  if (item?.value === undefined) return undefined;
  if (typeof item.value !== 'number' || !Number.isInteger(item.value)) {
    throw evaluationError(`${what} takes a whole number, not ${item.type}`);
  }
  return item.value;
}

type Texts = (string | undefined)[];

/** Reads the target and `count` arguments as texts; undefined if one of the first `needed` is missing. */
export function textsOf(
  call: Call,
  count: number,
  needed = count,
): (frame: Frame) => [string, ...Texts] | undefined {
  const { target, node } = call;
  const args = Array.from({ length: count }, (_, index) => argument(call, index));
  const name = `${node.name}()`;
  const peek = target.peek && target.shapes?.[0]?.system === 'String' ? target.peek : undefined;
  return (frame) => {
    const peeked = peek?.(frame);
    const text = typeof peeked === 'string' ? peeked : textIn(target.items(frame), frame, name);
    if (text === undefined) return undefined;
    const texts: [string, ...Texts] = [text];
    for (let i = 0; i < args.length; i++) {
      const read = args[i] ? textIn(args[i]!.items(frame), frame, name) : undefined;
      if (read === undefined && i < needed) return undefined;
      texts.push(read);
    }
    spendText(frame, text);
    return texts;
  };
}

/** A function of texts that yields a text. */
export function textFunction(
  count: number,
  apply: (frame: Frame, text: string, ...args: string[]) => string | undefined,
): FunctionRule {
  return {
    arity: [count, count],
    compile(call) {
      const read = textsOf(call, count);
      return ofItems(
        (frame) => {
          const texts = read(frame);
          return texts ? stringItems(apply(frame, ...(texts as [string, ...string[]]))) : noItems;
        },
        {
          single: true,
          shapes: systemShapes(call, 'String'),
          fixed: call.target.fixed && call.node.args.every(isLiteral),
        },
      );
    },
  };
}

/** A question about texts. */
export function textQuestion(count: number, apply: (text: string, ...args: string[]) => Truth): FunctionRule {
  return {
    arity: [count, count],
    compile(call) {
      const read = textsOf(call, count);
      return ofTruth(
        call.context,
        (frame) => {
          const texts = read(frame);
          return texts && apply(...(texts as [string, ...string[]]));
        },
        { fixed: call.target.fixed && call.node.args.every(isLiteral) },
      );
    },
  };
}

/** A number told of texts. */
export function textNumber(count: number, apply: (text: string, ...args: string[]) => number): FunctionRule {
  return {
    arity: [count, count],
    compile(call) {
      const read = textsOf(call, count);
      return ofInteger(call.context, (frame) => {
        const texts = read(frame);
        return texts && apply(...(texts as [string, ...string[]]));
      });
    },
  };
}

export function isLiteral(node: FhirPathNode): boolean {
  return node.kind === 'literal';
}

/** The shape of a type of FHIRPath, for results. */
export function systemShapes({ context }: Call, ...types: string[]): readonly Shape[] {
  return types.map((type) => context.model.shapes.get(`System.${type}`)!);
}

/** Asks `test` of each item of the target as `$this`, until it says true. */
export function someFocus(target: Expression, test: (frame: Frame) => boolean): (frame: Frame) => boolean {
  if (!target.some) {
    return (frame) => {
      const items = target.items(frame);
      for (let i = 0; i < items.length; i++) if (withItem(frame, items[i], i, test)) return true;
      return false;
    };
  }
  return (frame) => {
    let index = 0;
    const visit: Visit = (value, extended, shape, inner) =>
      withElement(inner, value, extended, shape, index++, test);
    return someItem(target, frame, visit);
  };
}

/** Refuses a call by name. */
export function refused(reason: string): FunctionRule {
  return {
    arity: [0, Number.POSITIVE_INFINITY],
    compile({ node }) {
      throw new FhirPathError('unsupported', `${node.name}() ${reason}`, node.position);
    },
  };
}
