// The validator as a server puts it together from what is published, without a server or a database.
import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import { loadTerminology } from '../../server/definitions/loadTerminology.ts';
import { loadStructures } from '../../server/definitions/publishedStructures.ts';
import type { Issue } from '../../server/errors.ts';
import { publishedBoundSets } from '../../server/fhir/boundSets.ts';
import { createKnownExtensions } from '../../server/fhir/knownExtensions.ts';
import { judgeWith, nothingKnown } from '../../server/fhir/validateResource.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { refuses } from '../../server/validation/judgeScope.ts';
import { createValidator } from '../../server/validation/validator.ts';

const CACHE = 'node_modules/.cache/salus-test/cache';

export interface PublishedJudge {
  /** errors against the base specification */
  base(resource: unknown): Issue[];
  /** errors against the base specification and the profiles that the resource claims */
  claimed(resource: unknown): Promise<Issue[]>;
  /** errors against the base specification and these profiles */
  against(resource: unknown, profiles: readonly string[]): Promise<Issue[]>;
  /** whether a profile is published here */
  knows(canonical: string): boolean;
}

/** Creates the validator. */
export async function createPublishedJudge(): Promise<PublishedJudge> {
  const structures = loadStructures(CACHE);
  const terminology = createTerminology({ published: () => loadTerminology(CACHE) });
  const boundSet = await publishedBoundSets(CACHE, structures, terminology);
  const validator = createValidator({
    definitions: loadDefinitions(CACHE),
    find: structures.find,
    boundSet,
    knowsExtension: createKnownExtensions(structures).has,
  });
  const sources = {
    validator,
    known: nothingKnown(),
    structure: async (canonical: string) => structures.find(canonical) ?? structures.problem(canonical),
    boundSet: async (canonical: string) => boundSet(canonical),
    system: async () => undefined,
  };
  return {
    base: (resource) => validator.validate(resource).filter(refuses),
    knows: (canonical) => structures.find(canonical) !== undefined,
    against: async (resource, profiles) =>
      (await judgeWith(sources, resource, { profiles, claimed: false, advice: false })).filter(refuses),
    claimed: async (resource) =>
      (await judgeWith(sources, resource, { claimed: true, advice: false })).filter(refuses),
  };
}
