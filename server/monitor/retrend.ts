// Trend rules at the readings that changed, and at later ones that are compared with them.
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { StoredReading } from '../store/vitalReadings.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { findingOfTrend } from '../vitals/alerts/findingsOf.ts';
import { convertAmount } from '../vitals/amount.ts';
import { signOf, timelineCode } from '../vitals/timeline.ts';
import { judgeTrend } from '../vitals/trends/judgeTrend.ts';
import { lookBack, type TrendRule } from '../vitals/trends/trendRule.ts';
import { type PatientReadings, versionOf } from './patientReadings.ts';
import { wardOf, wardsOf } from './wards.ts';

/** What a rule is to be asked for: all readings of a patient (id) from a time on (milliseconds since 1970). */
export interface TrendQuestion {
  patient: string;
  rule: TrendRule;
  since: number;
}

/** The codes that readings of a rule are kept under. */
export function codesOf({ current: { ruleset } }: Services, rule: TrendRule): Set<string> {
  return new Set(
    rule.codes.map((code) => {
      const at = code.lastIndexOf('|');
      return timelineCode(ruleset, { system: code.slice(0, at), code: code.slice(at + 1) });
    }),
  );
}

/** What rules find at each reading they are asked for. */
export async function trendFindings(
  services: Services,
  db: Database,
  readings: PatientReadings,
  questions: readonly TrendQuestion[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { patient, rule, since } of questions) {
    const codes = [...codesOf(services, rule)];
    const rows = await readings.within([{ patient, codes, from: since - lookBack(rule), to: Infinity }]);
    const values = rows
      .flatMap((row) => {
        const value = inUnitOf(services, rule, row);
        return value === undefined ? [] : [{ ...row, value }];
      })
      .sort((a, b) => a.time - b.time);
    const asked = values.filter(({ time }) => time >= since);
    const observations = await readings.observations(asked.map(({ observation }) => observation));
    const wards = await wardsOf(services, db, observations.values());
    for (const reading of asked) {
      const observation = observations.get(reading.observation);
      if (!observation) continue;
      const until = values.filter(
        ({ time }) => time <= reading.time && time >= reading.time - lookBack(rule),
      );
      const where = {
        patient: `Patient/${patient}`,
        observation: versionOf(observation),
        ...wardOf(wards, observation.id),
      };
      findings.push(findingOfTrend(rule, judgeTrend(rule, until), reading, where));
    }
  }
  return findings;
}

/** The value of a reading in the unit of a rule; undefined where it has none. */
function inUnitOf(
  { current: { ruleset } }: Services,
  rule: TrendRule,
  { code, value }: StoredReading,
): number | undefined {
  const at = code.lastIndexOf('|');
  const sign = signOf(ruleset, [{ system: code.slice(0, at), code: code.slice(at + 1) }], undefined);
  if (value === null || sign?.unit === undefined) return undefined;
  return convertAmount(value, sign.unit, rule.unit);
}
