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

/** Times of readings of the scores, milliseconds since 1970. */
export interface ScoreTimes {
  /** those that came, changed or went: later scores may rest on them too */
  changed: Set<number>;
  /** those that are followed up again as they are */
  again: Set<number>;
}

const scoreRulesets: readonly ScoreRuleset[] = [news2Ruleset, pewsRuleset];

/** `system|code` of the total. */
const scoreCodeOf = ({ code }: ScoreRuleset): string => `${code.system}|${code.code}`;
const scoreCodes: readonly string[] = scoreRulesets.map(scoreCodeOf);
/** Titles by code. */
export const scoreNames: ReadonlyMap<string, string> = new Map(
  scoreRulesets.map((ruleset) => [scoreCodeOf(ruleset), ruleset.title]),
);

/** Without one of these there is no score of either kind: what few patients have tells soonest. */
const rare: ReadonlySet<string> = new Set(['consciousness', 'effort']);

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
  changed: ReadonlyMap<string, ScoreTimes>,
): Promise<Finding[]> {
  if (changed.size === 0) return [];
  const windowMs = services.config.scoreWindow;
  const { ruleset } = services.current;
  const spansOf = (patients: Iterable<string>, codes: readonly string[]) =>
    [...patients].flatMap((patient) =>
      merged(changed.get(patient)!, windowMs).map((span) => ({ patient, codes, ...span })),
    );
  // Most patients have nothing that only scores ask for: of these, nothing else is read.
  const rarest = scoreReadingCodes(ruleset, rare);
  const hints = await readings.within(spansOf(changed.keys(), [...rarest, ...scoreCodes]));
  const existing = Map.groupBy(hints.filter(isScore), ({ patient }) => patient);
  const possible = new Set(hints.filter((row) => !isScore(row)).map(({ patient }) => patient));
  const rows = Map.groupBy(
    await readings.within(spansOf(possible, scoreReadingCodes(ruleset))),
    ({ patient }) => patient,
  );
  await readings.observations([...rows.values()].flat().map(({ observation }) => observation));
  const scores: { patient: string; at: number; ruleset: ScoreRuleset; score: Score | undefined }[] = [];
  for (const patient of new Set([...existing.keys(), ...possible])) {
    const known = await readingsIn(readings, patient, rows.get(patient) ?? []);
    const before = existing.get(patient) ?? [];
    const stored = new Set(before.map(({ observation }) => observation));
    const facts = readings.facts.get(`Patient/${patient}`);
    const times = changed.get(patient)!;
    const moments = new Set([
      ...times.again,
      ...[...times.changed].flatMap((time) => momentsToScore(known, time, windowMs)),
      // A score that rested on what is gone may be of a moment that no reading is left at, or that could not be scored now.
      ...before
        .map(({ time }) => time)
        .filter((at) => [...times.changed].some((time) => time <= at && at <= time + windowMs)),
    ]);
    for (const at of moments) {
      const result = facts && scoreAt(known, facts, at, windowMs);
      for (const ruleset of scoreRulesets) {
        const score =
          result && 'total' in result && result.ruleset.kind === ruleset.kind && endsAt(result, at)
            ? result
            : undefined;
        const id = scoreId(`Patient/${patient}`, ruleset.kind, at);
        if (score || stored.has(id)) scores.push({ patient, at, ruleset, score });
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
  const observations = await readings.observations(rows.map(({ observation }) => observation));
  return [...observations.values()].flatMap((observation) => {
    const { impossible } = readings.timeline(observation, patient);
    return readingsOf(observation.resource, impossible);
  });
}

/**
 * Spans around these times, overlapping ones put together: a window forward for the later scores a reading has a part in, one
 * back for its own.
 */
function merged({ changed, again }: ScoreTimes, windowMs: number): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = [];
  const wanted = [
    ...[...again].map((time) => ({ from: time - windowMs, to: time })),
    ...[...changed].map((time) => ({ from: time - windowMs, to: time + windowMs })),
  ];
  for (const span of wanted.sort((a, b) => a.from - b.from)) {
    const last = spans.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else spans.push(span);
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
    changed.flatMap(({ patient, ruleset, at, id, score, result }) =>
      score
        ? [
            {
              patient,
              code: scoreCodeOf(ruleset),
              time: at,
              observation: id,
              component: -1,
              version: result.version,
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
