// The alert policy out of PlanDefinition resources (plandefinition.html, event-condition-action rules): the general one, and
// one for each ward that differs (useContext venue). An action is a rule: its trigger says which findings raise.
// fhir-profiles/alert-policy/ holds the shipped one, fhir-profiles/ the extensions.
import { type FhirError, refuse } from '../../errors.ts';
import { planTypeSystem } from '../codeSystems.ts';
import type { TrendRule } from '../trends/trendRule.ts';
import { EXTENSIONS } from './alertExtensions.ts';
import type { AlertPolicy, FindingKind, ResolveRule, Rules } from './alertPolicy.ts';
import { arrayOf, extensionsOf, type Json, minutesOf, numberAt, oneOf, textAt } from './planElements.ts';
import { type PlanRule, readRule } from './readRule.ts';
import { readTrend } from './readTrend.ts';

/** PlanDefinition.type by which a policy is known. */
export const policyType = {
  system: planTypeSystem,
  code: 'alert-policy',
} as const;

/** More rules than this are no policy that anybody could explain. */
const MOST_RULES = 200;
const YEAR = 366 * 24 * 60;

/** Whether a resource is a policy for alerts, in force or not. */
export function isAlertPolicy(resource: Json): boolean {
  if (resource.resourceType !== 'PlanDefinition') return false;
  const codings: readonly (Json | null)[] = arrayOf((resource.type as Json | null | undefined)?.coding);
  return codings.some((coding) => coding?.system === policyType.system && coding.code === policyType.code);
}

/**
 * The policy that PlanDefinitions say together; those that are not active do not count.
 * @throws FhirError 422 naming the resource, the element and what is wrong: no general policy, or two; two for one ward
 */
export function readPolicy(plans: readonly Json[]): AlertPolicy {
  const active = plans.filter((plan) => isAlertPolicy(plan) && plan.status === 'active').map(readPlan);
  const general = active.filter(({ wards }) => wards.length === 0);
  if (general.length !== 1) {
    const found = general.length === 0 ? 'there is none' : general.map(({ name }) => name).join(', ');
    throw refuse(
      422,
      'business-rule',
      `One active alert policy without useContext is needed (${found}). Make one PlanDefinition active, retire others; one without actions raises no alerts.`,
    );
  }
  const base = general[0]!;
  const rules: Rules = {
    sources: [base.source],
    raise: base.rules.filter(raises).map(({ rule }) => rule),
    suppressionMinutes: base.suppression ?? 30,
    resolve: { ...DEFAULT_RESOLVE, ...base.resolve },
  };
  const names = new Set(base.trends.map(({ name }) => name));
  const wards: Record<string, Rules> = {};
  for (const plan of active) {
    checkTrends(plan, names);
    for (const ward of plan.wards) {
      if (Object.hasOwn(wards, ward)) {
        throw wrong(plan.name, 'useContext', `${ward} has another active alert policy already: retire one`);
      }
      wards[ward] = merge(rules, plan);
    }
  }
  const { trends, oldest = 24 * 60, future = 10 } = base;
  return { general: rules, wards, trends, oldestMinutes: oldest, futureMinutes: future };
}

/** Without anything said: two normal values, one score or trend that raises nothing. */
const DEFAULT_RESOLVE: Rules['resolve'] = {
  value: { readings: 2, when: 'normal' },
  score: { readings: 1, when: 'below' },
  trend: { readings: 1, when: 'below' },
};

interface Plan {
  name: string;
  source: string;
  wards: string[];
  rules: PlanRule[];
  trends: TrendRule[];
  resolve: Partial<Record<FindingKind, ResolveRule>>;
  suppression?: number;
  oldest?: number;
  future?: number;
}

const raises = ({ triggered }: PlanRule): boolean => triggered;

/** A ward's rules go before general ones of the same code; what it does not say is general. */
function merge(general: Rules, { source, rules, suppression, resolve }: Plan): Rules {
  const own = new Set(rules.map(({ rule }) => rule.name));
  return {
    sources: [...general.sources, source],
    raise: [
      ...general.raise.filter(({ name }) => !own.has(name)),
      ...rules.filter(raises).map(({ rule }) => rule),
    ],
    suppressionMinutes: suppression ?? general.suppressionMinutes,
    resolve: { ...general.resolve, ...resolve },
  };
}

function checkTrends({ name, wards, trends, rules, oldest, future }: Plan, known: ReadonlySet<string>): void {
  if (wards.length > 0 && (trends.length > 0 || oldest !== undefined || future !== undefined)) {
    throw wrong(name, 'useContext', 'trend rules, oldest and future are said in the general policy only');
  }
  for (const { rule } of rules) {
    const unknown = rule.trends?.find((trend) => !known.has(trend));
    if (unknown) throw wrong(name, `action ${rule.name}`, `there is no trend rule "${unknown}"`);
  }
}

function readPlan(plan: Json): Plan {
  const name = `PlanDefinition/${plan.id ?? '?'}`;
  const version = (plan.meta as Json | undefined)?.versionId;
  const actions = arrayOf(plan.action);
  if (actions.length > MOST_RULES) throw wrong(name, 'action', `at most ${MOST_RULES} rules`);
  const timing = extensionsOf(plan, EXTENSIONS.timing)[0];
  const minutes = (part: string, least: number) =>
    timing && minutesOf(timing, part, { least, most: YEAR }, (why) => wrong(name, `timing ${part}`, why));
  const rules = actions.map((action, at) => readRule(action, (why) => wrong(name, `action[${at}]`, why)));
  const repeated = rules.find(
    ({ rule }, at) => rules.findIndex((other) => other.rule.name === rule.name) < at,
  );
  if (repeated) throw wrong(name, 'action', `two rules have the code "${repeated.rule.name}"`);
  return {
    name,
    source: version === undefined ? name : `${name}/_history/${version}`,
    wards: readWards(plan, name),
    rules,
    trends: actions.flatMap((action, at) => {
      const extension = extensionsOf(action, EXTENSIONS.trend)[0];
      const { name: code, title } = rules[at]!.rule;
      const report = (why: string) => wrong(name, `action[${at}]`, why);
      return extension ? [readTrend(extension, code, title, report)] : [];
    }),
    resolve: readResolve(plan, name),
    suppression: minutes('suppression', 0),
    oldest: minutes('oldest', 1),
    future: minutes('future', 0),
  };
}

function readWards(plan: Json, name: string): string[] {
  return arrayOf(plan.useContext).flatMap((context, at) => {
    const reference = (context.valueReference as Json | undefined)?.reference;
    const codings = arrayOf((context.valueCodeableConcept as Json | undefined)?.coding);
    const venue = (context.code as Json | undefined)?.code === 'venue';
    const wards = [
      ...(typeof reference === 'string' ? [reference] : []),
      ...codings.map(({ system, code }) => `${system ?? ''}|${code}`),
    ];
    if (venue && wards.length > 0) return wards;
    throw wrong(
      name,
      `useContext[${at}]`,
      'only venue is understood, with a reference or a code of the ward',
    );
  });
}

function readResolve(plan: Json, name: string): Plan['resolve'] {
  const entries = extensionsOf(plan, EXTENSIONS.resolve).map((extension) => {
    const report = (why: string) => wrong(name, 'extension salus-alert-resolve', why);
    const kind = oneOf(textAt(extension, 'of'), ['value', 'score', 'trend'] as const, 'of', report);
    const readings = numberAt(extension, 'readings');
    if (readings === undefined || !Number.isInteger(readings) || readings < 1 || readings > 100) {
      throw report('readings is a whole number from 1 to 100');
    }
    const when = oneOf(textAt(extension, 'when'), ['normal', 'below'] as const, 'when', report);
    return [kind, { readings, when }] as const;
  });
  return Object.fromEntries(entries);
}

function wrong(plan: string, at: string, why: string): FhirError {
  return refuse(422, 'business-rule', `${plan} cannot be used as an alert policy: ${at}: ${why}.`);
}
