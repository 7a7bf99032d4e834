// What is stored of a judgement, as parameters, and in what it differs from the judgement by the ranges in force now.
import { sentBy } from '../fhir/vitalIssues.ts';
import { numberOf } from '../json/jsonNumber.ts';
import { agrees } from '../vitals/annotate.ts';
import { interpretationSystem } from '../vitals/codeSystems.ts';
import { withoutComputed } from '../vitals/computed.ts';
import type { JsonObject, Measurement } from '../vitals/observation.ts';
import { type StoredJudgement, type StoredRule, storedJudgementOf } from '../vitals/storedJudgement.ts';
import type { Judged, Unjudged } from '../vitals/vitalSign.ts';
import type { Parameter } from './parametersText.ts';

/** Who wants what is stored to follow the ranges in force. */
const REMEDY = '$evaluate-vitals judges what is stored again.';

/**
 * The parameters `stored` (what the server once added) and `difference` (sentences, where the judgement now is another).
 * @param part as it is stored, with what was computed
 * @param now undefined for what is no vital sign any more, or not to be judged
 */
export function explainStored(part: Measurement, now: Judged | Unjudged | undefined): Parameter[] {
  const stored = storedJudgementOf(part);
  const differences = differencesOf(part, stored, now);
  return [
    ...(stored ? [{ name: 'stored', part: storedParts(stored) }] : []),
    ...(differences.length > 0
      ? [{ name: 'difference', valueString: [...differences, REMEDY].join(' ') }]
      : []),
  ];
}

function storedParts({ interpretation, by, normal }: StoredJudgement): Parameter[] {
  return [
    ...(interpretation === undefined
      ? []
      : [{ name: 'result', valueCoding: { system: interpretationSystem, code: interpretation } }]),
    ...ruleParts(by),
    ...(normal
      ? [
          {
            name: 'normal',
            part: [
              ...ruleParts(normal.by),
              ...(normal.low ? [{ name: 'low', valueQuantity: normal.low }] : []),
              ...(normal.high ? [{ name: 'high', valueQuantity: normal.high }] : []),
            ],
          },
        ]
      : []),
  ];
}

function ruleParts(rule: StoredRule | undefined): Parameter[] {
  if (!rule) return [];
  const { definition, version, position } = rule;
  return [
    ...(definition === undefined
      ? [{ name: 'source', valueCode: 'observation' }]
      : [{ name: 'definition', valueReference: { reference: `${definition}/_history/${version}` } }]),
    ...(position === undefined ? [] : [{ name: 'interval', valueInteger: position }]),
  ];
}

function differencesOf(
  part: Measurement,
  stored: StoredJudgement | undefined,
  now: Judged | Unjudged | undefined,
): string[] {
  if (!now || 'reason' in now) {
    if (!stored) return [];
    const then = stored.interpretation ? `${stored.interpretation} ${ruleText(stored.by)}` : 'a normal range';
    return [`Stored is ${then}; now it is not judged${now ? `: ${now.message}` : '.'}`];
  }
  const ruleNow = ruleOf(now);
  if (stored?.interpretation === undefined) {
    const sent = withoutComputed(part as JsonObject) as Measurement;
    const agreed = agrees(sent, now.interpretation);
    if (agreed === true) return normalDifference(stored, now);
    const why =
      agreed === undefined
        ? 'No judgement is stored: none was made when the reading was stored, or VITALS was observe'
        : `No judgement is stored beside ${sentBy(sent)}, which was sent: it said the same, or none was made`;
    return [
      `${why}; now it is ${now.interpretation} ${ruleText(ruleNow)}.`,
      ...normalDifference(stored, now),
    ];
  }
  if (stored.interpretation === now.interpretation) return normalDifference(stored, now);
  const then = `Stored is ${stored.interpretation} ${ruleText(stored.by)}`;
  return [
    `${then}; now it is ${now.interpretation} ${ruleText(ruleNow)}: ${whyDifferent(stored.by, ruleNow)}.`,
    ...normalDifference(stored, now),
  ];
}

/** What the normal limits were where the ones in force are others. */
function normalDifference(stored: StoredJudgement | undefined, { reference }: Judged): string[] {
  const normal = stored?.normal;
  if (!normal || !reference) return [];
  const number = (side: 'low' | 'high') => {
    const value = normal[side]?.value;
    return value === undefined ? undefined : numberOf(value);
  };
  const [low, high] = [number('low'), number('high')];
  if (low === reference.low && high === reference.high) return [];
  const now = { definition: reference.definition, version: reference.version, position: reference.position };
  return [
    `The normal range that is stored is ${limitsText(low, high)} ${ruleText(normal.by)}; ` +
      `now it is ${limitsText(reference.low, reference.high)} ${ruleText(now as StoredRule)}.`,
  ];
}

function ruleOf({ definition, version, interval }: Judged): StoredRule {
  return {
    ...(definition !== undefined && { definition }),
    ...(version !== undefined && { version }),
    ...(interval && { position: interval.position }),
  };
}

function whyDifferent(then: StoredRule | undefined, now: StoredRule): string {
  if (!then || then.definition !== now.definition) return 'another range decides';
  if (then.version !== now.version) {
    return `${now.definition} was in version ${then.version} then and is in version ${now.version} now`;
  }
  return 'what is known of the patient, or another range, has changed';
}

/** "by ObservationDefinition/x version 3, qualifiedInterval[13]" */
function ruleText(rule: StoredRule | undefined): string {
  if (!rule) return '';
  const { definition, version, position } = rule;
  const at = position === undefined ? '' : `[${position}]`;
  if (definition === undefined) return `by Observation.referenceRange${at}`;
  return `by ${definition} version ${version}${at && `, qualifiedInterval${at}`}`;
}

function limitsText(low: number | undefined, high: number | undefined): string {
  if (low === undefined) return `at most ${high}`;
  return high === undefined ? `at least ${low}` : `${low} to ${high}`;
}
