// ConceptMap resources stored on this server as a source of terminology: by canonical url or reference, and by the code
// system or value set they map from or to.
import { parametersOf } from '../definitions/parametersOf.ts';
import { reduceConceptMap } from '../definitions/reduceConceptMap.ts';
import { refuse } from '../errors.ts';
import { matchReference } from '../search/parameters/reference.ts';
import { matchUri } from '../search/parameters/uri.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { conceptMapsWith } from '../store/terminology.ts';
import type { ConceptMapSource, MapSide } from '../terminology/conceptMapView.ts';
import { readCanonical, readReference } from './readCanonical.ts';

/** Stored maps that are looked into for one code. */
const MOST_MAPS = 200;

/** The stored concept maps as a source. Its `conceptMapsWith` throws FhirError 400 (too-costly) for too many. */
export function storedConceptMaps(services: Services, db: Database): ConceptMapSource {
  return {
    conceptMap: async (reference, version) => {
      const found =
        (await readCanonical(services, db, 'ConceptMap', reference, version)) ??
        (await readReference(services, db, 'ConceptMap', reference, version));
      return found && reduceConceptMap(found, `ConceptMap/${found.id}`);
    },
    conceptMapsWith: async (asked) => {
      const hashes = hashesOf(services, asked);
      if (hashes.length === 0) return [];
      const found = await conceptMapsWith(db, hashes, MOST_MAPS + 1);
      if (found.length > MOST_MAPS) {
        const what = asked.system ?? asked.valueSet;
        throw refuse(
          400,
          'too-costly',
          `More than ${MOST_MAPS} stored concept maps are about ${what}: name the one that is meant by "url".`,
        );
      }
      return found.map(({ id, url }) => url ?? `ConceptMap/${id}`);
    },
  };
}

function hashesOf({ definitions, baseUrls }: Services, { side, system, valueSet }: MapSide): bigint[] {
  const parameters = parametersOf(definitions, 'ConceptMap');
  const escaped = (text: string) => text.replace(/[\\,$|]/g, '\\$&');
  const hashes: bigint[] = [];
  if (system) {
    const { code, paths } = parameters.get(`${side}-system`)!;
    hashes.push(...matchUri(code, paths, escaped(system)));
  }
  if (valueSet) {
    for (const name of [side, `${side}-uri`]) {
      hashes.push(...matchReference(parameters.get(name)!, escaped(valueSet), { definitions, baseUrls }));
    }
  }
  return hashes;
}
