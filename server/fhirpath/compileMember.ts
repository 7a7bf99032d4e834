// Paths of element names (`code.coding.system`): the shapes on the way are known when compiling, unless the way leads through
// a choice or a resource of any type, so that most steps are one or two property lookups.
import type { MemberNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { addChildren, contentOf, someChild } from './children.ts';
import {
  type Context,
  type Expression,
  type Frame,
  focusItem,
  ofItems,
  shapeOfItem,
  someItem,
  type Visit,
} from './expression.ts';
import { FhirPathError, type Item, type JsonObject, noItems, onlyItem, truthOf } from './item.ts';
import { type Shape, type Slot, slotOf } from './shape.ts';

/** Where a path starts: at `$this`, at a resource of the environment, or at what another expression yields. */
export type PathStart = 'this' | 'input' | 'resource' | 'rootResource' | Expression;

interface Step {
  readonly name: string;
  /** undefined when it depends on what is met */
  readonly slot: Slot | undefined;
}

/** A compiled path; paths that go on from it start where it starts. */
export interface ElementPath extends Expression {
  readonly start: PathStart;
  readonly steps: readonly Step[];
}

function isPath(expression: Expression): expression is ElementPath {
  return 'steps' in expression;
}

/** Compiles `name` or `target.name`. Throws FhirPathError for a name that cannot exist, in strict contexts. */
export function compileMember(node: MemberNode, context: Context): Expression {
  const { name, target } = node;
  if (!target && namesType(name, context)) return typeAtStart(node, context);
  const before = target ? context.compile(target, context) : pathFrom('this', context);
  return step(before, node, context);
}

/** `$this`, `%resource` …: a path without steps. */
export function pathFrom(start: Exclude<PathStart, Expression>, context: Context): ElementPath {
  const shapes = {
    this: context.focus,
    input: context.input,
    resource: context.resource,
    rootResource: context.rootResource,
  };
  return buildPath(start, [], shapes[start], true, start !== 'this');
}

/** Whether a member at the start of a path names a type (`Patient`): no element name begins with a capital. */
export function namesType(name: string, { model }: Context): boolean {
  return /^[A-Z]/.test(name) && model.definitions.types.has(name);
}

/** `Patient` at the start: `$this` where it is one. */
function typeAtStart({ name, position }: MemberNode, context: Context): Expression {
  const fits = (shape: Shape) => shape.ancestors.has(name);
  if (context.focus?.every(fits)) return pathFrom('this', context);
  const possible = context.focus?.filter((shape) => fits(shape) || shape.open);
  if (context.strict && possible?.length === 0) {
    throw new FhirPathError(
      'unknown-name',
      `the path starts at ${name}, but is applied to ${listed(context.focus!)}`,
      position,
    );
  }
  return ofItems(
    (frame) => {
      const item = focusItem(frame);
      return item && shapeOfItem(frame, item).ancestors.has(name) ? [item] : noItems;
    },
    { shapes: possible, single: true },
  );
}

function step(before: Expression, { name, position }: MemberNode, context: Context): ElementPath {
  const { shapes } = before;
  const known = shapes?.every((shape) => !shape.open) ? shapes : undefined;
  const slots = known?.map((shape) => slotOf(shape, name));
  if (context.strict && known && known.length > 0 && slots!.every((slot) => slot === null)) {
    throw new FhirPathError('unknown-name', `${listed(known)} has no element '${name}'`, position);
  }
  const slot = slots?.length === 1 ? (slots[0] ?? undefined) : undefined;
  const next = slots && [
    ...new Set(slots.flatMap((found) => found?.members.map(({ shape }) => shape) ?? [])),
  ];
  const repeats = slots ? slots.some((found) => found?.repeats) : true;
  const [start, steps] = isPath(before) ? [before.start, before.steps] : [before, []];
  const single = before.single && !repeats;
  const inContent = steps.length > 0 || !shapes?.[0]?.primitive;
  return buildPath(start, [...steps, { name, slot }], next, single, before.fixed, inContent);
}

function listed(shapes: readonly Shape[]): string {
  return shapes.length > 5 ? `each of ${shapes.length} types` : shapes.map(({ name }) => name).join(' or ');
}

function buildPath(
  start: PathStart,
  steps: readonly Step[],
  shapes: readonly Shape[] | undefined,
  single: boolean,
  fixed: boolean,
  inContent = true,
): ElementPath {
  const items = (frame: Frame) => itemsOf(start, steps, frame);
  const some = (frame: Frame, visit: Visit) => someOf(start, steps, frame, visit);
  const peek = single && inContent ? peekOf(start, steps, shapes) : undefined;
  return {
    start,
    steps,
    shapes,
    single,
    fixed,
    items,
    some,
    peek,
    truth:
      peek && shapes![0]!.system === 'Boolean'
        ? (frame) => {
            const value = peek(frame);
            return typeof value === 'boolean' ? value : truthOf(items(frame));
          }
        : (frame) => truthOf(items(frame)),
    exists: (frame) => some(frame, always),
    count(frame) {
      let count = 0;
      some(frame, () => {
        count++;
        return false;
      });
      return count;
    },
    ...(peek && shapes![0]!.system === 'Integer'
      ? { number: (frame: Frame) => numberOrItems(peek(frame), items, frame) }
      : {}),
  };
}

const always: Visit = () => true;

function numberOrItems(
  value: unknown,
  items: (frame: Frame) => readonly Item[],
  frame: Frame,
): number | undefined {
  if (typeof value === 'number') return value;
  const other = value === undefined ? undefined : onlyItem(items(frame))?.value;
  return typeof other === 'number' ? other : undefined;
}

/** A way to the JSON of a single primitive; undefined where it may be in one of several members. */
function peekOf(
  start: PathStart,
  steps: readonly Step[],
  shapes: readonly Shape[] | undefined,
): ((frame: Frame) => unknown) | undefined {
  if (start === 'rootResource' || typeof start === 'object' || shapes?.length !== 1 || !shapes[0]!.primitive)
    return undefined;
  const members = steps.map(({ slot }) => slot?.only);
  if (members.some((member) => !member || member.shape.open)) return undefined;
  const keys = members.map((member) => member!.key);
  if (
    steps.some(({ slot }) => slot!.repeats) ||
    members.slice(0, -1).some((member) => member!.shape.primitive)
  ) {
    return undefined;
  }
  if (keys.length === 0) return start === 'this' ? (frame) => frame.value : undefined;
  const last = keys.pop()!;
  if (start === 'this' && keys.length === 0) {
    return (frame) => {
      const content = frame.value;
      return typeof content === 'object' && content !== null ? (content as JsonObject)[last] : undefined;
    };
  }
  return (frame) => {
    let content =
      start === 'this' ? frame.value : start === 'input' ? frame.input.value : frame.env.resource.value;
    for (let i = 0; i < keys.length; i++) {
      if (typeof content !== 'object' || content === null) return undefined;
      content = (content as JsonObject)[keys[i]!];
      // An array where there should be none: no primitive, which sends whoever peeks to the items.
      if (Array.isArray(content)) return content;
    }
    return typeof content === 'object' && content !== null ? (content as JsonObject)[last] : undefined;
  };
}

function startItem(start: Exclude<PathStart, Expression>, frame: Frame): Item | undefined {
  if (start === 'this') return focusItem(frame);
  return start === 'input' ? frame.input : frame.env[start];
}

function itemsOf(start: PathStart, steps: readonly Step[], frame: Frame): readonly Item[] {
  let items: readonly Item[];
  if (typeof start === 'object') {
    items = start.items(frame);
  } else {
    const item = startItem(start, frame);
    items = item ? [item] : noItems;
  }
  for (let i = 0; i < steps.length && items.length > 0; i++) {
    const { name, slot } = steps[i]!;
    const found: Item[] = [];
    for (const item of items) {
      const shape = shapeOfItem(frame, item);
      const here = slot ?? slotOf(shape, name);
      if (here) addChildren(item, shape, here, frame, found);
    }
    items = found;
  }
  return items;
}

function someOf(start: PathStart, steps: readonly Step[], frame: Frame, visit: Visit): boolean {
  if (start === 'this') {
    const { value, extended, shape } = frame;
    return shape !== undefined && someFrom(steps, 0, value, extended, shape, frame, visit);
  }
  if (typeof start === 'object') {
    return someItem(start, frame, (value, extended, shape) =>
      someFrom(steps, 0, value, extended, shape, frame, visit),
    );
  }
  const item = start === 'input' ? frame.input : frame.env[start];
  return someFrom(steps, 0, item.value, item.extended, shapeOfItem(frame, item), frame, visit);
}

function someFrom(
  steps: readonly Step[],
  next: number,
  value: unknown,
  extended: JsonObject | undefined,
  shape: Shape,
  frame: Frame,
  visit: Visit,
): boolean {
  if (next === steps.length) return visit(value, extended, shape, frame);
  const content = contentOf(value, extended, shape);
  if (!content) return false;
  const { name, slot } = steps[next]!;
  const here = slot ?? slotOf(shape, name);
  if (!here) return false;
  if (next === steps.length - 1) return someChild(content, here, frame, visit);
  return someChild(content, here, frame, (child, beside, type) =>
    someFrom(steps, next + 1, child, beside, type, frame, visit),
  );
}
