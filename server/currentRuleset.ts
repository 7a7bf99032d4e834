// The vital signs in force: ObservationDefinitions as they are stored now.
import { parseJson } from './json/parseJson.ts';
import type { Services } from './services.ts';
import type { Database } from './store/database.ts';
import { readObservationDefinitions } from './store/vitalSigns.ts';
import { readVitalSign } from './vitals/readVitalSign.ts';
import { createRuleset, type Ruleset } from './vitals/ruleset.ts';

/** ObservationDefinitions that are read: those of patients with ranges of their own among them. */
const MOST_DEFINITIONS = 20_000;

/** No vital signs at all. */
export const noVitalSigns: Ruleset = createRuleset([]);

/** Reads the vital signs as `db` sees them; the log names what cannot be used. */
export async function readRuleset({ log, config }: Services, db: Database): Promise<Ruleset> {
  if (config.vitals === 'off') return noVitalSigns;
  const stored = await readObservationDefinitions(db, MOST_DEFINITIONS + 1);
  if (stored.length > MOST_DEFINITIONS) {
    log.error('too many ObservationDefinitions: those beyond the limit are not used', {
      limit: MOST_DEFINITIONS,
    });
  }
  const signs = stored.slice(0, MOST_DEFINITIONS).flatMap(({ id, version, content }) => {
    const resource = parseJson(content) as Record<string, unknown>;
    const { vitalSign, problems } = readVitalSign(resource, String(version));
    if (problems.length > 0) {
      log.warn('ranges of an ObservationDefinition cannot be used', { id, version, problems });
    }
    return vitalSign ? [vitalSign] : [];
  });
  return createRuleset(signs);
}
