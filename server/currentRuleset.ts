// The vital signs in force, and the policy by which they raise alerts: ObservationDefinitions and PlanDefinitions as they
// are stored now.
import { FhirError } from './errors.ts';
import { parseJson } from './json/parseJson.ts';
import type { Services } from './services.ts';
import type { Database } from './store/database.ts';
import { readObservationDefinitions, readPlanDefinitions } from './store/vitalSigns.ts';
import type { AlertPolicy } from './vitals/alerts/alertPolicy.ts';
import { policyType, readPolicy } from './vitals/alerts/readPolicy.ts';
import { competingRanges } from './vitals/competingRanges.ts';
import { readVitalSign } from './vitals/readVitalSign.ts';
import { rivalryTexts } from './vitals/rivalryTexts.ts';
import { createRuleset, type Ruleset } from './vitals/ruleset.ts';
import type { VitalSign } from './vitals/vitalSign.ts';

/** ObservationDefinitions that are read: those of patients with ranges of their own among them. */
const MOST_DEFINITIONS = 20_000;

/** Alert policies that are read: a ward may have one of its own. More are refused. */
export const MOST_POLICIES = 1_000;

/** Lines of the log on definitions that compete, and sentences in each. */
const MOST_LINES = 50;
const MOST_SENTENCES = 10;

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
  logCompeting(log, signs);
  return createRuleset(signs);
}

/** A line for each pair of definitions with ranges for the same patients, since one of them does not hold as it says. */
function logCompeting(log: Services['log'], signs: readonly VitalSign[]): void {
  const { rivalries, complete } = competingRanges(signs);
  for (const rivalry of rivalries.slice(0, MOST_LINES)) {
    const [first, second] = rivalry.signs;
    const texts = rivalryTexts(rivalry, second);
    log.warn('ranges of two ObservationDefinitions are for the same patients', {
      ...{ first: `${first.definition}/_history/${first.version}` },
      ...{ second: `${second.definition}/_history/${second.version}` },
      ...{ sentences: texts.length, what: texts.slice(0, MOST_SENTENCES) },
    });
  }
  if (rivalries.length > MOST_LINES || !complete) {
    log.warn('more ObservationDefinitions have ranges for the same patients than are named here', {
      pairs: rivalries.length,
      complete,
    });
  }
}

/** The alert policies as `db` sees them, in force or not, by id; one more than there may be tells that there are too many. */
export async function readAlertPolicies(db: Database): Promise<Record<string, unknown>[]> {
  const stored = await readPlanDefinitions(db, policyType, MOST_POLICIES + 1);
  return stored.map(({ content }) => parseJson(content) as Record<string, unknown>);
}

/**
 * Reads the alert policy as `db` sees it; undefined where nothing raises alerts. Writes that leave none that can be used are
 * refused (fhir/alertPolicies.ts), so there is none before the shipped one is stored, or where other software stored it: the
 * log says why.
 */
export async function readAlertPolicy(
  { log, config }: Services,
  db: Database,
): Promise<AlertPolicy | undefined> {
  if (config.vitals === 'off') return undefined;
  const plans = await readAlertPolicies(db);
  if (plans.length === 0) return undefined;
  try {
    return readPolicy(plans.slice(0, MOST_POLICIES));
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    log.error('nothing raises alerts: the alert policy cannot be used', { reason: error.message });
    return undefined;
  }
}
