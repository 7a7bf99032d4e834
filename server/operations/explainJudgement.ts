// A judgement as parameters: of each value what was measured, what it was compared with and what came of it; what is stored of
// it beside.
import { partAt, sentBy } from '../fhir/vitalIssues.ts';
import { ucum } from '../units/unit.ts';
import { ageAt } from '../vitals/age.ts';
import { agrees } from '../vitals/annotate.ts';
import { interpretationSystem } from '../vitals/codeSystems.ts';
import { withoutComputed } from '../vitals/computed.ts';
import { contextsAt } from '../vitals/contexts.ts';
import type { Judgement } from '../vitals/judgeObservation.ts';
import type { JsonObject, Measurement, Observation } from '../vitals/observation.ts';
import { storedJudgementOf } from '../vitals/storedJudgement.ts';
import type { Context, Judged, PatientFacts, Unjudged } from '../vitals/vitalSign.ts';
import { explainStored } from './explainStored.ts';
import type { Parameter } from './parametersText.ts';

/** What of the patient the ranges may have asked for, at the time of the measurement. */
export function explainPatient(facts: PatientFacts, when: string | undefined): Parameter {
  const { reference, birthDate, gender, gestationalAge, nonHuman } = facts;
  const age = birthDate === undefined || when === undefined ? undefined : ageAt(birthDate, when);
  return {
    name: 'patient',
    part: [
      { name: 'reference', valueReference: { reference } },
      ...(birthDate === undefined ? [] : [{ name: 'birthDate', valueDate: birthDate }]),
      ...(age
        ? [{ name: 'age', valueString: [...new Set([inWords(age.from), inWords(age.to)])].join(' to ') }]
        : []),
      ...(gender === undefined ? [] : [{ name: 'gender', valueCode: gender }]),
      ...(gestationalAge
        ? [
            {
              name: 'gestationalAge',
              valueString: `${gestationalAge.weeks} weeks, ${gestationalAge.days} days at birth`,
            },
          ]
        : []),
      ...(contextsAt(facts.contexts, when) as readonly Context[]).map(explainContext),
      ...(nonHuman ? [{ name: 'animal', valueBoolean: true }] : []),
    ],
  };
}

function explainContext({ system, code, from, to }: Context): Parameter {
  const instant = (ms: number) => new Date(ms).toISOString();
  return {
    name: 'context',
    part: [
      { name: 'code', valueCoding: { system, code } },
      ...(from === undefined ? [] : [{ name: 'from', valueDateTime: instant(from) }]),
      ...(to === undefined ? [] : [{ name: 'to', valueDateTime: instant(to) }]),
    ],
  };
}

/** The units that people of this age are told theirs in. */
function inWords({ a, mo, d }: { a: number; mo: number; d: number }): string {
  if (a >= 2) return `${a} years`;
  return mo >= 2 ? `${mo} months` : `${d} ${d === 1 ? 'day' : 'days'}`;
}

/** One parameter for each value that is judged now or has a judgement stored, in the order of the components. */
export function explainValues(observation: JsonObject, { judged, unjudged }: Judgement): Parameter[] {
  const sent = withoutComputed(observation);
  const byPlace = new Map([...judged, ...unjudged].map((each) => [each.component, each]));
  const values: Parameter[] = [];
  const components = (observation as Observation).component?.length ?? 0;
  for (let component = -1; component < components; component++) {
    const now = byPlace.get(component);
    const stored = partAt(observation, component);
    if (!now && !storedJudgementOf(stored)) continue;
    const part = partAt(sent, component);
    const place = component < 0 ? 'Observation' : `Observation.component[${component}]`;
    const { code } = part;
    const name = now?.name ?? code?.text ?? code?.coding?.find((coding) => coding.code)?.code;
    values.push({
      name: 'value',
      part: [
        { name: 'element', valueString: place },
        ...(name === undefined ? [] : [{ name: 'name', valueString: name }]),
        ...measured(part),
        ...(now ? ('reason' in now ? explainUnjudged(now) : explainJudged(now)) : []),
        ...explainSent(part, now),
        ...explainStored(stored, now),
      ],
    });
  }
  return values;
}

/** The value as it was sent. */
function measured(part: Measurement): Parameter[] {
  const key = Object.keys(part).find((name) => /^value[A-Z]/.test(name));
  const value = key && (part as Record<string, unknown>)[key];
  return value === undefined || value === '' ? [] : [{ name: 'measured', [key!]: value }];
}

function explainUnjudged({ reason, message }: Unjudged): Parameter[] {
  const part = [
    { name: 'reason', valueCode: reason },
    { name: 'message', valueString: message },
  ];
  return [{ name: 'notJudged', part }];
}

function explainJudged(judged: Judged): Parameter[] {
  const { interpretation, value, unit, source, definition, version, interval, reference, notes } = judged;
  return [
    { name: 'result', valueCoding: { system: interpretationSystem, code: interpretation } },
    ...(value === undefined ? [] : [{ name: 'compared', valueQuantity: quantity(value, unit) }]),
    {
      name: 'decidedBy',
      part: [
        { name: 'source', valueCode: source },
        ...definitionOf(definition, version),
        ...(interval
          ? [
              { name: 'interval', valueInteger: interval.position },
              { name: 'category', valueCode: interval.category },
              ...limits(interval, unit),
              ...(interval.condition === undefined
                ? []
                : [{ name: 'condition', valueString: interval.condition }]),
            ]
          : []),
      ],
    },
    ...(reference
      ? [
          {
            name: 'normal',
            part: [
              ...definitionOf(reference.definition, reference.version),
              { name: 'interval', valueInteger: reference.position },
              ...limits(reference, unit),
            ],
          },
        ]
      : []),
    ...(notes ?? []).map((note) => ({ name: 'note', valueString: note })),
  ];
}

function definitionOf(definition: string | undefined, version: string | undefined): Parameter[] {
  if (definition === undefined) return [];
  return [{ name: 'definition', valueReference: { reference: `${definition}/_history/${version}` } }];
}

function limits({ low, high }: { low?: number; high?: number }, unit: string | undefined): Parameter[] {
  return [
    ...(low === undefined ? [] : [{ name: 'low', valueQuantity: quantity(low, unit) }]),
    ...(high === undefined ? [] : [{ name: 'high', valueQuantity: quantity(high, unit) }]),
  ];
}

const quantity = (value: number, unit: string | undefined) => ({ value, unit, system: ucum, code: unit });

/** What the sender says of the value, and whether it is what was computed. */
function explainSent(part: Measurement, each: Judged | Unjudged | undefined): Parameter[] {
  if (!part.interpretation?.length) return [];
  const agreed = !each || 'reason' in each ? undefined : agrees(part, each.interpretation);
  return [
    { name: 'sent', valueString: sentBy(part) },
    ...(agreed === undefined ? [] : [{ name: 'agrees', valueBoolean: agreed }]),
  ];
}
