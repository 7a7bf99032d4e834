// What an Observation adds to the readings of its patient: one entry per value, under the code its vital sign goes by.
import { isJsonNumber, numberOf } from '../json/jsonNumber.ts';
import { convertAmount, unitOf } from './amount.ts';
import { judgeObservation, tellsOfPatient } from './judgeObservation.ts';
import {
  type Coding,
  type Concept,
  type JsonObject,
  type Measurement,
  momentOf,
  type Observation,
} from './observation.ts';
import type { Ruleset } from './ruleset.ts';
import { readingCodes, toldBy } from './scores/readingCodes.ts';
import type { Judged, PatientFacts, VitalSign } from './vitalSign.ts';

/** One value of an Observation. */
export interface TimelineEntry {
  /** place among the components; -1 for its own value */
  readonly component: number;
  /** `system|code`: one for all codes of a vital sign */
  readonly code: string;
  readonly name: string;
  /** in the unit of the vital sign; absent for codes, for what cannot be, and where it is only bounded */
  readonly value?: number;
  readonly unit?: string;
  /** a coded value, as text */
  readonly valueText?: string;
  readonly judged?: Judged;
}

export interface Timeline {
  /** milliseconds since 1970: when it was measured; where it does not say so, when it was stored */
  readonly time: number;
  readonly entries: readonly TimelineEntry[];
  /** places of values that cannot be */
  readonly impossible: ReadonlySet<number>;
}

/**
 * The entries of an Observation; none of what is withdrawn, registered only, test data or not of a human patient.
 * @param stored when this version was stored, milliseconds since 1970
 */
export function timelineOf(
  observation: JsonObject,
  facts: PatientFacts | undefined,
  ruleset: Ruleset,
  stored: number,
): Timeline {
  const moment = Date.parse(momentOf(observation) ?? '');
  const time = Number.isNaN(moment) ? stored : moment;
  const { component = [], status } = observation as Observation;
  if (status === 'registered' || !tellsOfPatient(observation, facts)) {
    return { time, entries: [], impossible: new Set() };
  }
  const { judged, unjudged } = judgeObservation(observation, facts, ruleset);
  const impossible = new Set(
    unjudged.filter(({ reason }) => reason === 'impossible').map((u) => u.component),
  );
  const entries = [observation as Measurement, ...component].flatMap((part, i): TimelineEntry[] => {
    const place = i - 1;
    const sign = signOf(ruleset, part.code?.coding, facts?.reference);
    const code = sign ? ruleset.nameOf(sign.codes[0]!) : toldCode(part.code?.coding);
    if (code === undefined || !hasValue(part)) return [];
    const own = judged.find((each) => each.component === place);
    const text = textOf(part.valueCodeableConcept);
    const name = sign?.name ?? textOf(part.code) ?? code;
    const amount = impossible.has(place) ? undefined : amountIn(part, sign?.unit);
    return [
      {
        ...{ component: place, code, name },
        ...(amount !== undefined && { value: amount, unit: sign!.unit! }),
        ...(text !== undefined && { valueText: text }),
        ...(own && { judged: own }),
      },
    ];
  });
  return { time, entries, impossible };
}

/** The codes that readings for the scores are kept under; those of one of these parameters where `of` is given. */
export function scoreReadingCodes(ruleset: Ruleset, of?: ReadonlySet<string>): string[] {
  const codes = readingCodes
    .filter(({ system, code }) => of === undefined || of.has(toldBy.get(`${system}|${code}`)!))
    .map((coding) => timelineCode(ruleset, coding));
  return [...new Set(codes)];
}

/** The code that readings with a code are kept under. */
export function timelineCode(ruleset: Ruleset, coding: Coding): string {
  return ruleset.nameOf(coding) ?? `${coding.system}|${coding.code}`;
}

/** The vital sign that codes stand for: the population's before one patient's, so that its code is the same for all. */
export function signOf(
  ruleset: Ruleset,
  codings: readonly Coding[] | undefined,
  patient: string | undefined,
): VitalSign | undefined {
  const rules = ruleset.rulesFor(codings, patient);
  return (rules?.population ?? rules?.patient)?.signs[0];
}

function toldCode(codings: readonly Coding[] | undefined): string | undefined {
  const coding = codings?.find(({ system, code }) => toldBy.has(`${system}|${code}`));
  return coding && `${coding.system}|${coding.code}`;
}

function hasValue(part: Measurement): boolean {
  for (const key in part) if (key.startsWith('value') && key.charCodeAt(5) <= 90) return true;
  return false;
}

function amountIn(
  { valueQuantity, valueInteger }: Measurement,
  unit: string | undefined,
): number | undefined {
  if (unit === undefined) return undefined;
  const quantity = valueQuantity ?? (valueInteger === undefined ? undefined : { value: valueInteger });
  if (!quantity || !isJsonNumber(quantity.value) || quantity.comparator !== undefined) return undefined;
  const from = unitOf(quantity);
  return from === undefined ? undefined : convertAmount(numberOf(quantity.value), from, unit);
}

function textOf(concept: Concept | undefined): string | undefined {
  const coding = concept?.coding?.find(({ display, code }) => display ?? code);
  return concept?.text ?? coding?.display ?? coding?.code;
}
