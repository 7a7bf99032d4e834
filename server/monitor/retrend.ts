// Trend rules at the readings that changed, and at later ones that are compared with them.
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type TrendRow, type TrendSpan, trendReadings } from '../store/trendReadings.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { findingOfTrend } from '../vitals/alerts/findingsOf.ts';
import { convertAmount } from '../vitals/amount.ts';
import { signOf, timelineCode } from '../vitals/timeline.ts';
import { judgeTrend } from '../vitals/trends/judgeTrend.ts';
import { HOUR, lookBack, sliceOf, type TrendRule } from '../vitals/trends/trendRule.ts';
import { type PatientReadings, versionOf } from './patientReadings.ts';
import { wardOf, wardsOf } from './wards.ts';

/** What a rule is to be asked for: all readings of a patient (id) from a time on (milliseconds since 1970). */
export interface TrendQuestion {
  patient: string;
  rule: TrendRule;
  since: number;
}

/** Readings in a window: more than one a minute for three days. A rule that would need more is not asked, and the log says so. */
const MOST_IN_WINDOW = 5_000;

/** The codes that readings of a rule are kept under. */
export function codesOf({ current: { ruleset } }: Services, rule: TrendRule): Set<string> {
  return new Set(rule.codes.map((code) => timelineCode(ruleset, codingOf(code))));
}

/** What rules find at each reading they are asked for. */
export async function trendFindings(
  services: Services,
  db: Database,
  readings: PatientReadings,
  questions: readonly TrendQuestion[],
): Promise<Finding[]> {
  const spans = questions.flatMap((question) =>
    [...codesOf(services, question.rule)].map((code) => ({ question, ...spanOf(question, code) })),
  );
  const rows = await trendReadings(db, spans, MOST_IN_WINDOW + 1);
  const byQuestion = Map.groupBy(rows, ({ span }) => spans[span]!.question);
  const asked = rows.filter(({ span, time }) => time >= spans[span]!.since);
  const observations = await readings.observations(asked.map(({ observation }) => observation));
  const wards = await wardsOf(services, db, observations.values());
  return questions.flatMap((question) => {
    const { patient, rule, since } = question;
    const values = (byQuestion.get(question) ?? []).flatMap((row) => {
      const value = inUnitOf(services, rule, row);
      return value === undefined ? [] : [{ ...row, value }];
    });
    if (values.filter(({ time }) => time >= since - rule.windowHours * HOUR).length > MOST_IN_WINDOW) {
      services.log.warn('a trend rule is not asked: too many readings in its window', {
        rule: rule.name,
        most: MOST_IN_WINDOW,
      });
      return [];
    }
    values.sort((a, b) => a.time - b.time);
    return values
      .filter(({ time }) => time >= since)
      .flatMap((reading): Finding[] => {
        const observation = observations.get(reading.observation);
        if (!observation) return [];
        const compared = values.filter(
          ({ time }) => time <= reading.time && time >= reading.time - lookBack(rule),
        );
        const where = {
          patient: `Patient/${patient}`,
          observation: versionOf(observation),
          ...wardOf(wards, observation.id),
        };
        return [findingOfTrend(rule, judgeTrend(rule, compared), reading, where)];
      });
  });
}

function spanOf({ patient, rule, since }: TrendQuestion, code: string): TrendSpan {
  return {
    ...{ patient, code, since, window: rule.windowHours * HOUR },
    before: lookBack(rule) - rule.windowHours * HOUR,
    slice: sliceOf(rule),
    direction: Math.sign(rule.threshold),
  };
}

function codingOf(code: string): { system: string; code: string } {
  const at = code.lastIndexOf('|');
  return { system: code.slice(0, at), code: code.slice(at + 1) };
}

/** The value of a reading in the unit of a rule; undefined where it has none. */
function inUnitOf({ current: { ruleset } }: Services, rule: TrendRule, row: TrendRow): number | undefined {
  const sign = signOf(ruleset, [codingOf(row.code)], undefined);
  return sign?.unit === undefined ? undefined : convertAmount(row.value, sign.unit, rule.unit);
}
