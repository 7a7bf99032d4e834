// What the tests of FHIRPath share: the definitions, environments, and items written as plain values.

import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import {
  compileFhirPath,
  type Environment,
  type Item,
  itemOf,
} from '../../server/fhirpath/compileFhirPath.ts';
import { conversionOf } from '../../server/units/unit.ts';

export const definitions = loadDefinitions();

/** An environment in which a resource is its own root. */
export function environmentOf(resource: Item, more: Partial<Environment> = {}): Environment {
  return { resource, rootResource: resource, convertUnit: conversionOf, ...more };
}

/** The values an expression yields on a resource. */
export function valuesOf(
  source: string,
  resource: Record<string, unknown>,
  more: Partial<Environment> = {},
): unknown[] {
  const input = itemOf(resource, String(resource.resourceType));
  const path = compileFhirPath(source, { definitions, place: input.type });
  return path.evaluate(input, environmentOf(input, more)).map(({ value }) => value);
}
