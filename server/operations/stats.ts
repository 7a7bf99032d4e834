// Observation/$stats (observation-operation-stats.html): statistics of what was measured of one subject, as Observations
// with a component for each.
import { ensureDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import { resolveReference } from '../search/parameters/reference.ts';
import type { Services } from '../services.ts';
import { type Database, snapshot } from '../store/database.ts';
import { observationsByKey } from '../store/observations.ts';
import { ucum } from '../units/unit.ts';
import { inOneUnit, type Unit, type UsableMeasurements, unitOf } from './inOneUnit.ts';
import { type MeasurementGroup, measurementGroups } from './measurements.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { calculate, type Result, STATISTICS } from './statistics.ts';
import { type StatsParameters, statsParameters } from './statsParameters.ts';

const STATISTICS_SYSTEM = 'http://terminology.hl7.org/CodeSystem/observation-statistics';
/** Tells the two numbers of a regression apart: `gradient` and `intercept`. */
const REGRESSION_SYSTEM = 'https://salus.example/fhir/CodeSystem/regression';
const ABSENT_SYSTEM = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';

/** Source Observations that are answered with. */
const MOST_SOURCES = 5_000;

export const stats: Operation = {
  name: 'stats',
  definition: 'http://hl7.org/fhir/OperationDefinition/Observation-stats',
  levels: { type: ['Observation'], instance: [] },
  run,
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const now = Date.now();
  const asked = statsParameters(request, now);
  const { base } = request;
  const context = { definitions: services.definitions, baseUrls: [...services.baseUrls, base] };
  const subject = resolveReference(asked.subject, context).value;
  yield await snapshot(db, async (at) => {
    await ensureDefinitions(services, at);
    const groups = await measurementGroups(services, at, base, asked);
    const settled = groups.map((group) => ({ group, usable: inOneUnit(group.measurements) }));
    const statistics = settled.map(({ group, usable }) =>
      parameter('statistics', JSON.stringify(statisticsOf(asked, subject, group, usable, now))),
    );
    const sources = asked.include
      ? await readSources(
          at,
          asked,
          settled.flatMap(({ usable }) => usable),
        )
      : [];
    const list = [...statistics, ...sources.map((content) => parameter('source', content))];
    return `{"resourceType":"Parameters"${list.length > 0 ? `,"parameter":[${list.join(',')}]` : ''}}`;
  });
}

const parameter = (name: string, resource: string) => `{"name":"${name}","resource":${resource}}`;

/** The Observations behind the numbers, newest first. */
async function readSources(
  db: Database,
  { limit }: StatsParameters,
  usable: readonly UsableMeasurements[],
): Promise<string[]> {
  const all = usable
    .flatMap(({ used }) => used)
    .sort(
      (a, b) => (b.time ?? Number.MIN_SAFE_INTEGER) - (a.time ?? Number.MIN_SAFE_INTEGER) || b.key - a.key,
    );
  const keys = [...new Set(all.map(({ key }) => key))].slice(0, limit);
  if (keys.length > MOST_SOURCES) {
    const message = `These are ${keys.length} source Observations: give a limit of at most ${MOST_SOURCES}, or a shorter period.`;
    throw refuse(400, 'too-costly', message, 'limit');
  }
  return (await observationsByKey(db, keys)).map(({ content }) => content!);
}

/** One Observation of the answer. */
function statisticsOf(
  { period, statistics }: StatsParameters,
  subject: string,
  { code, measurements }: MeasurementGroup,
  usable: UsableMeasurements,
  now: number,
): object {
  const { points, unit } = usable;
  const times = points.flatMap(({ time }) => (time === undefined ? [] : [time]));
  const first = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const last = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const origin = period && Number.isFinite(period.low) ? period.low : times.length > 0 ? first : now;
  const effective = period
    ? { start: period.start, end: period.end }
    : times.length > 0
      ? { start: new Date(first).toISOString(), end: new Date(last).toISOString() }
      : undefined;
  const note = leftOut(usable, measurements.length, statistics.includes('regression'));
  return {
    resourceType: 'Observation',
    status: 'final',
    code,
    subject: { reference: subject },
    ...(effective ? { effectivePeriod: effective } : {}),
    issued: new Date(now).toISOString(),
    ...(note === undefined ? {} : { note: [{ text: note }] }),
    component: calculate(statistics, points, measurements.length, origin).map((result) =>
      component(result, unit, origin),
    ),
  };
}

/** What was measured and is not in the numbers, in words. */
function leftOut(
  { left, points }: UsableMeasurements,
  total: number,
  regresses: boolean,
): string | undefined {
  const reasons = [...left].map(([why, count]) => `${count} ${why}`);
  const untimed = regresses ? points.filter(({ time }) => time === undefined).length : 0;
  const sentences = [
    ...(reasons.length > 0
      ? [`${total - points.length} of ${total} measurements were left out: ${reasons.join('; ')}.`]
      : []),
    ...(untimed > 0 ? [`Without a time, and so not in the regression: ${untimed}.`] : []),
  ];
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

function component(result: Result, unit: Unit | undefined, origin: number): object {
  const { name, part, value, needs } = result;
  const coding: object[] = [{ system: STATISTICS_SYSTEM, code: name, display: STATISTICS.get(name) }];
  if (part) coding.push({ system: REGRESSION_SYSTEM, code: part });
  const text =
    part === 'gradient'
      ? 'Change per hour'
      : part === 'intercept'
        ? `Value of the regression line at ${new Date(origin).toISOString()}`
        : undefined;
  const code = { coding, ...(text === undefined ? {} : { text }) };
  if (value === undefined) {
    const reason = { coding: [{ system: ABSENT_SYSTEM, code: 'not-applicable' }], text: `Needs ${needs}.` };
    return { code, dataAbsentReason: reason };
  }
  const { factor, ...of } = unitOf(result.dimension, unit ?? { code: '1', unit: '1' });
  const amount = factor === 1 ? value : Number((value * factor).toPrecision(6));
  return { code, valueQuantity: { value: amount, unit: of.unit, system: ucum, code: of.code } };
}
