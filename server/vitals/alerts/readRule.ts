// A rule out of an action of a policy's PlanDefinition: its trigger (metadatatypes.html#TriggerDefinition) says which findings
// raise, by filters on their codes.
import type { FhirError } from '../../errors.ts';
import { bandSystem, interpretationSystem, trendSystem } from '../codeSystems.ts';
import { type Band, bands } from '../scores/score.ts';
import { EXTENSIONS } from './alertExtensions.ts';
import type { RaiseRule, Severity } from './alertPolicy.ts';
import type { Finding } from './finding.ts';
import { arrayOf, extensionsOf, type Json, oneOf } from './planElements.ts';

/** A rule without a trigger raises nothing: so a ward does without a general one. */
export interface PlanRule {
  rule: RaiseRule;
  triggered: boolean;
}

const INTERPRETATIONS = ['LL', 'L', 'N', 'H', 'HH', 'A', 'AA'] as const;

/**
 * The rule of an action.
 * @throws what `report` makes of the reason it cannot be used
 */
export function readRule(action: Json, report: (why: string) => FhirError): PlanRule {
  const code = arrayOf(arrayOf(action.code)[0]?.coding)[0]?.code;
  if (typeof code !== 'string') throw report('a rule needs code.coding.code, its name');
  const severity = extensionsOf(action, EXTENSIONS.severity)[0]?.valueCode;
  const title = typeof action.title === 'string' ? action.title : code;
  const triggers = arrayOf(action.trigger);
  const known: readonly Severity[] = ['low', 'moderate', 'high'];
  if (triggers.length === 0) return { rule: { name: code, title, severity: 'low' }, triggered: false };
  const data = arrayOf(triggers[0]!.data);
  if (triggers.length > 1 || triggers[0]!.type !== 'data-added' || data.length !== 1) {
    throw report('a rule has one trigger, data-added with one data requirement');
  }
  const rule = {
    ...{ name: code, title, severity: oneOf(severity, known, 'extension salus-alert-severity', report) },
    ...readFilters(arrayOf(data[0]!.codeFilter), report),
  };
  if (!rule.interpretations && !rule.bands && !rule.trends) {
    throw report(
      'a codeFilter must name interpretations, bands or a trend: else every reading would raise an alert',
    );
  }
  return { rule, triggered: true };
}

function readFilters(
  filters: readonly Json[],
  report: (why: string) => FhirError,
): Pick<RaiseRule, 'interpretations' | 'bands' | 'trends' | 'codes'> {
  const codings = filters.flatMap((filter) => {
    const path = oneOf(filter.path, ['interpretation', 'code'] as const, 'codeFilter.path', report);
    const found = arrayOf(filter.code);
    if (found.length === 0) throw report('a codeFilter names its codes in code');
    return found.map(({ system, code }) => ({
      path,
      system: String(system ?? ''),
      code: String(code ?? ''),
    }));
  });
  const of = (path: string, system: string) =>
    codings.filter((coding) => coding.path === path && coding.system === system).map(({ code }) => code);
  const listed = <T extends string>(codes: string[], known: readonly T[]): T[] =>
    codes.map((code) => oneOf(code, known, 'codeFilter.code', report));
  const interpretations: NonNullable<Finding['interpretation']>[] = listed(
    of('interpretation', interpretationSystem),
    INTERPRETATIONS,
  );
  const reached: Band[] = listed(of('interpretation', bandSystem), bands);
  const trends = of('code', trendSystem);
  const codes = codings
    .filter(({ path, system }) => path === 'code' && system !== trendSystem)
    .map(({ system, code }) => `${system}|${code}`);
  const foreign = codings.find(
    ({ path, system }) =>
      path === 'interpretation' && system !== interpretationSystem && system !== bandSystem,
  );
  if (foreign) throw report(`interpretations are of ${interpretationSystem} or ${bandSystem}`);
  if ([interpretations, reached, trends].filter(({ length }) => length > 0).length > 1) {
    throw report('a rule is about interpretations, bands or trends: make a rule of each');
  }
  return {
    ...(interpretations.length > 0 ? { interpretations } : {}),
    ...(reached.length > 0 ? { bands: reached } : {}),
    ...(trends.length > 0 ? { trends } : {}),
    ...(codes.length > 0 ? { codes } : {}),
  };
}
