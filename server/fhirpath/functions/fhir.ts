// Functions that FHIR adds (http://hl7.org/fhir/R4/fhirpath.html#functions), and those that ask the environment.
import { typeNameOf } from '../../definitions/fhirPath/fhirPathNode.ts';
import { addChildren, contentOf, someChild } from '../children.ts';
import {
  type Expression,
  type Frame,
  ofItems,
  ofTruth,
  shapeOfItem,
  someItem,
  spend,
  type Visit,
} from '../expression.ts';
import { htmlChecks } from '../htmlChecks.ts';
import {
  evaluationError,
  FhirPathError,
  type Item,
  type JsonObject,
  noItems,
  onlyItem,
  valueItem,
} from '../item.ts';
import { shapeNamed, slotOf, typeInfo } from '../shape.ts';
import { compileTypeTest } from '../typeTest.ts';
import {
  argument,
  type Call,
  type FunctionRule,
  ofTarget,
  refused,
  textIn,
  truthOfTarget,
} from './functionRule.ts';

/** extension(url): the extensions with this url. */
const extension: FunctionRule = {
  arity: [1, 1],
  compile(call) {
    const { target, context } = call;
    const url = argument(call, 0)!;
    const shapes = [shapeNamed(context.model, 'Extension')];
    const some = (frame: Frame, visit: Visit) => {
      const wanted = textIn(url.items(frame), frame, 'extension()');
      return someItem(target, frame, (value, extended, shape) => {
        const content = contentOf(value, extended, shape);
        const slot = content?.extension === undefined ? null : slotOf(shape, 'extension');
        return (
          slot !== null &&
          someChild(content!, slot, frame, (child, beside, type) => {
            return (child as JsonObject).url === wanted && visit(child, beside, type, frame);
          })
        );
      });
    };
    const all = ofItems(
      (frame) => {
        const wanted = textIn(url.items(frame), frame, 'extension()');
        const found: Item[] = [];
        for (const item of target.items(frame)) {
          const shape = shapeOfItem(frame, item);
          const slot = slotOf(shape, 'extension');
          if (slot) addChildren(item, shape, slot, frame, found);
        }
        return found.filter(({ value }) => (value as JsonObject).url === wanted);
      },
      { shapes, fixed: target.fixed && url.fixed },
    );
    return { ...all, some, exists: (frame) => some(frame, () => true) };
  },
};

/** resolve(): what references and canonicals lead to, where that can be found (fhirpath.html#functions). */
function resolve(items: readonly Item[], frame: Frame): readonly Item[] {
  return items.flatMap((item) => {
    spend(frame, 1);
    const { value } = item;
    const reference = typeof value === 'object' && value !== null ? (value as JsonObject).reference : value;
    if (typeof reference !== 'string') return noItems;
    return (
      (reference.startsWith('#') ? contained(reference.slice(1), frame) : frame.env.resolve?.(reference)) ??
      noItems
    );
  });
}

/** The resource with this id within the root resource, `#` alone being the root itself. */
function contained(id: string, frame: Frame): Item | undefined {
  const { rootResource } = frame.env;
  if (id === '') return rootResource;
  const shape = shapeOfItem(frame, rootResource);
  const slot = slotOf(shape, 'contained');
  const found: Item[] = [];
  if (slot) addChildren(rootResource, shape, slot, frame, found);
  return found.find(({ value }) => (value as JsonObject).id === id);
}

/** type(): namespace and name. */
function typeOf(items: readonly Item[], frame: Frame): readonly Item[] {
  return items.map((item) => {
    const { name, ancestors, place } = shapeOfItem(frame, item);
    if (name.startsWith('System.')) {
      return valueItem({ namespace: 'System', name: name.slice('System.'.length) }, typeInfo);
    }
    // Anonymous content has no type of its own but the one it specialises.
    const type = place && place.path !== '' ? [...ancestors][1] : name;
    return valueItem({ namespace: 'FHIR', name: type }, typeInfo);
  });
}

/** is(), as() and ofType() with a type name as the argument. */
function typeFunction(operator: 'is' | 'as' | 'ofType'): FunctionRule {
  return {
    arity: [1, 1],
    compile({ target, node, context }) {
      const name = typeNameOf(node.args[0]!);
      if (name === undefined) {
        throw new FhirPathError('wrong-arguments', `${node.name}() takes the name of a type`, node.position);
      }
      return compileTypeTest(operator, target, name, node.position, context);
    },
  };
}

/** A question that the environment answers, about an item and a text or another item. */
function asked(ask: (frame: Frame, item: Item, other: Item) => boolean | undefined): FunctionRule {
  return {
    arity: [1, 1],
    compile(call: Call): Expression {
      const { target, context } = call;
      const other = argument(call, 0)!;
      return ofTruth(context, (frame) => {
        const [a, b] = [onlyItem(target.items(frame)), onlyItem(other.items(frame))];
        return a && b && ask(frame, a, b);
      });
    },
  };
}

function canonical({ value, type }: Item): string {
  if (typeof value !== 'string') throw evaluationError(`a canonical is needed, not ${type}`);
  return value;
}

/** now(), today() and timeOfDay(): the same moment throughout an evaluation, in UTC. */
function clock(type: 'DateTime' | 'Date' | 'Time', from: number, to: number): FunctionRule {
  return {
    arity: [0, 0],
    compile: ({ context }) =>
      ofItems(
        (frame) => {
          frame.now ??= new Date();
          return [valueItem(frame.now.toISOString().slice(from, to), `System.${type}`)];
        },
        { single: true, shapes: [shapeNamed(context.model, `System.${type}`)] },
      ),
  };
}

function hasValue({ target, context }: Call): Expression {
  const isPrimitive = (items: readonly Item[], frame: Frame) =>
    items.length === 1 && items[0]!.value !== undefined && shapeOfItem(frame, items[0]!).primitive;
  const { peek } = target;
  return ofTruth(
    context,
    peek
      ? (frame) => {
          const value = peek(frame);
          return (
            typeof value === 'string' || typeof value === 'boolean' || isPrimitive(target.items(frame), frame)
          );
        }
      : (frame) => isPrimitive(target.items(frame), frame),
    { fixed: target.fixed },
  );
}

const html = truthOfTarget((items, frame) => {
  const value = onlyItem(items)?.value;
  if (typeof value !== 'string') return undefined;
  spend(frame, value.length >> 6);
  return htmlChecks(value);
});

export const fhir: Record<string, FunctionRule> = {
  extension,
  resolve: ofTarget(resolve),
  hasValue: { arity: [0, 0], compile: hasValue },
  getValue: ofTarget((items) => (items.length === 1 && items[0]!.value !== undefined ? items : noItems), {
    keepsShapes: true,
  }),
  type: {
    arity: [0, 0],
    compile: ({ target, context }) =>
      ofItems((frame) => typeOf(target.items(frame), frame), {
        single: target.single,
        shapes: [shapeNamed(context.model, typeInfo)],
      }),
  },
  is: typeFunction('is'),
  as: typeFunction('as'),
  ofType: typeFunction('ofType'),
  htmlChecks: html,
  htmlChecks2: html,
  memberOf: asked((frame, item, valueSet) => frame.env.memberOf?.(item, canonical(valueSet))),
  conformsTo: asked((frame, item, profile) => frame.env.conformsTo?.(item, canonical(profile))),
  subsumes: asked((frame, a, b) => frame.env.subsumes?.(a, b)),
  subsumedBy: asked((frame, a, b) => frame.env.subsumes?.(b, a)),
  now: clock('DateTime', 0, 24),
  today: clock('Date', 0, 10),
  timeOfDay: clock('Time', 11, 23),
  elementDefinition: refused('is not supported: it asks for a definition, not for data'),
  slice: refused('is not supported: profiles are judged by the validator'),
  checkModifiers: refused('is not supported: modifier extensions are judged by the validator'),
};
