// What an alert says to people: one sentence each on what was found, the range that decided, and how it went on.
import type { Alert } from './alert.ts';
import type { Finding, UsedRange } from './finding.ts';

const MEANING: Readonly<Record<string, string>> = {
  LL: 'critically low',
  L: 'low',
  N: 'normal',
  H: 'high',
  HH: 'critically high',
  A: 'abnormal',
  AA: 'critically abnormal',
};

const WHOSE: Readonly<Record<UsedRange['source'], string>> = {
  patient: "the patient's own",
  observation: "the observation's own",
  population: 'of the population',
};

/** "Heart rate 150 /min: critically high" */
export function findingText(finding: Finding): string {
  const { name, interpretation, band, trend } = finding;
  const value = valueText(finding);
  const subject = value === undefined ? name : `${name} ${value}`;
  if (trend !== undefined && trend !== 'none') return `${subject}: ${trendText(trend)}`;
  if (band !== undefined) return `${subject}: band ${band}`;
  return interpretation === undefined ? subject : `${subject}: ${MEANING[interpretation]}`;
}

/** All there is to say, for DetectedIssue.detail. */
export function alertText(alert: Alert): string {
  const { worst, last, raised, policy, title } = alert;
  const sentences = [
    `${findingText(worst)} (${at(worst.time)}, ${worst.observation.reference} version ${worst.observation.version}).`,
    ...(worst.range ? [`Range used: ${rangeText(worst.range)}.`] : []),
    `Rule: ${title} (${policy.join(', ')}).`,
    ...(raised > 1
      ? [`${raised} readings since ${at(alert.start)}; the latest: ${findingText(last)}, ${at(last.time)}.`]
      : []),
    ...(alert.status === 'resolved' ? [`Ended by later readings, ${at(alert.end!)}.`] : []),
    ...(alert.status === 'withdrawn' ? ['Withdrawn: the readings it rested on were corrected.'] : []),
  ];
  return sentences.join(' ');
}

/** "critical 40 to 130 /min, of the population, qualifiedInterval[2] of ObservationDefinition/salus-heart-rate version 3" */
export function rangeText({
  low,
  high,
  unit,
  category,
  source,
  definition,
  version,
  position,
}: UsedRange): string {
  const ends =
    low === undefined ? `at most ${high}` : high === undefined ? `at least ${low}` : `${low} to ${high}`;
  const limits = low === undefined && high === undefined ? 'by code' : `${ends}${unit ? ` ${unit}` : ''}`;
  const interval = position === undefined ? '' : `qualifiedInterval[${position}] of `;
  return [
    `${category ? `${category} ` : ''}${limits}`,
    WHOSE[source],
    ...(definition ? [`${interval}${definition}${version ? ` version ${version}` : ''}`] : []),
  ].join(', ');
}

function valueText({ value, unit, valueText }: Finding): string | undefined {
  if (value === undefined) return valueText;
  return unit ? `${value} ${unit}` : String(value);
}

function trendText(trend: Exclude<Finding['trend'], 'none' | undefined>): string {
  const { kind, change, unit, baseline, from, to, readings } = trend;
  const per = kind === 'slope' ? `${unit}/d` : kind === 'change-percent' ? '%' : unit;
  const sign = change > 0 ? '+' : '';
  const against = baseline === undefined ? '' : ` against ${baseline} ${unit}`;
  return `${sign}${change} ${per}${against}, ${readings} readings compared, ${at(from)} to ${at(to)}`;
}

const at = (time: number): string => new Date(time).toISOString();
