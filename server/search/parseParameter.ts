// One parameter of a search, whatever its kind, into criteria: plain ones, chains, `_has`, `_list`, `_filter`, full text.

import { parametersOf, typeParameters } from '../definitions/parametersOf.ts';
import { notSearchable } from '../definitions/searchDataTypes.ts';
import { refuse } from '../errors.ts';
import { containedParameter } from './containedPath.ts';
import { filterCriteria } from './filter/filterCriteria.ts';
import { typeOfPath } from './filter/typeOfPath.ts';
import { isChain, parseChain, parseHas, referencesOf } from './parseChain.ts';
import type { ParseContext } from './parseContext.ts';
import { parseCriteria } from './parseCriteria.ts';
import { searchParametersOf } from './searchParametersOf.ts';
import type { Criterion } from './searchPlan.ts';
import { splitValue, unescapeValue } from './splitValue.ts';
import { parseText } from './text.ts';

type Special = (context: ParseContext, code: string, value: string) => Criterion[];

/** Parameters that search something else than the values of elements. */
const special: Record<string, Special> = {
  _filter: (context, _code, value) =>
    filterCriteria(
      value,
      (path, modifier, text) =>
        parseParameter(context, modifier === undefined ? path : `${path}:${modifier}`, text),
      (path) => typeOfPath(context, path),
    ),
  _list: listCriterion,
  _text: textCriterion,
  _content: textCriterion,
};

/** `code:exact` → `['code', 'exact']`. */
function splitModifier(name: string): [code: string, modifier?: string] {
  const colon = name.indexOf(':');
  return colon < 0 ? [name] : [name.slice(0, colon), name.slice(colon + 1)];
}

/** Whether a name (with modifiers) means something for the type; its value may still be wrong. */
export function knowsParameter(context: ParseContext, name: string): boolean {
  if (name.startsWith('_has:')) return true;
  if (isChain(name)) return referencesOf(context, name).length > 0;
  const [code] = splitModifier(name);
  return Object.hasOwn(special, code) || parametersOf(context.definitions, context.type).has(code);
}

/**
 * The criteria, all of which have to hold, of one parameter.
 * @throws FhirError 400 that names the parameter and what is allowed
 */
export function parseParameter(context: ParseContext, name: string, value: string): Criterion[] {
  const { definitions, type } = context;
  if (name.startsWith('_has:')) return [parseHas(context, name, value)];
  if (isChain(name)) return [parseChain(context, name, value)];
  const [code, modifier] = splitModifier(name);
  if (Object.hasOwn(special, code)) {
    if (modifier !== undefined) {
      throw refuse(400, 'not-supported', `Search parameter '${code}' has no modifier ':${modifier}'.`);
    }
    if (context.contained) {
      throw refuse(400, 'not-supported', `Search parameter '${code}' cannot search contained resources.`);
    }
    return special[code]!(context, code, value);
  }
  const parameter = parametersOf(definitions, type).get(code);
  if (!parameter) throw refuse(400, 'invalid', unknownParameter(context, name));
  const reason = notSearchable.get(parameter.url);
  if (reason !== undefined) {
    throw refuse(
      400,
      'not-supported',
      `Search parameter '${name}' is not supported by this server (${reason}).`,
    );
  }
  const searched = context.contained ? containedParameter(parameter) : parameter;
  return parseCriteria({ parameter: searched, modifier, value, context });
}

/** What to say of a name that the type does not have. */
export function unknownParameter({ definitions, type }: ParseContext, name: string): string {
  const [code] = splitModifier(name);
  const building = typeParameters(definitions, type).building.find((parameter) => parameter.code === code);
  if (building) {
    return (
      `Search parameter '${name}' for ${type} cannot be used before all resources are indexed by it: ` +
      `SearchParameter/$status?url=${building.url} says how far that is.`
    );
  }
  const known = searchParametersOf(definitions, type).map((parameter) => parameter.name);
  return `Unknown search parameter '${name}' for ${type}. Known are: ${known.join(', ')}.`;
}

/** `_list`: ids of Lists of this server (search.html#list); the functional lists (`$current-…`) are not defined here. */
function listCriterion({ type }: ParseContext, code: string, value: string): Criterion[] {
  const ids = splitValue(value, ',').map((text) => unescapeValue(text).replace(/^List\//, ''));
  const malformed = ids.find((id) => !/^[A-Za-z0-9.-]{1,64}$/.test(id));
  if (malformed !== undefined) {
    throw refuse(400, 'value', `Search parameter '${code}': '${malformed}' is not the id of a List.`);
  }
  return [{ kind: 'list', parameter: code, type, ids }];
}

function textCriterion({ textSearch }: ParseContext, code: string, value: string): Criterion[] {
  if (!textSearch) {
    throw refuse(
      400,
      'not-supported',
      `Search parameter '${code}' needs full-text search: TEXT_SEARCH is off.`,
    );
  }
  return [{ kind: 'text', parameter: code, test: parseText(code, value) }];
}
