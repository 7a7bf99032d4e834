// FHIRPath (http://hl7.org/fhirpath/N1/) with the additions of FHIR R4 (http://hl7.org/fhir/R4/fhirpath.html): an expression is
// compiled once, with the types its paths lead through, into closures that are called for every resource.
import type { Definitions } from '../definitions/definitions.ts';
import { parseFhirPath } from '../definitions/fhirPath/parseFhirPath.ts';
import type { Place } from '../definitions/resolveElement.ts';
import { compileNode } from './compileNode.ts';
import type { Context, Expression, Frame } from './expression.ts';
import { type Environment, type Item, noItems, placeName } from './item.ts';
import { type Model, modelOf, type Shape, shapeNamed } from './shape.ts';

export { type Environment, FhirPathError, type Item, itemOf } from './item.ts';

/** What an expression is compiled for. */
export interface FhirPathScope {
  readonly definitions: Definitions;
  /** the type or backbone element of the inputs (`Quantity`, `Observation.component`); others are evaluated too, more slowly */
  readonly place: Place | string;
  /** refuse names of elements and types that do not exist; otherwise they yield nothing */
  readonly strict?: boolean;
  /** do without the short ways of evaluation; tests compare both */
  readonly plain?: boolean;
}

/** A compiled expression. */
export interface FhirPath {
  readonly source: string;
  /** The items it yields on `input`. Throws FhirPathError. */
  evaluate(input: Item, env: Environment): readonly Item[];
  /**
   * Whether `input` fulfils it as an invariant: a single boolean says so itself, nothing at all does not, anything else does.
   * So the reference implementation converts results (HAPI, FHIRPathEngine.convertToBoolean). Throws FhirPathError.
   */
  test(input: Item, env: Environment): boolean;
}

/** Items that one evaluation may visit where the environment sets no budget. */
export const defaultBudget = 1_000_000;

/** Compiles an expression. Throws FhirPathSyntaxError, or FhirPathError for what is not supported or misspelt. */
export function compileFhirPath(source: string, scope: FhirPathScope): FhirPath {
  const node = parseFhirPath(source);
  const model = modelOf(scope.definitions);
  const name = placeName(scope.place);
  const shape = shapeNamed(model, name);
  const owner = shapeNamed(model, name.split('.')[0]!);
  // `Resource` stands for any type, whose own elements may be asked for.
  const known = shape.open ? undefined : [shape];
  const resource = owner.resource && !owner.open ? [owner] : undefined;
  const compileWith = (focus: readonly Shape[] | undefined, within: readonly Shape[] | undefined) =>
    compileNode(node, {
      model,
      focus,
      input: focus,
      resource: within,
      rootResource: undefined,
      looping: false,
      aggregating: false,
      strict: scope.strict ?? false,
      plain: scope.plain ?? false,
      places: { kept: 0 },
      compile: compileNode,
    } satisfies Context);
  const typed = compileWith(known, resource);
  let untyped: Expression | undefined;
  /** Inputs of another type than the one it was compiled for take the way that looks shapes up. */
  const expressionFor = (input: Item, env: Environment): Expression => {
    const fits =
      (known === undefined || input.type === shape.name) && (!resource || env.resource.type === owner.name);
    if (fits) return typed;
    untyped ??= compileWith(undefined, undefined);
    return untyped;
  };
  return {
    source,
    evaluate(input, env) {
      return expressionFor(input, env).items(frameFor(input, env, model));
    },
    test(input, env) {
      const expression = expressionFor(input, env);
      const frame = frameFor(input, env, model);
      if (expression.logical) return expression.truth(frame) === true;
      const items = expression.items(frame);
      return items.length === 1 && typeof items[0]!.value === 'boolean' ? items[0]!.value : items.length > 0;
    },
  };
}

function frameFor(input: Item, env: Environment, model: Model): Frame {
  return {
    value: input.value,
    extended: input.extended,
    shape: shapeNamed(model, input.type),
    item: input,
    index: 0,
    total: noItems,
    model,
    env,
    input,
    budget: env.budget ?? { visited: defaultBudget },
    kept: undefined,
    now: undefined,
  };
}
