// What the readings of a step are compared with what was known of them: which came, changed or went, and which are as they were.
import type { Services } from '../services.ts';
import type { StoredReading } from '../store/vitalReadings.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { trendCode } from '../vitals/alerts/findingsOf.ts';
import { scoreReadingCodes } from '../vitals/timeline.ts';
import { lookBack } from '../vitals/trends/trendRule.ts';
import type { ScoreTimes } from './rescore.ts';
import { codesOf, type TrendQuestion } from './retrend.ts';

/** The readings of a step. */
export interface ChangedReadings {
  /** as they were, where they are not any more; and as they are now, where they were not */
  changed: readonly StoredReading[];
  /** as they were and are */
  same: readonly StoredReading[];
  /** of which patient and code an Observation is no more: deleted, entered in error, moved */
  gone: readonly StoredReading[];
}

/** Compares what was known with what is. */
export function compareReadings(
  before: readonly StoredReading[],
  after: readonly StoredReading[],
): ChangedReadings {
  const textOf = (row: StoredReading) =>
    [row.patient, row.code, row.time, row.observation, row.component, row.version, row.value].join(' ');
  const known = new Set(before.map(textOf));
  const now = new Set(after.map(textOf));
  const nameOf = ({ patient, code, observation }: StoredReading) => `${patient} ${code} ${observation}`;
  const there = new Set(after.map(nameOf));
  const gone = new Map(before.filter((row) => !there.has(nameOf(row))).map((row) => [nameOf(row), row]));
  return {
    changed: [
      ...before.filter((row) => !now.has(textOf(row))),
      ...after.filter((row) => !known.has(textOf(row))),
    ],
    same: after.filter((row) => known.has(textOf(row))),
    gone: [...gone.values()],
  };
}

/** Findings that are no more, and what trend rules found there. */
export function withdrawnFindings(services: Services, gone: readonly StoredReading[]): Finding[] {
  const trends = services.current.policy?.trends ?? [];
  return gone.flatMap(({ patient, code, time, observation }) => {
    const concerned = trends.filter((rule) => codesOf(services, rule).has(code)).map(trendCode);
    return [code, ...concerned].map((each) => ({
      ...{ patient: `Patient/${patient}`, code: each, name: each, time, withdrawn: true as const },
      // Later than any version that was counted.
      observation: { reference: `Observation/${observation}`, version: String(Number.MAX_SAFE_INTEGER) },
    }));
  });
}

/** The times of readings of the scores, by patient. */
export function scoreTimes(
  { current: { ruleset } }: Services,
  { changed, same }: ChangedReadings,
): Map<string, ScoreTimes> {
  const codes = new Set(scoreReadingCodes(ruleset));
  const times = new Map<string, ScoreTimes>();
  const note = (rows: readonly StoredReading[], kind: keyof ScoreTimes) => {
    for (const { patient, code, time } of rows) {
      if (!codes.has(code)) continue;
      const own = times.get(patient) ?? { changed: new Set(), again: new Set() };
      times.set(patient, own);
      own[kind].add(time);
    }
  };
  note(changed, 'changed');
  note(same, 'again');
  return times;
}

/** The trend rules to ask. Readings that are too old to raise anything count only as what later ones are compared with. */
export function trendQuestions(
  services: Services,
  { changed, same }: ChangedReadings,
  now: number,
): TrendQuestion[] {
  const { policy } = services.current;
  if (!policy) return [];
  const oldest = now - policy.oldestMinutes * 60_000;
  return policy.trends.flatMap((rule) => {
    const codes = codesOf(services, rule);
    const questions = new Map<string, { since: number; again: Set<number> }>();
    const questionOf = (patient: string) => {
      const question = questions.get(patient) ?? { since: Number.POSITIVE_INFINITY, again: new Set() };
      questions.set(patient, question);
      return question;
    };
    for (const { patient, code, time } of changed) {
      if (!codes.has(code) || time < oldest - lookBack(rule)) continue;
      const question = questionOf(patient);
      question.since = Math.min(question.since, Math.max(time, oldest));
    }
    for (const { patient, code, time } of same) {
      if (codes.has(code) && time >= oldest) questionOf(patient).again.add(time);
    }
    return [...questions].map(([patient, question]) => ({ patient, rule, ...question }));
  });
}
