// A small generated population shared by the tests of one file, and walks over its resources.
import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { PopulationOptions } from '../../synthea-data/generatePopulation.ts';
import { generatePopulation } from '../../synthea-data/generatePopulation.ts';

export interface Population {
  /** Hospitals and practitioners. */
  readonly information: readonly Bundle[];
  readonly patients: readonly Bundle[];
}

/** Generates a population and keeps it. */
export function population(options: PopulationOptions): Population {
  const bundles = [...generatePopulation(options)].map((file) => file.bundle);
  return { information: bundles.slice(0, 2), patients: bundles.slice(2) };
}

/** The resources of a bundle. */
export function resources(bundle: Bundle): Resource[] {
  return bundle.entry!.map((entry) => entry.resource!);
}

/** The resources of one type in many bundles. */
export function ofType<T extends Resource['resourceType']>(
  bundles: readonly Bundle[],
  type: T,
): Extract<Resource, { resourceType: T }>[] {
  return bundles
    .flatMap(resources)
    .filter((resource): resource is Extract<Resource, { resourceType: T }> => resource.resourceType === type);
}

/** Calls back with every object inside a JSON value, the value included. */
export function everyObject(value: unknown, visit: (object: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) visit(value as Record<string, unknown>);
  for (const child of Object.values(value)) everyObject(child, visit);
}
