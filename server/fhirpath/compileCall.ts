// Function calls: finds the function, checks how many arguments it is given, compiles it.
import type { CallNode } from '../definitions/fhirPath/fhirPathNode.ts';
import { pathFrom } from './compileMember.ts';
import type { Context, Expression } from './expression.ts';
import { boundaries } from './functions/boundaries.ts';
import { conversionFunctions } from './functions/conversion.ts';
import { existence } from './functions/existence.ts';
import { fhir } from './functions/fhir.ts';
import type { FunctionRule } from './functions/functionRule.ts';
import { math } from './functions/math.ts';
import { selection } from './functions/selection.ts';
import { strings } from './functions/strings.ts';
import { FhirPathError } from './item.ts';

const functions: ReadonlyMap<string, FunctionRule> = new Map(
  [existence, selection, strings, conversionFunctions, math, fhir, boundaries].flatMap((rules) =>
    Object.entries(rules),
  ),
);

/** Compiles a call. Throws FhirPathError for a function that is not known or not called as it has to be. */
export function compileCall(node: CallNode, context: Context): Expression {
  const { name, args, target, position } = node;
  const rule = functions.get(name);
  if (!rule) throw new FhirPathError('unsupported', `the function ${name}() is not supported`, position);
  const [fewest, most] = rule.arity;
  if (args.length < fewest || args.length > most) {
    const wanted = fewest === most ? fewest : `${fewest} to ${most}`;
    throw new FhirPathError(
      'wrong-arguments',
      `${name}() takes ${wanted} arguments, not ${args.length}`,
      position,
    );
  }
  return rule.compile({
    target: target ? context.compile(target, context) : pathFrom('this', context),
    node,
    context,
  });
}
