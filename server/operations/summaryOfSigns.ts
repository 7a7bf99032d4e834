// The vital signs of a summary: the latest of each, judged by the ranges in force; those before it; how far they went within a
// day and a week; and the trend rules that hold.

import { type CurrentObservation, versionOf } from '../monitor/patientReadings.ts';
import { scoreNames } from '../monitor/rescore.ts';
import { codesOf, judgedAt } from '../monitor/retrend.ts';
import { readingSpreads, type Spread } from '../store/readingSpreads.ts';
import { findingText } from '../vitals/alerts/alertText.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { findingsOf } from '../vitals/alerts/findingsOf.ts';
import { judgeObservation } from '../vitals/judgeObservation.ts';
import { HOUR } from '../vitals/trends/trendRule.ts';
import type { ReferenceLimits } from '../vitals/vitalSign.ts';
import type { Parameter } from './parametersText.ts';
import type { Summary } from './summary.ts';
import { codingOf, foundParts, instantOf, quantityOf, rangeParameter } from './summaryParameters.ts';

/** Readings before the latest that are told of. */
const PREVIOUS = 5;
/** Rows that are read for them: an Observation may hold several of one code. */
const ROWS = 3 * (PREVIOUS + 1);
const WINDOWS_HOURS = [24, 7 * 24];

interface Sign {
  code: string;
  latest: Finding;
  /** the latest first */
  previous: Finding[];
  /** limits that the latest is within when it is normal */
  normal?: ReferenceLimits;
  /** why the latest was not judged */
  reason?: string;
}

/** The parameters `vitalSign`, in order of their codes. */
export async function summaryOfSigns(summary: Summary): Promise<Parameter[]> {
  const { db, patient, readings, latest, until } = summary;
  const own = latest.filter(({ code }) => !scoreNames.has(code));
  const codes = own.map(({ code }) => code);
  const rows = await readings.within([{ patient, codes, from: -Infinity, to: until }], ROWS);
  const byCode = Map.groupBy(rows, ({ code }) => code);
  const observations = await readings.observations(rows.map(({ observation }) => observation));
  const signs = codes.flatMap((code) => {
    const newest = (byCode.get(code) ?? []).toReversed().map(({ observation }) => observation);
    const held = [...new Set(newest)].flatMap((id) => observations.get(id) ?? []);
    return signOf(summary, code, held) ?? [];
  });
  const spreads = Map.groupBy(await readingSpreads(db, patient, signs.flatMap(spansOf)), ({ code }) => code);
  const trends = await trendsOf(summary, signs);
  const ahead = new Map(own.filter(({ time }) => time > until).map((row) => [row.code, row]));
  return codes.flatMap((code): Parameter[] => {
    const sign = signs.find((each) => each.code === code);
    const dated = ahead.get(code);
    if (!sign && !dated) return [];
    return [
      {
        name: 'vitalSign',
        part: [
          { name: 'code', valueCoding: codingOf(code) },
          ...(sign ? signParts(sign, spreads.get(code) ?? [], trends.get(code) ?? []) : []),
          ...(dated
            ? [{ name: 'datedAhead', valueReference: { reference: `Observation/${dated.observation}` } }]
            : []),
        ],
      },
    ];
  });
}

/** What these Observations, the latest first, have of a code; undefined where they have nothing of it by now. */
function signOf(
  { services, patient, facts, readings }: Summary,
  code: string,
  observations: readonly CurrentObservation[],
): Sign | undefined {
  const found = observations.flatMap((observation) => {
    const timeline = readings.timeline(observation, patient);
    const where = { patient: `Patient/${patient}`, observation: versionOf(observation) };
    const finding = findingsOf(timeline, where).find((each) => each.code === code);
    return finding ? [{ finding, timeline, observation }] : [];
  });
  const [newest, ...others] = found;
  if (!newest) return undefined;
  const { finding, timeline, observation } = newest;
  const entry = timeline.entries.find(
    ({ judged, value, ...each }) =>
      each.code === code && value === finding.value && judged?.interpretation === finding.interpretation,
  );
  const { unjudged } = judgeObservation(observation.resource, facts, services.current.ruleset);
  const reason = unjudged.find(({ component }) => component === entry?.component)?.message;
  return {
    ...{ code, latest: finding, previous: others.slice(0, PREVIOUS).map((other) => other.finding) },
    ...(entry?.judged?.reference && { normal: entry.judged.reference }),
    ...(reason !== undefined && { reason }),
  };
}

const spansOf = ({ code, latest: { time, value } }: Sign) =>
  value === undefined ? [] : WINDOWS_HOURS.map((hours) => ({ code, from: time - hours * HOUR, to: time }));

/** Trend rules that hold at the latest reading, by the code of the vital sign. */
async function trendsOf(summary: Summary, signs: readonly Sign[]): Promise<Map<string, Finding[]>> {
  const { services, db, patient, readings } = summary;
  const found = new Map<string, Finding[]>();
  for (const rule of services.current.policy?.trends ?? []) {
    const codes = codesOf(services, rule);
    const concerned = signs.filter(({ code }) => codes.has(code));
    if (concerned.length === 0) continue;
    const since = Math.max(...concerned.map(({ latest }) => latest.time));
    const findings = await judgedAt(services, db, readings, [
      { patient, rule, since, times: new Set([since]) },
    ]);
    const holds = findings.find(({ time, trend }) => time === since && trend !== 'none');
    if (!holds) continue;
    for (const { code, latest } of concerned) {
      if (latest.time === since) found.set(code, [...(found.get(code) ?? []), holds]);
    }
  }
  return found;
}

function signParts(
  { latest, previous, normal, reason }: Sign,
  spreads: readonly Spread[],
  trends: readonly Finding[],
): Parameter[] {
  const before = previous.find(({ value }) => value !== undefined);
  return [
    { name: 'name', valueString: latest.name },
    { name: 'text', valueString: findingText(latest) },
    ...foundParts(latest),
    ...(latest.range ? [rangeParameter(latest.range)] : []),
    ...(normal ? [normalParameter(normal, latest.range?.unit)] : []),
    ...(reason === undefined ? [] : [{ name: 'notJudged', valueString: reason }]),
    ...previous.map((finding) => ({ name: 'previous', part: foundParts(finding) })),
    ...(latest.value === undefined || before === undefined
      ? []
      : [{ name: 'change', valueQuantity: quantityOf(latest.value - before.value!, latest.unit) }]),
    ...spreads.filter(({ readings }) => readings > 1).map((spread) => trendParameter(latest, spread)),
    ...trends.map((trend) => ({
      name: 'trendRule',
      part: [
        { name: 'code', valueCoding: codingOf(trend.code) },
        { name: 'title', valueString: trend.name },
        { name: 'text', valueString: findingText(trend) },
      ],
    })),
  ];
}

function normalParameter({ low, high }: ReferenceLimits, unit: string | undefined): Parameter {
  return {
    name: 'normal',
    part: [
      ...(low === undefined ? [] : [{ name: 'low', valueQuantity: quantityOf(low, unit) }]),
      ...(high === undefined ? [] : [{ name: 'high', valueQuantity: quantityOf(high, unit) }]),
    ],
  };
}

function trendParameter({ value, unit }: Finding, spread: Spread): Parameter {
  const { from, to, readings, lowest, highest, first } = spread;
  return {
    name: 'trend',
    part: [
      { name: 'hours', valueInteger: (to - from) / HOUR },
      { name: 'readings', valueInteger: readings },
      { name: 'lowest', valueQuantity: quantityOf(lowest, unit) },
      { name: 'highest', valueQuantity: quantityOf(highest, unit) },
      { name: 'first', valueQuantity: quantityOf(first.value, unit) },
      { name: 'firstEffective', valueInstant: instantOf(first.time) },
      { name: 'change', valueQuantity: quantityOf(value! - first.value, unit) },
    ],
  };
}
