// NEWS2 of a set of readings, for patients of 16 years and more who are not pregnant.
import type { ReadingSet } from './newestSet.ts';
import { news2Answers, news2Codes, news2Ruleset, news2Steps } from './news2Table.ts';
import type { Parameter, Reading } from './reading.ts';
import {
  type Band,
  type Coding,
  type Incomplete,
  roundTo,
  type Score,
  type Subscore,
  stepScore,
} from './score.ts';

/** What NEWS2 needs, in the order of its chart. */
export const news2Parameters = [
  'respiration',
  'spo2',
  'oxygen',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
] as const satisfies readonly Parameter[];

type News2Parameter = (typeof news2Parameters)[number];

export interface News2Options {
  /** of oxygen saturation; 2 only where a clinician set it for the patient (hypercapnic respiratory failure) */
  readonly scale: 1 | 2;
}

/** The score, or what is missing for one: a part of the readings is never scored. */
export function news2({ readings }: ReadingSet, { scale }: News2Options): Score | Incomplete {
  const missing = news2Parameters.filter((parameter) => !readings[parameter]);
  if (missing.length > 0) return { ruleset: news2Ruleset, missing };
  const onOxygen = readings.oxygen!.value === 'oxygen';
  const subscores = news2Parameters.map((parameter): Subscore => {
    const reading = readings[parameter]!;
    const { score, code } = subscore(parameter, reading, scale, onOxygen);
    return { parameter, value: reading.value, score, code, reading };
  });
  const total = subscores.reduce((sum, { score }) => sum + score, 0);
  return { ruleset: news2Ruleset, total, band: bandOf(total, subscores), subscores, missing: [] };
}

function subscore(
  parameter: News2Parameter,
  { value }: Reading,
  scale: 1 | 2,
  onOxygen: boolean,
): { score: number; code: Coding } {
  if (parameter === 'oxygen' || parameter === 'consciousness') {
    const scores: Readonly<Record<string, number>> = news2Answers[parameter];
    return { score: scores[value as string]!, code: news2Codes[parameter] };
  }
  const [row, code] =
    parameter !== 'spo2'
      ? [news2Steps[parameter], news2Codes[parameter]]
      : scale === 1
        ? [news2Steps.spo2Scale1, news2Codes.spo2Scale1]
        : [onOxygen ? news2Steps.spo2Scale2OnOxygen : news2Steps.spo2Scale2OnAir, news2Codes.spo2Scale2];
  return { score: stepScore(row.steps, roundTo(value as number, row.decimals)), code };
}

function bandOf(total: number, subscores: readonly Subscore[]): Band {
  if (total >= 7) return 'high';
  if (total >= 5) return 'medium';
  return subscores.some(({ score }) => score === 3) ? 'low-medium' : 'low';
}
