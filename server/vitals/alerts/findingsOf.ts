// Findings out of what was judged, scored and compared with earlier readings.

import { trendSystem } from '../codeSystems.ts';
import type { Score } from '../scores/score.ts';
import type { Timeline, TimelineEntry } from '../timeline.ts';
import type { TrendFinding, TrendRule } from '../trends/trendRule.ts';
import type { Finding, ObservationVersion, UsedRange } from './finding.ts';

/** What findings of one Observation have in common. */
export interface FoundIn {
  /** `Patient/[id]` */
  readonly patient: string;
  readonly observation: ObservationVersion;
  readonly wards?: readonly string[];
}

/** The findings of an Observation: one per code; of several values with one code the gravest. */
export function findingsOf({ time, entries }: Timeline, where: FoundIn): Finding[] {
  const found = new Map<string, Finding>();
  for (const entry of entries.toSorted((a, b) => gravity(b) - gravity(a))) {
    if (!found.has(entry.code)) found.set(entry.code, { ...where, time, ...ofEntry(entry) });
  }
  return [...found.values()];
}

const GRAVITY: Readonly<Record<string, number>> = { AA: 4, HH: 4, LL: 4, A: 3, H: 3, L: 3, N: 2 };

const gravity = ({ judged }: TimelineEntry): number => GRAVITY[judged?.interpretation ?? ''] ?? 1;

function ofEntry({
  code,
  name,
  value,
  unit,
  valueText,
  judged,
}: TimelineEntry): Omit<Finding, keyof FoundIn | 'time'> {
  return {
    ...{ code, name },
    ...(value !== undefined && { value }),
    ...(value !== undefined && unit !== undefined && { unit }),
    ...(valueText !== undefined && { valueText }),
    ...(judged && { interpretation: judged.interpretation, range: rangeOf(judged) }),
  };
}

function rangeOf({
  source,
  interval,
  definition,
  version,
  unit,
}: NonNullable<TimelineEntry['judged']>): UsedRange {
  return {
    source,
    ...(interval?.low !== undefined && { low: interval.low }),
    ...(interval?.high !== undefined && { high: interval.high }),
    ...(interval && { category: interval.category, position: interval.position }),
    ...(definition !== undefined && { definition }),
    ...(version !== undefined && { version }),
    ...(unit !== undefined && { unit }),
  };
}

/** The finding of a score that is stored as this Observation. */
export function findingOfScore({ ruleset, total, band }: Score, at: number, where: FoundIn): Finding {
  const { system, code } = ruleset.code;
  return { ...where, code: `${system}|${code}`, name: ruleset.title, time: at, value: total, band };
}

/** The code of findings of a trend rule. */
export const trendCode = ({ name }: Pick<TrendRule, 'name'>): string => `${trendSystem}|${name}`;

/** The finding of a trend rule at a reading; where it does not hold, that it does not. */
export function findingOfTrend(
  rule: TrendRule,
  trend: TrendFinding | undefined,
  reading: { time: number; value: number },
  where: FoundIn,
): Finding {
  const { time, value } = reading;
  return {
    ...where,
    ...{ code: trendCode(rule), name: rule.title, time, value, unit: rule.unit, trend: trend ?? 'none' },
  };
}
