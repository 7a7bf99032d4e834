// The early-warning scores of a summary: the latest of each kind as it is stored and, where none is of this moment, what is
// missing for one or why there can be none.

import { versionOf } from '../monitor/patientReadings.ts';
import { scoreNames } from '../monitor/rescore.ts';
import type { Resource } from '../services.ts';
import { bandSystem } from '../vitals/codeSystems.ts';
import type { Coding } from '../vitals/observation.ts';
import { readBand } from '../vitals/scores/readBand.ts';
import type { Reading } from '../vitals/scores/reading.ts';
import { readingsOf } from '../vitals/scores/readingsOf.ts';
import { scoreAt } from '../vitals/scores/scoreAt.ts';
import { scoreReadingCodes } from '../vitals/timeline.ts';
import type { Parameter } from './parametersText.ts';
import type { Summary } from './summary.ts';
import { codingOf, instantOf, referenceTo } from './summaryParameters.ts';

/** The latest rows of each code that a score of now is looked for in: some may hold what cannot be. */
const ROWS = 20;

/** The parameters `score`, and `scoreMissing` where there is none now. */
export async function summaryOfScores(summary: Summary): Promise<Parameter[]> {
  const { services, patient, readings, now, until } = summary;
  const codes = summary.latest.flatMap(({ code }) => (scoreNames.has(code) ? [code] : []));
  const rows = await readings.within([{ patient, codes, from: -Infinity, to: until }], 1);
  const observations = await readings.observations(rows.map(({ observation }) => observation));
  const scores = rows.flatMap(({ code, time, observation: id }): Parameter[] => {
    const stored = observations.get(id);
    if (!stored || stored.resource.status === 'entered-in-error') return [];
    const { reference, version } = versionOf(stored);
    return [
      {
        name: 'score',
        part: [
          { name: 'code', valueCoding: codingOf(code) },
          { name: 'name', valueString: scoreNames.get(code) },
          ...scoreParts(stored.resource),
          { name: 'effective', valueInstant: instantOf(time) },
          { name: 'observation', valueReference: referenceTo(reference, version) },
        ],
      },
    ];
  });
  const since = now - services.config.scoreWindow;
  const isNow = rows.some(({ time, observation }) => time >= since && observations.has(observation));
  return isNow ? scores : [...scores, ...(await missingOf(summary))];
}

interface StoredScore {
  valueInteger?: number;
  note?: { text?: string }[];
  component?: { code?: { coding?: Coding[] }; valueInteger?: number }[];
}

function scoreParts(observation: Resource): Parameter[] {
  const { valueInteger, note, component = [] } = observation as StoredScore;
  const band = readBand(observation);
  const text = note?.[0]?.text;
  return [
    { name: 'total', valueInteger },
    ...(band === undefined ? [] : [{ name: 'band', valueCoding: { system: bandSystem, code: band } }]),
    ...(text === undefined ? [] : [{ name: 'text', valueString: text }]),
    ...component.map((each) => ({
      name: 'subscore',
      part: [
        { name: 'code', valueCoding: each.code?.coding?.[0] },
        { name: 'score', valueInteger: each.valueInteger },
      ],
    })),
  ];
}

/** Why there is no score of this moment. */
async function missingOf(summary: Summary): Promise<Parameter[]> {
  const { services, facts, now, until } = summary;
  const { scoreWindow } = services.config;
  const known = await recentReadings(summary, now - scoreWindow);
  // Clocks run ahead: what they say is of the next minutes is of now.
  const at = Math.min(
    known.reduce((latest, { time }) => Math.max(latest, time), now),
    until,
  );
  const due = scoreAt(known, facts, at, scoreWindow);
  const part: Parameter[] =
    'reason' in due
      ? [
          { name: 'reason', valueCode: due.reason },
          { name: 'text', valueString: due.message },
        ]
      : [
          { name: 'code', valueCoding: due.ruleset.code },
          { name: 'name', valueString: due.ruleset.title },
          ...due.missing.map((parameter) => ({ name: 'missing', valueCode: parameter })),
          { name: 'text', valueString: missingText(due.missing, scoreWindow) },
        ];
  return [{ name: 'scoreMissing', part }];
}

function missingText(missing: readonly string[], windowMs: number): string {
  if (missing.length === 0) return 'All readings are there: the score is about to be stored.';
  const minutes = Math.round(windowMs / 60_000);
  return `Of the last ${minutes} minutes there is no reading of ${missing.join(', ')}.`;
}

async function recentReadings(
  { services, patient, readings, until }: Summary,
  from: number,
): Promise<Reading[]> {
  const codes = scoreReadingCodes(services.current.ruleset);
  const rows = await readings.within([{ patient, codes, from, to: until }], ROWS);
  const observations = await readings.observations(rows.map(({ observation }) => observation));
  return [...observations.values()].flatMap((observation) => {
    const { impossible } = readings.timeline(observation, patient);
    return readingsOf(observation.resource, impossible);
  });
}
