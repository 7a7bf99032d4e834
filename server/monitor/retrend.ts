// Trend rules at the readings that changed, and at later ones that are compared with them.
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { sliceFirsts } from '../store/sliceFirsts.ts';
import { type TrendRow, type TrendSpan, trendReadings } from '../store/trendReadings.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { findingOfTrend, trendCode } from '../vitals/alerts/findingsOf.ts';
import { convertAmount } from '../vitals/amount.ts';
import { signOf, timelineCode } from '../vitals/timeline.ts';
import { judgeTrend } from '../vitals/trends/judgeTrend.ts';
import { HOUR, lookBack, sliceOf, type TrendRule } from '../vitals/trends/trendRule.ts';
import { type PatientReadings, versionOf } from './patientReadings.ts';
import { wardOf, wardsOf } from './wards.ts';

/** What a rule is to be asked for: readings of a patient (id) that changed. Times are milliseconds since 1970. */
export interface TrendQuestion {
  patient: string;
  rule: TrendRule;
  /** of the earliest change: this reading and all later ones, which are compared with it */
  since: number;
  /** of readings that did not change, but are followed up again */
  again?: ReadonlySet<number>;
}

/** Readings in a window: more than one a minute for three days. A rule that would need more is not asked, and the log says so. */
const MOST_IN_WINDOW = 5_000;

/** The codes that readings of a rule are kept under. */
export function codesOf({ current: { ruleset } }: Services, rule: TrendRule): Set<string> {
  return new Set(rule.codes.map((code) => timelineCode(ruleset, codingOf(code))));
}

/**
 * What rules find at the readings they are asked for. A rule with a baseline of its own is for readings that come often: it is
 * asked at the first reading of each slice of time (`sliceOf`) only, whatever order they came in.
 */
export async function trendFindings(
  services: Services,
  db: Database,
  readings: PatientReadings,
  questions: readonly TrendQuestion[],
): Promise<Finding[]> {
  const { asked, withdrawn } = await askedTimes(services, db, questions);
  const found = await judgedAt(services, db, readings, asked);
  return [...found, ...withdrawn];
}

/** A question with the times it is asked at. */
export interface AskedTimes extends Pick<TrendQuestion, 'patient' | 'rule'> {
  /** undefined: at every reading from the earliest on */
  times: ReadonlySet<number> | undefined;
  since: number;
}

async function askedTimes(
  services: Services,
  db: Database,
  questions: readonly TrendQuestion[],
): Promise<{ asked: AskedTimes[]; withdrawn: Finding[] }> {
  const sliced = questions.filter(({ rule }) => rule.baseline?.hours !== undefined);
  const spans = sliced.map(({ patient, rule, since, again }) => {
    const latest = Math.max(...(again ?? []), ...(Number.isFinite(since) ? [since, Date.now()] : []));
    const codes = [...codesOf(services, rule)];
    return { patient, codes, from: Math.min(since, ...(again ?? [])), to: latest, slice: sliceOf(rule) };
  });
  const firsts = Map.groupBy(await sliceFirsts(db, spans), ({ span }) => span);
  const withdrawn: Finding[] = [];
  const asked = questions.flatMap((question): AskedTimes[] => {
    const { patient, rule, since, again = new Set<number>() } = question;
    const place = sliced.indexOf(question);
    if (place < 0) {
      const times = Number.isFinite(since) ? undefined : again;
      return [{ patient, rule, since: Math.min(since, ...again), times }];
    }
    const own = (firsts.get(place) ?? []).toSorted((a, b) => a.time - b.time || a.place - b.place);
    const times = new Set<number>();
    for (const [i, { time, place: nth, observation }] of own.entries()) {
      if (nth === 1 && (time >= since || again.has(time))) times.add(time);
      // What came before it took its place.
      if (nth === 2 && own[i - 1]!.time >= since) {
        const code = trendCode(rule);
        withdrawn.push({
          ...{ patient: `Patient/${patient}`, code, name: code, time, withdrawn: true },
          observation: { reference: `Observation/${observation}`, version: String(Number.MAX_SAFE_INTEGER) },
        });
      }
    }
    return times.size > 0 ? [{ patient, rule, since: Math.min(...times), times }] : [];
  });
  return { asked, withdrawn };
}

/** What rules find at the readings of these times. */
export async function judgedAt(
  services: Services,
  db: Database,
  readings: PatientReadings,
  asked: readonly AskedTimes[],
): Promise<Finding[]> {
  const spans = asked.flatMap((question) =>
    [...codesOf(services, question.rule)].map((code) => ({ question, ...spanOf(question, code) })),
  );
  const rows = await trendReadings(db, spans, MOST_IN_WINDOW + 1);
  const isAsked = ({ times, since }: AskedTimes, time: number) => times?.has(time) ?? time >= since;
  const byQuestion = Map.groupBy(rows, ({ span }) => spans[span]!.question);
  const observations = await readings.observations(
    rows.filter(({ span, time }) => isAsked(spans[span]!.question, time)).map((row) => row.observation),
  );
  const wards = await wardsOf(services, db, observations.values());
  return asked.flatMap((question) => {
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
      .filter(({ time }) => isAsked(question, time))
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

function spanOf({ patient, rule, since }: AskedTimes, code: string): TrendSpan {
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
