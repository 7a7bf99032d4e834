// The band of a score out of the Observation that it is stored as (scoreObservation.ts).
import { bandSystem } from '../codeSystems.ts';
import type { Concept, JsonObject } from '../observation.ts';
import type { Band } from './score.ts';

/** Undefined where the Observation is no score. */
export function readBand({ interpretation }: JsonObject): Band | undefined {
  const codings = (interpretation as Concept[] | undefined)?.flatMap(({ coding }) => coding ?? []);
  return codings?.find(({ system }) => system === bandSystem)?.code as Band | undefined;
}
