// `_include` and `_revinclude` (search.html#include): `Source:parameter`, `Source:parameter:Target`, `Source:*`, `*`,
// each with or without `:iterate`.

import type { Definitions } from '../definitions/definitions.ts';
import { type FhirError, refuse } from '../errors.ts';
import { includesOf, includeTargets, referenceParameters, revIncludesOf } from './includesOf.ts';
import type { Include } from './searchPlan.ts';

const includeName = /^_(rev)?include(?::(.*))?$/s;

/** Up to this many searched types, a message lists what could be included. */
const mostListed = 3;

/** Whether a parameter, with its modifier, is an include; its modifier and value may still be wrong. */
export function isInclude(name: string): boolean {
  return includeName.test(name);
}

/**
 * Parses one `_include` or `_revinclude` of a search on `types`.
 * @throws FhirError 400 that lists what can be included, for what this search could never include
 */
export function parseInclude(
  definitions: Definitions,
  name: string,
  value: string,
  types: readonly string[],
): Include {
  const [, rev, modifier] = includeName.exec(name) ?? [];
  const reverse = rev !== undefined;
  const asked = `'${name}=${value}'`;
  const iterate = isIterate(name, modifier);
  if (value === '*') return { reverse, type: '*', parameter: '*', iterate };
  if (value.includes(',')) {
    throw refuse(400, 'value', `${asked} names several: give ${name} once for each of them.`);
  }
  const [type = '', parameter = '', targetType, ...more] = value.split(':');
  if (type === '' || parameter === '' || targetType === '' || more.length > 0) {
    throw refuse(
      400,
      'value',
      `${asked} is not of the form Source:parameter or Source:parameter:Target. ${possible(definitions, reverse, types)}`,
    );
  }
  if (!definitions.resourceTypes.has(type)) {
    throw refuse(
      400,
      'value',
      `${asked}: there is no resource type '${type}'. ${possible(definitions, reverse, types)}`,
    );
  }
  const parameters = referenceParameters(definitions, type);
  const named = parameter === '*' ? parameters : parameters.filter(({ code }) => code === parameter);
  if (named.length === 0) {
    const known = ['*', ...parameters.map(({ code }) => code)].join(', ');
    throw refuse(
      400,
      'value',
      parameters.length === 0
        ? `${asked}: ${type} has no reference parameter.`
        : `${asked}: ${type} has no reference parameter '${parameter}'; it has: ${known}.`,
    );
  }
  const targets = new Set(named.flatMap((one) => [...includeTargets(definitions, one)]));
  if (targetType !== undefined && !targets.has(targetType)) {
    throw refuse(
      400,
      'value',
      `${asked}: ${type}:${parameter} never leads to '${targetType}', but to: ${[...targets].sort().join(', ')}.`,
    );
  }
  const include = { reverse, type, parameter, ...(targetType === undefined ? {} : { targetType }), iterate };
  if (!iterate) checkReach(definitions, include, targets, types, asked);
  return include;
}

/** An include as it was asked for. */
export function includeText({ reverse, type, parameter, targetType, iterate }: Include): string {
  const value = [
    type,
    ...(type === '*' ? [] : [parameter]),
    ...(targetType === undefined ? [] : [targetType]),
  ];
  return `_${reverse ? 'rev' : ''}include${iterate ? ':iterate' : ''}=${value.join(':')}`;
}

function isIterate(name: string, modifier: string | undefined): boolean {
  if (modifier === undefined) return false;
  if (modifier === 'iterate') return true;
  const plain = name.slice(0, name.indexOf(':'));
  const instead =
    modifier === 'recurse'
      ? `':recurse' is called ':iterate' in FHIR R4: ${plain}:iterate=….`
      : `${plain} takes the modifier ':iterate' only, not ':${modifier}'.`;
  throw refuse(400, 'not-supported', instead);
}

/** Without `:iterate` only matches are looked at, so that an include that starts elsewhere would do nothing. */
function checkReach(
  definitions: Definitions,
  { reverse, type, targetType }: Include,
  targets: ReadonlySet<string>,
  types: readonly string[],
  asked: string,
): void {
  const searched = new Set(types);
  const led = targetType === undefined ? [...targets] : [targetType];
  if (reverse ? led.some((target) => searched.has(target)) : searched.has(type)) return;
  const [name] = asked.slice(1).split('=');
  throw unreachable(
    reverse
      ? `${asked} leads to none of the searched types`
      : `${asked} starts from ${type}, which is not searched`,
    `To follow included resources too, say ${name}:iterate. ${possible(definitions, reverse, types)}`,
  );
}

function unreachable(problem: string, instead: string): FhirError {
  return refuse(400, 'value', `${problem}. ${instead}`);
}

/** What a message says of the includes that a search on these types can ask for. */
function possible(definitions: Definitions, reverse: boolean, types: readonly string[]): string {
  if (types.length > mostListed) {
    return 'The CapabilityStatement (GET metadata) lists what each resource type can include.';
  }
  const reverses = reverse ? revIncludesOf(definitions) : undefined;
  const all = types.flatMap((type) => reverses?.get(type) ?? (reverse ? [] : includesOf(definitions, type)));
  return `Possible are: ${[...new Set(all)].join(', ') || 'none'}.`;
}
