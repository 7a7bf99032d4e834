// Readings of patients with the Observations they are of, read once in the course of a step.
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readMany } from '../store/resources.ts';
import { type ReadingSpan, readingsWithin, type StoredReading } from '../store/vitalReadings.ts';
import type { ObservationVersion } from '../vitals/alerts/finding.ts';
import { type Timeline, timelineOf } from '../vitals/timeline.ts';
import type { PatientFacts } from '../vitals/vitalSign.ts';

/** An Observation as it is now. */
export interface CurrentObservation {
  id: string;
  version: string;
  resource: Resource;
  /** milliseconds since 1970 */
  stored: number;
}

/** What a step knows of its patients, in one transaction. */
export interface PatientReadings {
  /** by id; what is deleted or never was is undefined */
  observations(ids: Iterable<string>): Promise<Map<string, CurrentObservation>>;
  /** at most `most` of each span and code, the latest */
  within(spans: readonly ReadingSpan[], most?: number): Promise<StoredReading[]>;
  timeline(observation: CurrentObservation, patient: string): Timeline;
  readonly facts: ReadonlyMap<string, PatientFacts>;
}

/** Reads through `db`; `facts` are of `Patient/[id]`. */
export function patientReadings(
  services: Services,
  db: Database,
  facts: ReadonlyMap<string, PatientFacts>,
): PatientReadings {
  const known = new Map<string, CurrentObservation | undefined>();
  const { ruleset } = services.current;
  return {
    facts,
    async observations(ids) {
      const wanted = [...new Set(ids)];
      const missing = wanted.filter((id) => !known.has(id));
      for (const id of missing) known.set(id, undefined);
      if (missing.length > 0) {
        const identities = missing.map((id) => ({ type: 'Observation', id }));
        for (const { id, version, deleted, content, lastUpdated } of await readMany(db, identities)) {
          if (deleted || content === null) continue;
          const resource = parseJson(content) as Resource;
          known.set(id, { id, version: String(version), resource, stored: lastUpdated.getTime() });
        }
      }
      return new Map(
        wanted.flatMap((id) => {
          const observation = known.get(id);
          return observation ? [[id, observation] as const] : [];
        }),
      );
    },
    within: (spans, most) => readingsWithin(db, spans, most),
    timeline: ({ resource, stored }, patient) =>
      timelineOf(resource, facts.get(`Patient/${patient}`), ruleset, stored),
  };
}

/** The reference of an Observation with its version. */
export const versionOf = ({
  id,
  version,
}: Pick<CurrentObservation, 'id' | 'version'>): ObservationVersion => ({
  reference: `Observation/${id}`,
  version,
});
