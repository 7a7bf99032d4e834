// Where patients are, as far as the alert policy asks: of the encounter that a reading belongs to (encounter.html).
import { parseJson } from '../json/parseJson.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readContents } from '../store/resources.ts';
import type { CurrentObservation } from './patientReadings.ts';

interface Encounter {
  class?: { system?: string; code?: string };
  location?: { location?: { reference?: string }; status?: string }[];
  serviceProvider?: { reference?: string };
}

/** Statuses of a location that say that the patient is there, or do not say otherwise. */
const present: ReadonlySet<string | undefined> = new Set([undefined, 'active', 'reserved']);

/** The wards of Observations by their id, the narrowest first: locations, provider, class. Empty where no policy asks. */
export async function wardsOf(
  { current: { policy } }: Services,
  db: Database,
  observations: Iterable<Pick<CurrentObservation, 'id' | 'resource'>>,
): Promise<Map<string, string[]>> {
  const wards = new Map<string, string[]>();
  if (!policy || Object.keys(policy.wards).length === 0) return wards;
  const encounters = new Map<string, string>();
  for (const { id, resource } of observations) {
    const { reference } = (resource.encounter ?? {}) as { reference?: string };
    const encounter = /(?:^|\/)Encounter\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/.exec(
      reference ?? '',
    )?.[1];
    if (encounter !== undefined) encounters.set(id, encounter);
  }
  if (encounters.size === 0) return wards;
  const found = new Map(
    (await readContents(db, 'Encounter', [...new Set(encounters.values())])).map(({ id, content }) => [
      id,
      wardsIn(parseJson(content) as Encounter),
    ]),
  );
  for (const [observation, encounter] of encounters) {
    const own = found.get(encounter);
    if (own) wards.set(observation, own);
  }
  return wards;
}

/** The wards of an Observation as a part of its findings. */
export function wardOf(wards: ReadonlyMap<string, string[]>, id: string): { wards?: string[] } {
  const own = wards.get(id);
  return own ? { wards: own } : {};
}

function wardsIn({ class: kind, location = [], serviceProvider }: Encounter): string[] {
  // Locations are listed as the patient went through them: the last one is the latest.
  const references = location
    .filter(({ status }) => present.has(status))
    .reverse()
    .map((each) => each.location?.reference);
  const codes = kind?.code === undefined ? [] : [`${kind.system ?? ''}|${kind.code}`];
  return [...references, serviceProvider?.reference, ...codes].filter((ward) => ward !== undefined);
}
