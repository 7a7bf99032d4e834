// What is published, put together: definitions, structures, terminology, and the validator that judges by them. All of it is
// read from caches in `cacheDir`, most of it when it is first asked for.
import type { Definitions } from './definitions/definitions.ts';
import { loadConceptMaps } from './definitions/loadConceptMaps.ts';
import { loadDefinitions } from './definitions/loadDefinitions.ts';
import { loadTerminology } from './definitions/loadTerminology.ts';
import { openProse } from './definitions/publishedProse.ts';
import { loadStructures, type PublishedStructures } from './definitions/publishedStructures.ts';
import { type FindBoundSet, publishedBoundSets } from './fhir/boundSets.ts';
import { createKnownExtensions, type KnownExtensions } from './fhir/knownExtensions.ts';
import { createTerminology, type Terminology } from './terminology/terminology.ts';
import { createValidator, type Validator } from './validation/validator.ts';

export interface Specification {
  definitions: Definitions;
  /** published structures and this project's profiles */
  structures: PublishedStructures;
  /** extensions whose definitions are held here */
  extensions: KnownExtensions;
  terminology: Terminology;
  /** value sets that published structures bind */
  bindings: FindBoundSet;
  validator: Validator;
}

/** Loads the specification; where its caches are missing they are built first, which takes about three seconds. */
export async function loadSpecification(cacheDir: string): Promise<Specification> {
  const definitions = loadDefinitions(cacheDir);
  const structures = loadStructures(cacheDir);
  const extensions = createKnownExtensions(structures);
  const terminology = createTerminology({
    published: () => loadTerminology(cacheDir),
    prose: openProse(cacheDir),
    conceptMaps: loadConceptMaps,
  });
  const bindings = await publishedBoundSets(cacheDir, structures, terminology);
  const validator = createValidator({
    definitions,
    find: structures.find,
    boundSet: bindings,
    knowsExtension: extensions.has,
  });
  return { definitions, structures, extensions, terminology, bindings, validator };
}
