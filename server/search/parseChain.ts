// Chained parameters (`subject:Patient.name`, search.html#chaining) and reverse ones (`_has:Observation:patient:code`,
// search.html#has), to any depth and combined.

import { parametersOf } from '../definitions/parametersOf.ts';
import type { ParameterPath, SearchParameter } from '../definitions/searchParameter.ts';
import { refuse } from '../errors.ts';
import { targetTypes } from './parameters/reference.ts';
import { type ParseContext, stepInto } from './parseContext.ts';
import { knowsParameter, parseParameter } from './parseParameter.ts';
import type { ChainLink, Criterion } from './searchPlan.ts';

/** What a literal reference to a resource of this server and type begins with, up to the id. */
export function localPrefixes(baseUrls: readonly string[], type: string): string[] {
  return ['', ...baseUrls.map((url) => `${url}/`)].map((base) => `${base}${type}/`);
}

/** Whether what a chain ends in can search contained resources; the others are about resources of their own. */
function searchesContained(rest: string): boolean {
  return !/(^|\.)(_text|_content|_list|_has:.*)$/.test(rest);
}

/** Whether a parameter name is a chain. */
export function isChain(name: string): boolean {
  return name.includes('.');
}

/** Names of the reference parameters of the type at hand. */
function knownReferences({ definitions, type }: ParseContext): string[] {
  const parameters = [...parametersOf(definitions, type).values()];
  return parameters.filter((parameter) => parameter.type === 'reference').map(({ code }) => code);
}

/** The resource types that a chain's first step leads to and that have the rest of it; none for what is no chain. */
export function referencesOf(context: ParseContext, name: string): string[] {
  const dot = name.indexOf('.');
  const [code = '', ofType] = name.slice(0, dot).split(':');
  const parameter = parametersOf(context.definitions, context.type).get(code);
  if (parameter?.type !== 'reference') return [];
  const types = [...pathsByTarget(context, parameter).keys()];
  return types.filter(
    (type) =>
      (ofType === undefined || type === ofType) && knowsParameter({ ...context, type }, name.slice(dot + 1)),
  );
}

/**
 * Parses `reference[:Type].rest = value`.
 * @throws FhirError 400 when a step is no reference, or no type it leads to has the rest
 */
export function parseChain(context: ParseContext, name: string, value: string): Criterion {
  const dot = name.indexOf('.');
  const [head, rest] = [name.slice(0, dot), name.slice(dot + 1)];
  const [code = '', ofType, ...more] = head.split(':');
  const parameter = parametersOf(context.definitions, context.type).get(code);
  if (parameter?.type !== 'reference' || more.length > 0) {
    throw refuse(
      400,
      'invalid',
      `Search parameter '${name}': '${head}' is no reference parameter of ${context.type}. ` +
        `References are: ${[...knownReferences(context)].join(', ')}.`,
    );
  }
  const targets = pathsByTarget(context, parameter);
  if (ofType !== undefined && !targets.has(ofType)) {
    throw refuse(
      400,
      'value',
      `Search parameter '${name}': '${code}' does not refer to ${ofType}, but to ${[...targets.keys()].join(', ')}.`,
    );
  }
  const types = ofType === undefined ? [...targets.keys()] : [ofType];
  const fitting = referencesOf(context, name);
  if (fitting.length === 0) {
    throw refuse(
      400,
      'invalid',
      `Search parameter '${name}': there is no '${rest}' in ${types.slice(0, 10).join(', ')}.`,
    );
  }
  const links = fitting.map((type): ChainLink => {
    return {
      paths: targets.get(type)!,
      type,
      criteria: parseParameter(stepInto(context, type, false), rest, value),
      contained:
        context.wasContained || !searchesContained(rest)
          ? []
          : parseParameter(stepInto(context, type, true), rest, value),
      prefixes: localPrefixes(context.baseUrls, type),
    };
  });
  return { kind: 'chain', parameter: name, links };
}

/** Resource type → the paths of a reference parameter that can lead to it. */
function pathsByTarget(
  { definitions }: ParseContext,
  parameter: SearchParameter,
): Map<string, ParameterPath[]> {
  const targets = new Map<string, ParameterPath[]>();
  for (const path of parameter.paths) {
    for (const type of targetTypes(parameter, path, definitions)) {
      targets.set(type, [...(targets.get(type) ?? []), path]);
    }
  }
  return targets;
}

/**
 * Parses `_has:Type:reference:rest = value`.
 * @throws FhirError 400 when it is malformed, or the reference does not lead to the type that is searched
 */
export function parseHas(context: ParseContext, name: string, value: string): Criterion {
  const [, type = '', code = '', ...rest] = name.split(':');
  const inner = rest.join(':');
  if (inner === '') {
    throw refuse(
      400,
      'value',
      `Search parameter '${name}': expected is _has:<type>:<reference parameter>:<parameter>, as in _has:Observation:patient:code.`,
    );
  }
  if (!context.definitions.resourceTypes.has(type)) {
    throw refuse(400, 'value', `Search parameter '${name}': there is no resource type '${type}'.`);
  }
  const parameter = parametersOf(context.definitions, type).get(code);
  const paths =
    parameter?.type === 'reference' ? pathsByTarget(context, parameter).get(context.type) : undefined;
  if (!paths) {
    throw refuse(
      400,
      'value',
      `Search parameter '${name}': ${type} has no reference parameter '${code}' that leads to ${context.type}.`,
    );
  }
  return {
    kind: 'has',
    parameter: name,
    type,
    target: context.type,
    paths,
    criteria: parseParameter(stepInto(context, type, false), inner, value),
    prefixes: localPrefixes(context.baseUrls, context.type),
  };
}
