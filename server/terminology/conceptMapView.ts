// Concept maps as part of a terminology: those stored on the server before those published with R4.

import type { ConceptMapDefinition } from '../definitions/conceptMap.ts';
import { splitCanonical } from './findValueSet.ts';

/** What maps are looked for by: at least one of the two. */
export interface MapSide {
  /** which side of the maps it is */
  readonly side: 'source' | 'target';
  readonly system?: string;
  /** canonical of a value set, without version */
  readonly valueSet?: string;
}

/** A place where concept maps are kept. */
export interface ConceptMapSource {
  /** by url, the latest version where none is named; where stored resources are looked up, by `ConceptMap/[id]` too */
  conceptMap(reference: string, version?: string): Promise<ConceptMapDefinition | undefined>;
  /** urls or references of maps with groups of the system, or of the value set, in some version */
  conceptMapsWith(asked: MapSide): Promise<string[]>;
}

/** The concept maps of a terminology at one moment. */
export interface ConceptMapView {
  /** by `url`, `url|version` or `ConceptMap/[id]` */
  conceptMap(canonical: string): Promise<ConceptMapDefinition | undefined>;
  /** the maps in force, those with groups of the system and those of the value set, the stored ones first */
  conceptMapsWith(asked: MapSide): Promise<ConceptMapDefinition[]>;
}

type Remember = <V>(
  kind: string,
  key: string,
  make: () => Promise<V>,
  weigh: (value: V) => number,
) => Promise<V>;

/** The maps of both places; what is found is kept by `remember`. */
export function conceptMapView(
  remember: Remember,
  stored: Partial<ConceptMapSource> | undefined,
  published: () => ConceptMapSource,
): ConceptMapView {
  const conceptMap = (canonical: string): Promise<ConceptMapDefinition | undefined> =>
    remember(
      'ConceptMap',
      canonical,
      async () => {
        const named = splitCanonical(canonical);
        return (await stored?.conceptMap?.(...named)) ?? (await published().conceptMap(...named));
      },
      (found) => (found ? sizeOf(found) : 0) + 1,
    );
  const candidates = (asked: MapSide): Promise<string[]> =>
    remember(
      'ConceptMaps',
      JSON.stringify([asked.side, asked.system, asked.valueSet]),
      async () => [
        ...((await stored?.conceptMapsWith?.(asked)) ?? []),
        ...(await published().conceptMapsWith(asked)),
      ],
      (found) => found.length + 1,
    );
  return {
    conceptMap,
    conceptMapsWith: async (asked) => {
      const maps: ConceptMapDefinition[] = [];
      for (const canonical of new Set(await candidates(asked))) {
        // The version that counts may be another one than that with the system: the latest, the stored one.
        const found = await conceptMap(canonical);
        if (found && found.status !== 'retired' && isOf(found, asked)) maps.push(found);
      }
      return maps;
    },
  };
}

function isOf(map: ConceptMapDefinition, { side, system, valueSet }: MapSide): boolean {
  const declared = map[side] === undefined ? undefined : splitCanonical(map[side])[0];
  return (
    (system !== undefined && map.groups.some((group) => group[side] === system)) ||
    (valueSet !== undefined && declared === valueSet)
  );
}

function sizeOf({ groups }: ConceptMapDefinition): number {
  let size = groups.length;
  for (const { elements } of groups) {
    for (const { targets } of elements) size += 1 + targets.length;
  }
  return size;
}

/** Maps that are all at hand as a source. */
export function conceptMapSource(maps: readonly ConceptMapDefinition[]): ConceptMapSource {
  return {
    conceptMap: async (url, version) =>
      maps.find((map) => map.url === url && (version === undefined || map.version === version)),
    conceptMapsWith: async (asked) => maps.filter((map) => isOf(map, asked)).map(({ url }) => url),
  };
}
