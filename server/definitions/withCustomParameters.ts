// Definitions with the SearchParameter resources that are in use here: an immutable snapshot for each revision.

import type { CustomParameter, Definitions, TypeParameters } from './definitions.ts';
import { basesOf } from './parametersOf.ts';

/** These definitions with other custom parameters. What was compiled for types that they do not concern is kept. */
export function withCustomParameters(
  definitions: Definitions,
  customParameters: readonly CustomParameter[],
): Definitions {
  const concerning = (type: string, all: readonly CustomParameter[]) => {
    const bases = basesOf(definitions, type);
    return JSON.stringify(all.filter(({ base }) => base.some((name) => bases.has(name))));
  };
  const compiled = new Map<string, TypeParameters>();
  for (const [type, parameters] of definitions.compiled) {
    const same = concerning(type, definitions.customParameters) === concerning(type, customParameters);
    if (same) compiled.set(type, parameters);
  }
  return { ...definitions, customParameters, compiled };
}

/** The resource types that are one of these types or derived from one, in order of their names. */
export function concreteTypes(definitions: Definitions, bases: readonly string[]): string[] {
  const types = [...definitions.resourceTypes].sort();
  return types.filter((type) => {
    const own = basesOf(definitions, type);
    return bases.some((base) => own.has(base));
  });
}
