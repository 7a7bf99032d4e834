// Compartment search (search.html, "Compartment search"; compartmentdefinition.html): which types are in a compartment, and
// what puts a resource of a type into the one of a given resource.

import type { Definitions } from '../definitions/definitions.ts';
import { refuse } from '../errors.ts';
import { membershipPaths } from './compartmentHashes.ts';
import { referenceHash } from './parameters/reference.ts';
import type { Criterion } from './searchPlan.ts';

/**
 * The criterion that a resource of `type` is in the compartment of `compartment/id`; undefined where the type is in
 * no compartment of this kind. A resource is in its own compartment.
 * @throws Error for a type that has no compartments
 */
export function compartmentCriterion(
  definitions: Definitions,
  compartment: string,
  id: string,
  type: string,
): Criterion | undefined {
  const parameter = `${compartment}/${id}`;
  const hashes = membershipPaths(definitions, compartment)
    .filter((member) => member.type === type)
    .map(({ path }) => referenceHash(path, compartment, id));
  const alternatives: Criterion[][] = [];
  if (type === compartment) alternatives.push([{ kind: 'id', parameter, ids: [id] }]);
  if (hashes.length > 0) alternatives.push([{ kind: 'token', parameter, hashes, negated: false }]);
  const [only, ...others] = alternatives;
  return others.length === 0 ? only?.[0] : { kind: 'either', parameter, alternatives };
}

/** The types that can be in a compartment, by name: what `Patient/1/*` searches. */
export function compartmentTypes(definitions: Definitions, compartment: string): string[] {
  const types = membershipPaths(definitions, compartment).map(({ type }) => type);
  return [...new Set([compartment, ...types])].sort();
}

/**
 * Checks that `compartment/[id]/inner` can be searched; `inner` is a resource type or `*`.
 * @throws FhirError 404 where there is no such compartment, or the type is never in it
 */
export function checkCompartment(definitions: Definitions, compartment: string, inner: string): void {
  if (!definitions.compartments.has(compartment)) {
    const names = [...definitions.compartments.keys()].sort().join(', ');
    throw refuse(
      404,
      'not-supported',
      `${compartment} has no compartment to search; compartments are those of ${names}.`,
    );
  }
  if (inner === '*') return;
  if (!definitions.resourceTypes.has(inner)) {
    throw refuse(404, 'not-supported', `"${inner.slice(0, 80)}" is no FHIR R4 resource type.`);
  }
  const types = compartmentTypes(definitions, compartment);
  if (!types.includes(inner)) {
    throw refuse(
      404,
      'not-supported',
      `${inner} is never in the compartment of a ${compartment}; in it are: ${types.join(', ')}.`,
    );
  }
}
