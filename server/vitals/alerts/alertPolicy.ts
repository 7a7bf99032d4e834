// What raises an alert, how severe it is, and what ends it: the policy as data. It is kept as PlanDefinition resources
// (readPolicy.ts).
import type { Band } from '../scores/score.ts';
import type { TrendRule } from '../trends/trendRule.ts';
import type { Finding } from './finding.ts';

/** As DetectedIssue.severity has it. */
export type Severity = 'low' | 'moderate' | 'high';

/** A finding raises when each list that is given holds what the finding has. */
export interface RaiseRule {
  /** `critical-value` */
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  readonly interpretations?: readonly NonNullable<Finding['interpretation']>[];
  readonly bands?: readonly Band[];
  /** names of trend rules */
  readonly trends?: readonly string[];
  /** only readings and scores with these codes (`system|code`) */
  readonly codes?: readonly string[];
}

/** What ends an alert: readings one after the other, none between them that raises or is neither. */
export interface ResolveRule {
  readonly readings: number;
  /** `normal`: N, or the band `low` or `none`; `below`: whatever raises nothing */
  readonly when: 'normal' | 'below';
}

export type FindingKind = 'value' | 'score' | 'trend';

/** What holds in one place. */
export interface Rules {
  /** `PlanDefinition/salus-alert-policy` and its version, and those of the ward's own */
  readonly sources: readonly string[];
  readonly raise: readonly RaiseRule[];
  /**
   * Minutes from the latest raising reading: another one within them belongs to the same alert though it was resolved, and is
   * not announced again while it lasts, unless it is more severe.
   */
  readonly suppressionMinutes: number;
  readonly resolve: Readonly<Record<FindingKind, ResolveRule>>;
}

export interface AlertPolicy {
  readonly general: Rules;
  /** by reference or `system|code`: complete, the general rules merged in */
  readonly wards: Readonly<Record<string, Rules>>;
  readonly trends: readonly TrendRule[];
  /** readings older than this when they arrive raise nothing: what is loaded later is history */
  readonly oldestMinutes: number;
  /** readings dated later than this from now count when their time has come: clocks differ, and dates are mistyped */
  readonly futureMinutes: number;
}

/** The rules for a finding: of the narrowest of its wards that has any. */
export function rulesFor({ general, wards }: AlertPolicy, finding: Finding): Rules {
  const ward = finding.wards?.find((name) => Object.hasOwn(wards, name));
  return ward === undefined ? general : wards[ward]!;
}

/** What a finding does: raise with a severity, by a rule; count towards the end of an alert; or neither. */
export type Grade =
  | { readonly raises: true; readonly severity: Severity; readonly rule: RaiseRule }
  | { readonly raises: false; readonly resolving: boolean };

export function gradeOf(rules: Rules, finding: Finding): Grade {
  const rule = rules.raise
    .filter((candidate) => holds(candidate, finding))
    .reduce<RaiseRule | undefined>((a, b) => (a && rank(a.severity) >= rank(b.severity) ? a : b), undefined);
  if (rule) return { raises: true, severity: rule.severity, rule };
  const below = rules.resolve[kindOf(finding)].when === 'below' && isJudged(finding);
  return { raises: false, resolving: below || isNormal(finding) };
}

export function kindOf(finding: Finding): FindingKind {
  if (finding.trend !== undefined) return 'trend';
  return finding.band === undefined ? 'value' : 'score';
}

/** 0 for low to 2 for high. */
export const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

const SEVERITIES: readonly Severity[] = ['low', 'moderate', 'high'];

function holds(rule: RaiseRule, { code, interpretation, band, trend }: Finding): boolean {
  const among = <T>(list: readonly T[] | undefined, value: T | undefined): boolean =>
    list === undefined || (value !== undefined && list.includes(value));
  return (
    among(rule.interpretations, interpretation) &&
    among(rule.bands, band) &&
    among(rule.trends, trend === undefined || trend === 'none' ? undefined : trend.rule) &&
    among(rule.codes, code)
  );
}

/** A reading that could not be judged says nothing of the patient. */
const isJudged = ({ interpretation, band, trend }: Finding): boolean =>
  interpretation !== undefined || band !== undefined || trend !== undefined;

function isNormal({ interpretation, band, trend }: Finding): boolean {
  if (trend !== undefined) return trend === 'none';
  return band === undefined ? interpretation === 'N' : band === 'low' || band === 'none';
}
