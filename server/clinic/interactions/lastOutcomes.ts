// The last outcome of each of many patients, read at once: $lastn of one code.
import { refuse } from '../../errors.ts';
import { planSearch } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import { careDatePaths } from '../../search/careDatePaths.ts';
import { toMatchesSql } from '../../search/toSql.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import { latestObservations, observationsByKey } from '../../store/observations.ts';
import type { ClinicEmbed } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import { IN_ERROR, outcomeWord } from './interactionJson.ts';
import { outcomeQuestion, outcomeSystem, outcomes } from './interactionTerms.ts';

/** Patients asked for in one statement, and outcomes that it looks at. */
const CHUNK = 100;
const MOST_OUTCOMES = 50_000;

/** What a doctor concluded last, and in which interaction. */
export interface LastOutcome {
  outcome: string;
  /** of the interaction, as it was told */
  time: string;
  /** id of the interaction */
  interaction?: string;
}

/**
 * The last outcome of each of these patients, by the id of the Patient; patients without any are left out.
 * @throws FhirError 422 where there are too many to choose from
 */
export async function lastOutcomes(
  services: Services,
  patientIds: readonly string[],
  db: Database = services.searchDb,
): Promise<Map<string, LastOutcome>> {
  const found = new Map<string, LastOutcome>();
  for (let start = 0; start < patientIds.length; start += CHUNK) {
    for (const observation of await latest(services, patientIds.slice(start, start + CHUNK), db)) {
      const { subject, effectiveDateTime, encounter } = observation as Told;
      const patient = /Patient\/([^/]+)$/.exec(subject?.reference ?? '')?.[1];
      const outcome = outcomeWord(observation);
      if (patient === undefined || outcome === undefined || effectiveDateTime === undefined) continue;
      // Of several at the same time, the one that was stored last comes first.
      if (found.has(patient)) continue;
      const interaction = encounter?.reference?.replace(/^Encounter\//, '');
      found.set(patient, { outcome, time: effectiveDateTime, ...(interaction && { interaction }) });
    }
  }
  return found;
}

type Told = Resource & {
  subject?: { reference?: string };
  encounter?: { reference?: string };
  effectiveDateTime?: string;
};

async function latest(services: Services, ids: readonly string[], db: Database): Promise<Resource[]> {
  const query: [string, string][] = [
    ['code', token(outcomeSystem, outcomeQuestion.code)],
    ['subject', ids.map((id) => `Patient/${id}`).join()],
    ['status:not', IN_ERROR],
  ];
  const base = services.baseUrls[0]!;
  const plan = await planSearch(services, { type: 'Observation', query, base, handling: 'strict' }, db);
  const paths = careDatePaths(services.definitions, 'Observation');
  const observations = await latestObservations(db, toMatchesSql(plan), {
    paths,
    max: 1,
    most: MOST_OUTCOMES,
  });
  if (!observations) {
    throw refuse(
      422,
      'too-costly',
      'These patients have too many outcomes to choose from: ask for fewer patients.',
    );
  }
  const keys = observations.map(({ key }) => key).sort((a, b) => b - a);
  const found = new Map((await observationsByKey(db, keys)).map((each) => [each.key, each.content!]));
  return keys.flatMap((key) => (found.has(key) ? [parseJson(found.get(key)!) as Resource] : []));
}

/** `?include=last_outcome` of patients. */
export const lastOutcomeEmbed: ClinicEmbed = {
  description: 'What a doctor concluded last of the patient’s health, when, and in which interaction.',
  schema: {
    type: 'object',
    required: ['outcome', 'time'],
    properties: {
      outcome: { type: 'string', enum: Object.keys(outcomes), examples: ['healthy'] },
      time: { type: 'string', examples: ['2026-01-31T10:20:00+01:00'] },
      interaction: { type: 'string', description: 'Id of the interaction.' },
    },
  },
  load: async (services, db, mains) => {
    const found = await lastOutcomes(
      services,
      mains.map(({ id }) => id!),
      db,
    );
    return mains.map(({ id }) => ({ value: found.get(id!) }));
  },
};
