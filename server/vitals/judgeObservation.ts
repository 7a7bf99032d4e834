// What each value of an Observation is: low, normal, high, critical, or why that cannot be told. Pure: the same Observation,
// patient and ruleset give the same answer, whatever this server added to the Observation before.
import { isJsonNumber } from '../json/jsonNumber.ts';
import { amountOf, isUnitless } from './amount.ts';
import { judgeAmount } from './judgeAmount.ts';
import {
  type Concept,
  codesOf,
  type JsonObject,
  type Measurement,
  momentOf,
  type Observation,
  type Quantity,
  shareCode,
  testData,
} from './observation.ts';
import type { Rules, Ruleset, RulesFor } from './ruleset.ts';
import type { Judged, PatientFacts, Unjudged, VitalSign } from './vitalSign.ts';

export interface Judgement {
  readonly judged: Judged[];
  readonly unjudged: Unjudged[];
}

/** Statuses of what is not, or no longer, a finding. */
const withdrawn: ReadonlySet<string | undefined> = new Set(['entered-in-error', 'cancelled']);

/**
 * Judges the value of an Observation that has passed the base specification, and each of its components. Nothing is judged
 * of what is withdrawn (entered-in-error, cancelled), labelled as test data, or about an animal, a group, a device or a place. A date in
 * the future is taken as it is: a clock that runs fast must not cost an alarm.
 * @param facts of its patient; undefined where that is not known, which leaves age and gender open
 */
export function judgeObservation(
  observation: JsonObject,
  facts: PatientFacts | undefined,
  ruleset: Ruleset,
): Judgement {
  const judgement: Judgement = { judged: [], unjudged: [] };
  if (!tellsOfPatient(observation, facts)) return judgement;
  const { subject, component, hasMember } = observation as Observation;
  const patient = facts?.reference ?? subject?.reference;
  const when = momentOf(observation);
  const judgePart = (part: Measurement, index: number, isGroup: boolean) => {
    const rules = ruleset.rulesFor(part.code?.coding, patient);
    if (!rules) return;
    const result = judgeMeasurement(part, { index, rules, facts, when, observation, isGroup });
    if (!result) return;
    if ('reason' in result) judgement.unjudged.push(result);
    else judgement.judged.push(result);
  };
  judgePart(observation, -1, component !== undefined || hasMember !== undefined);
  for (const [index, part] of component?.entries() ?? []) judgePart(part, index, false);
  return judgement;
}

/** Whether an Observation says anything of a human patient: false for what is withdrawn, test data, or of something else. */
export function tellsOfPatient(observation: JsonObject, facts: PatientFacts | undefined): boolean {
  return whyNotJudged(observation, facts) === undefined;
}

/** Why {@link tellsOfPatient} says no, in a sentence; undefined where it says yes. */
export function whyNotJudged(observation: JsonObject, facts: PatientFacts | undefined): string | undefined {
  const { status, meta, subject } = observation as Observation;
  if (withdrawn.has(status)) return `Its status is ${status}.`;
  if (facts?.nonHuman) return 'Its subject is an animal.';
  if (!isOfPatient(subject)) return 'Its subject is no patient.';
  if (meta?.security && shareCode(meta.security, [testData])) return 'It is labelled as test data (HTEST).';
  return undefined;
}

function isOfPatient(subject: Observation['subject']): boolean {
  if (subject?.type !== undefined && subject.type !== 'Patient') return false;
  return !/(?:^|\/)(?:Group|Device|Location)\/[^/]+(?:\/_history\/[^/]+)?$/.test(subject?.reference ?? '');
}

/** What a value is judged with. */
interface Question {
  readonly index: number;
  readonly rules: RulesFor;
  readonly facts: PatientFacts | undefined;
  readonly when: string | undefined;
  readonly observation: JsonObject;
  /** without a value of its own it is only the head of others */
  readonly isGroup: boolean;
}

function judgeMeasurement(part: Measurement, question: Question): Judged | Unjudged | undefined {
  const { index, rules, facts, when, observation, isGroup } = question;
  const sign = (rules.patient ?? rules.population)!.signs[0]!;
  const refuse = (reason: Unjudged['reason'], why: string): Unjudged => ({
    component: index,
    name: sign.name,
    reason,
    message: `${sign.name}: ${why}.`,
  });
  const type = valueTypeOf(part);
  if (type === undefined) {
    if (part.dataAbsentReason) {
      return refuse('no-value', `there is no value (${textOf(part.dataAbsentReason)})`);
    }
    return isGroup ? undefined : refuse('no-value', 'there is no value');
  }
  const { focus, modifierExtension } = observation as Observation;
  if (modifierExtension?.length || part.modifierExtension?.length) {
    return refuse('modifier', 'a modifierExtension says more than is understood here');
  }
  if (focus?.length) return refuse('not-the-patient', 'focus says that it is not of the patient');
  if (part.valueCodeableConcept) return judgeCode(part.valueCodeableConcept, question, refuse);
  const quantity = quantityOf(part, sign);
  if (!quantity) return refuse('not-a-quantity', `a ${type} cannot be compared with a range`);
  if (!isJsonNumber(quantity.value)) return refuse('no-value', 'its valueQuantity has no value');
  const amount = amountOf(quantity, quantity.value);
  return judgeAmount(amount, part, { index, name: sign.name, rules, facts, when, refuse });
}

/** The type that its value has. */
function valueTypeOf(part: Measurement): string | undefined {
  for (const key in part) {
    if (key.startsWith('value') && key.charCodeAt(5) <= 90) return key.slice(5);
  }
  return undefined;
}

function quantityOf({ valueQuantity, valueInteger }: Measurement, sign: VitalSign): Quantity | undefined {
  if (valueQuantity) return valueQuantity;
  const counts = valueInteger !== undefined && sign.unit !== undefined && isUnitless(sign.unit);
  return counts ? { value: valueInteger } : undefined;
}

function textOf(concept: Concept): string {
  return concept.text ?? concept.coding?.find(({ code }) => code)?.code ?? 'without a reason';
}

/** Codes are looked up in the patient's own lists, then in those of everybody; where definitions disagree, the worst holds. */
function judgeCode(
  concept: Concept,
  { index, rules }: Question,
  refuse: (reason: Unjudged['reason'], why: string) => Unjudged,
): Judged | Unjudged {
  const codes = codesOf(concept);
  let hasLists = false;
  for (const source of ['patient', 'population'] as const) {
    const signs = (rules[source] as Rules | undefined)?.signs ?? [];
    for (const [list, interpretation] of codeLists) {
      for (const sign of signs) {
        const { name, definition, version } = sign;
        hasLists ||= sign[list] !== undefined;
        if (sign[list] && shareCode(codes, sign[list])) {
          return { component: index, name, interpretation, source, definition, version };
        }
      }
    }
  }
  if (!hasLists) return refuse('not-a-quantity', 'a code cannot be compared with a range');
  return refuse('unknown-code', `no set of codes has ${textOf(concept)}`);
}

/** The worst first. */
const codeLists = [
  ['criticalCodes', 'AA'],
  ['abnormalCodes', 'A'],
  ['normalCodes', 'N'],
] as const;
