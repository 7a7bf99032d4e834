// The validator of the server, with what is published, for tests that judge in process.

import { loadTerminology } from '../../server/definitions/loadTerminology.ts';
import { loadStructures } from '../../server/definitions/publishedStructures.ts';
import { publishedBoundSets } from '../../server/fhir/boundSets.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { createValidator, type Validator, type ValidatorSources } from '../../server/validation/validator.ts';
import { definitions } from './structureSupport.ts';

const CACHE = 'node_modules/.cache/salus-test/cache';

export const structures = loadStructures(CACHE);

export async function createTestValidator(options: Partial<ValidatorSources> = {}): Promise<Validator> {
  const terminology = createTerminology({ published: () => loadTerminology(CACHE) });
  return createValidator({
    definitions,
    find: structures.find,
    boundSet: await publishedBoundSets(CACHE, structures, terminology),
    knowsExtension: (url) => structures.find(url) !== undefined,
    ...options,
  });
}
