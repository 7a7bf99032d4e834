// Early-warning scores of the moments that changed readings have a part in: stored, updated or withdrawn.
import { createHash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { writeAll } from '../fhir/write.ts';
import type { Resource, Services } from '../services.ts';
import { replaceReadings, type StoredReading } from '../store/vitalReadings.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { findingOfScore } from '../vitals/alerts/findingsOf.ts';
import { news2Ruleset } from '../vitals/scores/news2Table.ts';
import { pewsRuleset } from '../vitals/scores/pewsTables.ts';
import type { Reading } from '../vitals/scores/reading.ts';
import { readingsOf } from '../vitals/scores/readingsOf.ts';
import type { Score, Ruleset as ScoreRuleset } from '../vitals/scores/score.ts';
import { momentsToScore, scoreAt } from '../vitals/scores/scoreAt.ts';
import { scoreIdentifier, scoreObservation } from '../vitals/scores/scoreObservation.ts';
import { scoreReadingCodes } from '../vitals/timeline.ts';
import type { CurrentObservation, PatientReadings } from './patientReadings.ts';
import { wardOf, wardsOf } from './wards.ts';

/** When readings of the scores changed: ids of patients with milliseconds since 1970. */
export type Changed = ReadonlyMap<string, ReadonlySet<number>>;

const scoreRulesets: readonly ScoreRuleset[] = [news2Ruleset, pewsRuleset];

/** `system|code` of the total. */
const scoreCodeOf = ({ code }: ScoreRuleset): string => `${code.system}|${code.code}`;
const scoreCodes: readonly string[] = scoreRulesets.map(scoreCodeOf);
/** Titles by code. */
export const scoreNames: ReadonlyMap<string, string> = new Map(
  scoreRulesets.map((ruleset) => [scoreCodeOf(ruleset), ruleset.title]),
);

/** Without one of these there is no score of either kind: what few patients have tells soonest. */
const rarest: ReadonlySet<string> = new Set(['consciousness', 'effort']);

/** Id of the Observation that holds the score of a patient (`Patient/[id]`) at a moment. */
export function scoreId(patient: string, kind: ScoreRuleset['kind'], at: number): string {
  const { value } = scoreIdentifier(patient, kind, at);
  return `score-${createHash('sha256').update(value).digest('hex').slice(0, 32)}`;
}

/** Whether an Observation with this id is a score that is stored here. */
export const isScoreId = (id: string): boolean => /^score-[0-9a-f]{32}$/.test(id);

/**
 * Scores again what the changes concern, in the transaction `tx`.
 * @returns findings of the scores that are new, changed or withdrawn
 */
export async function rescore(
  services: Services,
  tx: PoolClient,
  readings: PatientReadings,
  changed: Changed,
): Promise<Finding[]> {
  if (changed.size === 0) return [];
  const windowMs = services.config.scoreWindow;
  const { ruleset } = services.current;
  const codes = [...scoreReadingCodes(ruleset), ...scoreCodes];
  const spans = [...changed].flatMap(([patient, times]) =>
    merged(times, windowMs).map((span) => ({ patient, codes, ...span })),
  );
  const rows = Map.groupBy(await readings.within(spans), ({ patient }) => patient);
  const needed = new Set(scoreReadingCodes(ruleset, rarest));
  const scores: { patient: string; at: number; ruleset: ScoreRuleset; score: Score | undefined }[] = [];
  for (const [patient, times] of changed) {
    const own = rows.get(patient) ?? [];
    const existing = new Map(own.flatMap((row) => (isScore(row) ? [[row.observation, row] as const] : [])));
    const isPossible = own.some(({ code }) => needed.has(code));
    if (!isPossible && existing.size === 0) continue;
    const known = isPossible ? await readingsIn(readings, patient, own) : [];
    const facts = readings.facts.get(`Patient/${patient}`);
    const moments = new Set([...times].flatMap((time) => momentsToScore(known, time, windowMs)));
    for (const at of moments) {
      const result = facts && scoreAt(known, facts, at, windowMs);
      for (const ruleset of scoreRulesets) {
        const score =
          result && 'total' in result && result.ruleset.kind === ruleset.kind && endsAt(result, at)
            ? result
            : undefined;
        const id = scoreId(`Patient/${patient}`, ruleset.kind, at);
        if (score || existing.has(id)) scores.push({ patient, at, ruleset, score });
      }
    }
  }
  return store(services, tx, readings, scores);
}

const isScore = ({ code }: StoredReading): boolean => scoreCodes.includes(code);

/** A score is of the moment of its newest reading: where that is gone, there is none. */
const endsAt = ({ subscores, raisedBy }: Score, at: number): boolean =>
  raisedBy?.time === at || subscores.some(({ reading }) => reading.time === at);

async function readingsIn(
  readings: PatientReadings,
  patient: string,
  rows: readonly StoredReading[],
): Promise<Reading[]> {
  const ids = rows.filter((row) => !isScore(row)).map(({ observation }) => observation);
  const observations = await readings.observations(ids);
  return [...observations.values()].flatMap((observation) => {
    const { impossible } = readings.timeline(observation, patient);
    return readingsOf(observation.resource, impossible);
  });
}

/**
 * Spans around these times, overlapping ones put together: a window forward for the later scores a reading has a part in, one
 * back for its own.
 */
function merged(times: ReadonlySet<number>, windowMs: number): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  for (const time of [...times].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && time - windowMs <= last.to) last.to = time + windowMs;
    else spans.push({ from: time - windowMs, to: time + windowMs });
  }
  return spans;
}

async function store(
  services: Services,
  tx: PoolClient,
  readings: PatientReadings,
  scores: readonly { patient: string; at: number; ruleset: ScoreRuleset; score: Score | undefined }[],
): Promise<Finding[]> {
  if (scores.length === 0) return [];
  const planned = scores.map((each) => {
    const patient = `Patient/${each.patient}`;
    return { ...each, subject: patient, id: scoreId(patient, each.ruleset.kind, each.at) };
  });
  const gone = await readings.observations(planned.filter(({ score }) => !score).map(({ id }) => id));
  const sources = await readings.observations(planned.flatMap(({ score }) => sourcesOf(score)));
  const writes = planned.flatMap((each) => {
    const { score, subject, at, id } = each;
    const current = gone.get(id)?.resource;
    if (!score && !current) return [];
    const encounter = sourcesOf(score)
      .map((source) => encounterOf(sources.get(source)))
      .find((reference) => reference !== undefined);
    const resource = (
      score
        ? scoreObservation(score, { patient: subject, at, id, ...(encounter !== undefined && { encounter }) })
        : { ...current, status: 'entered-in-error' }
    ) as Resource;
    return [{ ...each, resource }];
  });
  const results = await writeAll(
    services,
    writes.map(({ id, resource }) => ({ method: 'PUT', type: 'Observation', id, resource })),
    { atomic: true, within: tx, isFollowUp: true, level: 'base' },
  );
  const changed = writes.map((write, i) => ({
    ...write,
    result: results[i] as { change: string; version: number },
  }));
  await replaceReadings(
    tx,
    changed.map(({ patient }) => patient),
    changed.map(({ id }) => id),
    changed.flatMap(({ patient, ruleset, at, id, score }) =>
      score
        ? [
            {
              patient,
              code: scoreCodeOf(ruleset),
              time: at,
              observation: id,
              component: -1,
              value: score.total,
            },
          ]
        : [],
    ),
  );
  const wards = await wardsOf(services, tx, changed);
  return changed.flatMap(({ subject, ruleset, at, id, score, result }): Finding[] => {
    if (result.change === 'unchanged') return [];
    const where = {
      patient: subject,
      observation: { reference: `Observation/${id}`, version: String(result.version) },
      ...wardOf(wards, id),
    };
    if (score) return [findingOfScore(score, at, where)];
    return [{ ...where, code: scoreCodeOf(ruleset), name: ruleset.title, time: at, withdrawn: true }];
  });
}

/** Ids of the Observations that a score rests on, the latest first. */
const sourcesOf = (score: Score | undefined): string[] =>
  (score?.subscores ?? [])
    .map(({ reading }) => reading)
    .sort((a, b) => b.time - a.time || (a.observation < b.observation ? -1 : 1))
    .map(({ observation }) => observation.split('/')[1]!);

function encounterOf(observation: CurrentObservation | undefined): string | undefined {
  return (observation?.resource.encounter as { reference?: string } | undefined)?.reference;
}
