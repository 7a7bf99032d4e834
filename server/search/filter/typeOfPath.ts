// What kind of parameter a path of a `_filter` ends with: it decides what an operator means.

import type { SearchParameterType } from '../../definitions/definitions.ts';
import { parametersOf } from '../../definitions/parametersOf.ts';
import { refuse } from '../../errors.ts';
import { isChain, referencesOf } from '../parseChain.ts';
import type { ParseContext } from '../parseContext.ts';

/** Parameters that no resource type defines. */
const special = new Set(['_filter', '_list', '_text', '_content']);

/**
 * The type of the parameter at the end of a path, a chain or `_has`; undefined where it leads nowhere.
 * @throws FhirError 400 for a modifier, and for a chain to parameters of different types
 */
export function typeOfPath(context: ParseContext, path: string): SearchParameterType | undefined {
  if (path.startsWith('_has:')) {
    const [, type = '', , ...rest] = path.split(':');
    if (!context.definitions.resourceTypes.has(type) || rest.length === 0) return undefined;
    return typeOfPath({ ...context, type }, rest.join(':'));
  }
  if (isChain(path)) {
    const rest = path.slice(path.indexOf('.') + 1);
    const types = referencesOf(context, path).map((type) => typeOfPath({ ...context, type }, rest));
    const [first, ...others] = new Set(types);
    if (others.length === 0) return first;
    throw refuse(
      400,
      'invalid',
      `Search parameter '_filter': '${path}' means parameters of different types (${[first, ...others].join(', ')}): ` +
        "say which resource type, as in 'subject:Patient.name'.",
    );
  }
  const [code, modifier] = path.split(':') as [string, string?];
  if (modifier !== undefined) {
    throw refuse(
      400,
      'invalid',
      `Search parameter '_filter', '${path}': operators stand for modifiers, as in '${code} co "x"' or '${code} pr false'.`,
    );
  }
  return special.has(code) ? 'special' : parametersOf(context.definitions, context.type).get(code)?.type;
}
