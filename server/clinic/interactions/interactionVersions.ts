// What an interaction was: it changes in one transaction, so that every moment at which one of its resources got a version is a
// version of the whole.
import { refuse } from '../../errors.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { versionsOf } from '../../store/versionsOf.ts';
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { findThing } from '../things/thing.ts';
import { nameOf } from '../things/thingParts.ts';
import { IN_ERROR, interactionJson } from './interactionJson.ts';

/** Versions of resources that are put together for one answer. */
const MOST_VERSIONS = 5_000;

/**
 * The versions of an interaction, newest first: the plain form as it was, its number, when it was recorded, and whether it was
 * withdrawn.
 * @throws FhirError 404; 422 where there are too many
 */
export async function interactionVersions(
  services: Services,
  resource: ClinicResource,
  id: string,
): Promise<Json[]> {
  const { main, parts } = await findThing(services, resource, id);
  const identities = [main, ...parts].map((each) => ({ type: each.resourceType, id: each.id! }));
  const stored = await versionsOf(services.db, identities, MOST_VERSIONS + 1);
  if (stored.length > MOST_VERSIONS) {
    throw refuse(
      422,
      'too-costly',
      `The interaction was corrected too often to be put together: read ${nameOf(main)}/_history through the FHIR endpoint.`,
    );
  }
  const versions: Json[] = [];
  const then = new Map<string, Resource>();
  for (const [i, { lastUpdated, content, type, id: own }] of stored.entries()) {
    if (content === null) then.delete(`${type}/${own}`);
    else then.set(`${type}/${own}`, parseJson(content) as Resource);
    const isComplete = stored[i + 1]?.lastUpdated.getTime() !== lastUpdated.getTime();
    const encounter = then.get(nameOf(main));
    if (!isComplete || !encounter) continue;
    versions.push({
      version: versions.length + 1,
      recorded: lastUpdated.toISOString(),
      withdrawn: encounter.status === IN_ERROR,
      ...interactionJson(
        encounter,
        [...then.values()].filter((each) => each !== encounter),
      ),
    });
  }
  return versions.reverse();
}
