// Which Observations something may follow from: a reading, a score, a trend, an alert.
import type { JsonObject, Observation } from './observation.ts';
import type { Ruleset } from './ruleset.ts';
import { toldBy } from './scores/readingCodes.ts';

/** Whether an Observation or one of its components is a vital sign, or is what early-warning scores read. */
export function isFollowed(observation: JsonObject, ruleset: Ruleset): boolean {
  if (ruleset.concerns(observation)) return true;
  const { code, component } = observation as Observation;
  const isTold = (codings: NonNullable<Observation['code']>['coding']) =>
    codings?.some((coding) => toldBy.has(`${coding.system}|${coding.code}`)) ?? false;
  return isTold(code?.coding) || (component?.some((part) => isTold(part.code?.coding)) ?? false);
}
