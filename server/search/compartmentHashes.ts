// Membership in a compartment (compartmentdefinition.html) as token hashes: which index rows put a resource of any
// type into the compartment of one resource, or of any resource of the compartment's type.

import type { Definitions } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import type { IndexPath } from '../definitions/searchParameter.ts';
import { referenceHash, typePresence } from './parameters/reference.ts';

/** A resource of `type` with an index row of this hash is a member. */
export interface CompartmentHash {
  type: string;
  hash: bigint;
}

/** Members of the compartment of one resource (`Patient`, its id); the resource itself is not listed. */
export function referenceTargetsOf(
  definitions: Definitions,
  compartment: string,
  id: string,
): CompartmentHash[] {
  return membershipPaths(definitions, compartment).map(({ type, path }) => ({
    type,
    hash: referenceHash(path, compartment, id),
  }));
}

/** Members of any compartment of this type: whatever refers to some Patient, for `Patient/$everything` on the type. */
export function compartmentPresence(definitions: Definitions, compartment: string): CompartmentHash[] {
  return membershipPaths(definitions, compartment).map(({ type, path }) => ({
    type,
    hash: typePresence(path, compartment),
  }));
}

/** The reference paths, by resource type, that lead into a compartment. @throws Error for an unknown compartment */
export function membershipPaths(
  definitions: Definitions,
  compartment: string,
): { type: string; path: IndexPath }[] {
  const members = definitions.compartments.get(compartment);
  if (!members) throw new Error(`Unknown compartment: ${compartment}`);
  const found = new Map<string, { type: string; path: IndexPath }>();
  for (const [type, codes] of members) {
    for (const code of codes) {
      // `{def}` is the resource that the compartment is of.
      if (code === '{def}') continue;
      const parameter = parametersOf(definitions, type).get(code);
      if (!parameter)
        throw new Error(`Compartment ${compartment}: ${type} has no search parameter '${code}'`);
      for (const { path, targetType } of parameter.paths) {
        const leadsThere = targetType === undefined || targetType === compartment;
        if (leadsThere && (path.targets?.includes(compartment) ?? path.dataType === 'Reference')) {
          found.set(path.id, { type, path });
        }
      }
    }
  }
  return [...found.values()];
}
