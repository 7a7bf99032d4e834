// The profiles that resources can be judged by here, by resource type (CapabilityStatement.rest.resource.supportedProfile):
// the published ones, this project's own, and those that are stored.
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { storedProfiles } from '../store/storedProfiles.ts';

/** Urls by resource type, in alphabetical order. */
export type SupportedProfiles = ReadonlyMap<string, readonly string[]>;

const publishedOf = new WeakMap<Services['structures'], [type: string, url: string][]>();
const known = new WeakMap<Services, { revision: number; profiles: SupportedProfiles }>();

/**
 * The profiles as `db` sees them; of the published ones alone where it cannot be asked. Remembered under the revision of
 * the definitions in force: it takes 40 ms the first time, for every published structure is looked at.
 */
export async function supportedProfiles(services: Services, db: Database): Promise<SupportedProfiles> {
  const { definitionsRevision: revision } = services;
  const before = known.get(services);
  if (db === services.db && before?.revision === revision) return before.profiles;
  const stored = await storedProfiles(db).catch((error: Error) => {
    // A transaction that failed has to be told of.
    if (db !== services.db) throw error;
    return undefined;
  });
  const pairs = [
    ...published(services.structures),
    ...(stored ?? []).map(({ type, url }) => [type, url] as const),
  ];
  const profiles = new Map<string, string[]>();
  for (const [type, url] of pairs) profiles.set(type, [...(profiles.get(type) ?? []), url]);
  for (const [type, urls] of profiles) profiles.set(type, [...new Set(urls)].sort());
  if (db === services.db && stored) known.set(services, { revision, profiles });
  return profiles;
}

function published(structures: Services['structures']): [type: string, url: string][] {
  const before = publishedOf.get(structures);
  if (before) return before;
  const found: [string, string][] = [];
  for (const url of structures.urls()) {
    const structure = structures.find(url);
    if (structure?.kind === 'resource' && structure.derivation === 'constraint')
      found.push([structure.type, url]);
  }
  publishedOf.set(structures, found);
  return found;
}
