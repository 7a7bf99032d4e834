// What the sender of a vital sign is told of its evaluation (operationoutcome.html): values that could not be judged, and those
// that were judged otherwise than their sender did.
import type { Issue, IssueCode } from '../errors.ts';
import type { Resource } from '../services.ts';
import { agrees } from '../vitals/annotate.ts';
import { withoutComputed } from '../vitals/computed.ts';
import type { Judgement } from '../vitals/judgeObservation.ts';
import type { Measurement, Observation } from '../vitals/observation.ts';
import type { Judged, Unjudged } from '../vitals/vitalSign.ts';

const codes: Readonly<Partial<Record<Unjudged['reason'], IssueCode>>> = {
  'no-value': 'informational',
  unit: 'value',
  impossible: 'value',
  'not-a-quantity': 'value',
  'unknown-code': 'code-invalid',
};

/** Warnings; mere information where there is no value to judge. */
export function vitalIssues(observation: Resource, { judged, unjudged }: Judgement): Issue[] {
  const sent = withoutComputed(observation);
  return [
    ...unjudged.map(({ component, reason, message }): Issue => {
      const severity = reason === 'no-value' ? 'information' : 'warning';
      return {
        severity,
        code: codes[reason] ?? 'incomplete',
        diagnostics: `Not judged: ${message}`,
        expression: [`${placeOf(component)}.value`],
      };
    }),
    ...judged.flatMap((each): Issue[] => {
      const part = partAt(sent, each.component);
      if (agrees(part, each.interpretation) !== false) return [];
      const diagnostics = `${each.name}: sent ${sentBy(part)}, computed ${each.interpretation} by ${decidedBy(each)}.`;
      const expression = [`${placeOf(each.component)}.interpretation`];
      return [{ severity: 'warning', code: 'business-rule', diagnostics, expression }];
    }),
  ];
}

const placeOf = (component: number) =>
  component < 0 ? 'Observation' : `Observation.component[${component}]`;

/** The Observation itself (-1), or one of its components. */
export function partAt(observation: object, component: number): Measurement {
  return component < 0 ? observation : (observation as Observation).component![component]!;
}

/** The interpretations that the sender gave. */
export function sentBy({ interpretation = [] }: Measurement): string {
  const said = interpretation.map(
    ({ coding, text }) => coding?.find(({ code }) => code)?.code ?? text ?? 'no code',
  );
  return said.join(', ');
}

/** Where the range that decided stands. */
function decidedBy({ definition, version, interval, source }: Judged): string {
  if (source === 'observation') return `referenceRange[${interval?.position}] of the Observation`;
  const place = interval ? `, qualifiedInterval[${interval.position}] (${interval.category})` : '';
  return `${definition}/_history/${version}${place}`;
}
