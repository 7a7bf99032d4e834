// The readings in an Observation (https://hl7.org/fhir/R4/observation.html): its value and its components.
import { isJsonNumber, numberOf } from '../../json/jsonNumber.ts';
import { convertAmount, unitOf } from '../amount.ts';
import {
  type Coding,
  type Concept,
  type Measurement,
  momentOf,
  type Observation,
  type Quantity,
  shareCode,
  testData,
} from '../observation.ts';
import type { OxygenSupply, Parameter, Reading } from './reading.ts';
import { answers, measures, type Told, toldBy } from './readingCodes.ts';

/** Registered ones have no result yet; entered-in-error, cancelled and unknown ones none to rely on. */
const counting: ReadonlySet<unknown> = new Set(['final', 'amended', 'corrected', 'preliminary']);

/** % of oxygen in room air. */
const roomAir = 21;

/**
 * What an R4 Observation tells the scores; nothing where its status does not count, no time of day is told, or it is test
 * data. Values with a comparator or modifier, in a unit that does not convert, outside of what can be, or with an unknown
 * code are no readings.
 * @param impossible places of values that were judged impossible: of the component, -1 for the Observation's own
 */
export function readingsOf(observation: object, impossible: ReadonlySet<number> = new Set()): Reading[] {
  const {
    id,
    meta,
    status,
    component = [],
    ...own
  } = observation as Observation & {
    readonly id?: string;
    readonly meta?: { readonly versionId?: string; readonly security?: readonly Coding[] };
  };
  const moment = momentOf(own);
  const time = moment?.includes('T') ? Date.parse(moment) : Number.NaN;
  if (id === undefined || !counting.has(status) || own.modifierExtension || Number.isNaN(time)) return [];
  if (shareCode(meta?.security ?? [], [testData])) return [];
  const common = {
    time,
    observation: `Observation/${id}${meta?.versionId === undefined ? '' : `/_history/${meta.versionId}`}`,
    ...(status === 'preliminary' && { preliminary: true as const }),
  };

  const readings: Reading[] = [];
  const oxygen: OxygenAnswer[] = [];
  [own, ...component].forEach((measurement, i) => {
    const what =
      impossible.has(i - 1) || measurement.modifierExtension ? undefined : toldIn(measurement.code);
    if (what === undefined) return;
    if (what === 'flow' || what === 'fraction') {
      const answer = oxygenAnswer(what, measurement);
      if (answer) oxygen.push(answer);
      return;
    }
    const value = valueTold(what, measurement);
    if (value !== undefined) readings.push({ parameter: what, value, ...common });
  });
  if (oxygen.length > 0) {
    const supply: OxygenSupply = Object.assign({}, ...oxygen.map((answer) => answer.supply));
    const value = oxygen.some(({ given }) => given) ? 'oxygen' : 'air';
    readings.push({ parameter: 'oxygen', value, supply, ...common });
  }
  return readings;
}

function toldIn(concept: Concept | undefined): Told | undefined {
  for (const { system, code } of concept?.coding ?? []) {
    const what = toldBy.get(`${system}|${code}`);
    if (what) return what;
  }
  return undefined;
}

function valueTold(
  what: Exclude<Parameter, 'oxygen'>,
  measurement: Measurement,
): number | string | undefined {
  return what === 'consciousness' || what === 'effort'
    ? answerOf(what, measurement.valueCodeableConcept)
    : measuredAs(what, measurement.valueQuantity);
}

function answerOf(of: keyof typeof answers, concept: Concept | undefined): string | undefined {
  for (const { system, code } of concept?.coding ?? []) {
    const answer = answers[of].get(`${system}|${code}`);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** The amount in the unit of what is measured. */
function measuredAs(what: Told, quantity: Quantity | undefined): number | undefined {
  const measure = measures[what];
  const unit = quantity && unitOf(quantity);
  if (!measure || unit === undefined || !isJsonNumber(quantity!.value)) return undefined;
  if (quantity!.comparator !== undefined) return undefined;
  const amount = convertAmount(numberOf(quantity!.value), unit, measure.unit);
  return amount !== undefined && amount >= 0 && amount <= (measure.most ?? Number.MAX_VALUE)
    ? amount
    : undefined;
}

interface OxygenAnswer {
  readonly given: boolean;
  readonly supply: OxygenSupply;
}

function oxygenAnswer(
  what: 'flow' | 'fraction' | 'supply',
  measurement: Measurement,
): OxygenAnswer | undefined {
  const answer = answerOf('oxygen', measurement.valueCodeableConcept);
  if (answer) return { given: answer !== 'air', supply: answer === 'device' ? { device: true } : {} };
  // The SNOMED CT code of inspired oxygen may come with a fraction as well.
  const part = what === 'flow' ? 'flow' : 'fraction';
  const amount = measuredAs(part, measurement.valueQuantity);
  if (amount === undefined) return undefined;
  return { given: amount > (part === 'flow' ? 0 : roomAir), supply: { [part]: amount } };
}
