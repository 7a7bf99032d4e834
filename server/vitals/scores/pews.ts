// PEWS of a set of readings, for children below 16 years.
import type { ReadingSet } from './newestSet.ts';
import {
  type PewsAge,
  pewsBands,
  pewsCodes,
  pewsConsciousness,
  pewsDeviceScore,
  pewsEffort,
  pewsRuleset,
  pewsSharedSteps,
  pewsSteps,
} from './pewsTables.ts';
import type { Parameter, Reading } from './reading.ts';
import { type Incomplete, type Score, type Subscore, stepScore } from './score.ts';

/** What PEWS needs, in the order of its chart. */
export const pewsParameters = [
  'respiration',
  'effort',
  'spo2',
  'oxygen',
  'pulse',
  'systolic',
  'capillaryRefill',
] as const satisfies readonly Parameter[];

type PewsParameter = (typeof pewsParameters)[number];

export interface PewsOptions {
  readonly age: PewsAge;
}

/**
 * The score, or what is missing for one: a part of the readings is never scored. Oxygen of which neither flow nor fraction
 * nor device is told is missing too. Consciousness is not scored, but raises the band where it was read.
 */
export function pews({ readings }: ReadingSet, { age }: PewsOptions): Score | Incomplete {
  const missing: Parameter[] = [];
  const subscores: Subscore[] = [];
  for (const parameter of pewsParameters) {
    const reading = readings[parameter];
    const score = reading && subscore(parameter, reading, age);
    if (score === undefined) missing.push(parameter);
    else
      subscores.push({
        parameter,
        value: reading!.value,
        score,
        code: pewsCodes[parameter],
        reading: reading!,
      });
  }
  if (missing.length > 0) return { ruleset: pewsRuleset, missing };
  const total = subscores.reduce((sum, { score }) => sum + score, 0);
  const ofTotal = pewsBands.findIndex(([upTo]) => total <= upTo);
  const asked = pewsConsciousness[readings.consciousness?.value ?? ''];
  const raised = pewsBands.findIndex(([, band]) => band === asked) > ofTotal;
  return {
    ruleset: pewsRuleset,
    total,
    band: raised ? asked! : pewsBands[ofTotal]![1],
    subscores,
    ...(raised && { raisedBy: readings.consciousness! }),
    missing: [],
  };
}

function subscore(parameter: PewsParameter, reading: Reading, age: PewsAge): number | undefined {
  if (parameter === 'oxygen') return oxygenScore(reading);
  if (parameter === 'effort') return pewsEffort[reading.value];
  const steps =
    parameter === 'spo2' || parameter === 'capillaryRefill'
      ? pewsSharedSteps[parameter]
      : pewsSteps[age][parameter];
  return stepScore(steps, reading.value as number);
}

/** Of flow and fraction the one that scores more. */
function oxygenScore({ value, supply: { flow, fraction, device } = {} }: Reading): number | undefined {
  if (value === 'air') return 0;
  if (device) return pewsDeviceScore;
  const scores: number[] = [];
  if (flow) scores.push(stepScore(pewsSharedSteps.flow, flow));
  if (fraction !== undefined) scores.push(stepScore(pewsSharedSteps.fraction, fraction));
  return scores.length > 0 ? Math.max(...scores) : undefined;
}
