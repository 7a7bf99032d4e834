// The tables of the scores as clinicians read them (fhir-profiles/README.md) are those that are computed by.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { news2Answers, news2Steps } from '../../../server/vitals/scores/news2Table.ts';
import {
  pewsAges,
  pewsBands,
  pewsDeviceScore,
  pewsEffort,
  pewsSharedSteps,
  pewsSteps,
} from '../../../server/vitals/scores/pewsTables.ts';
import type { Step } from '../../../server/vitals/scores/score.ts';

const readme = readFileSync('fhir-profiles/README.md', 'utf8');

/** A row of a chart: scores fall towards 0 on the left, and rise again on the right of it. */
function row(name: string, steps: readonly Step[], scores: readonly number[], decimals?: number): string {
  const zero = steps.findIndex(({ score }) => score === 0);
  const cells = scores.map((score, column) => {
    const isLeft = column < scores.indexOf(0);
    const at = steps.findIndex(
      (step, i) => step.score === score && (score === 0 || (zero < 0 ? !isLeft : i < zero === isLeft)),
    );
    return at < 0 ? '' : cell(steps, at, decimals);
  });
  return `| ${[name, ...cells].join(' | ')} |`;
}

/** Values are rounded to `decimals`, or not at all. */
function cell(steps: readonly Step[], at: number, decimals: number | undefined): string {
  const { upTo, below } = steps[at]!;
  const before = steps[at - 1];
  const text = (value: number) => value.toFixed(decimals ?? 0);
  const least = 10 ** -(decimals ?? 0);
  const end = upTo !== undefined ? `≤ ${text(upTo)}` : below !== undefined ? `< ${text(below)}` : '';
  if (!before) return end;
  if (before.below !== undefined)
    return end === '' ? `≥ ${text(before.below)}` : `${text(before.below)} to ${end}`;
  if (decimals === undefined)
    return end === '' ? `> ${text(before.upTo!)}` : `> ${text(before.upTo!)} to ${end}`;
  const from = text(before.upTo! + least);
  if (upTo === undefined) return `≥ ${from}`;
  return text(upTo) === from ? from : `${from}–${text(upTo)}`;
}

const NEWS2 = [3, 2, 1, 0, 1, 2, 3];
const PEWS = [4, 2, 1, 0, 1, 2, 4];
const rows: string[] = [
  ...(
    [
      ['Respiration, /min', 'respiration'],
      ['SpO2 scale 1, %', 'spo2Scale1'],
      ['SpO2 scale 2 on air, %', 'spo2Scale2OnAir'],
      ['SpO2 scale 2 on oxygen, %', 'spo2Scale2OnOxygen'],
      ['Systolic pressure, mmHg', 'systolic'],
      ['Pulse, /min', 'pulse'],
      ['Temperature, °C', 'temperature'],
    ] as const
  ).map(([name, of]) => row(name, news2Steps[of].steps, NEWS2, news2Steps[of].decimals)),
  ...pewsAges.flatMap((age) => [
    row(`Respiration, ${age}`, pewsSteps[age].respiration, PEWS),
    row(`Heart rate, ${age}`, pewsSteps[age].pulse, PEWS),
    row(`Systolic pressure, ${age}`, pewsSteps[age].systolic, PEWS),
  ]),
  row('SpO2, %', pewsSharedSteps.spo2, PEWS),
  row('Oxygen, L/min', pewsSharedSteps.flow, PEWS),
  row('Oxygen, %', pewsSharedSteps.fraction, PEWS),
  row('Capillary refill, s', pewsSharedSteps.capillaryRefill, PEWS),
];

describe('the tables of scores in fhir-profiles/README.md', () => {
  it.each(rows)('have %s', (line) => {
    expect(readme.split('\n')).toContain(line);
  });

  it('say what answers and totals mean', () => {
    expect(readme).toContain(`on oxygen ${news2Answers.oxygen.oxygen}`);
    expect(new Set(Object.values(news2Answers.consciousness))).toEqual(new Set([0, 3]));
    const { none, mild, moderate, severe } = pewsEffort;
    expect(readme).toContain(`none ${none}, mild ${mild}, moderate ${moderate}, severe ${severe}`);
    expect(readme).toContain(`high flow, CPAP and BiPAP ${pewsDeviceScore}`);
    let from = 0;
    for (const [upTo, band] of pewsBands) {
      const total = !Number.isFinite(upTo)
        ? `${from} and more`
        : upTo === from
          ? `${from}`
          : `${from}–${upTo}`;
      expect(readme.split('\n')).toContain(`| PEWS ${total} | \`${band}\` |`);
      from = upTo + 1;
    }
  });
});
