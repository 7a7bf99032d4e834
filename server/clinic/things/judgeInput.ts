// Whether what a client sends of a thing can be taken: by its schema; where that has faults, what else is wrong is told with them.
import { FhirError } from '../../errors.ts';
import type { Services } from '../../services.ts';
import type { ClinicResource, Json, Wanted } from './clinicResource.ts';
import { trimInput } from './trimInput.ts';
import { checkChanged, checkThing } from './validateThing.ts';

/**
 * The input of a create, or of a change of what is told so now.
 * @throws FhirError 422 with an issue for each fault
 */
export async function judgeInput(
  services: Services,
  resource: ClinicResource,
  wanted: Omit<Wanted, 'input'> & { input: unknown },
  told?: Json,
): Promise<Json> {
  const { at } = wanted;
  const input = trimInput(resource.schema, wanted.input, told);
  try {
    if (told) checkChanged(resource.schema, input, told, at);
    else checkThing(resource.schema, input, at);
    return input as Json;
  } catch (error) {
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    if (!(error instanceof FhirError) || !resource.alsoWrong || !isObject) throw error;
    const more = await resource.alsoWrong(services, { ...wanted, input: input as Json }, error.issues);
    throw new FhirError(422, [...error.issues, ...more]);
  }
}
