// One step of the monitor: takes some entries off the queue and stores what follows from them (readings, scores, alerts) in
// the same transaction, so that a process that dies in between loses nothing and does nothing twice.
import type { PoolClient } from 'pg';
import { ensureDefinitions } from '../currentDefinitions.ts';
import { patientIdIn } from '../fhir/followUpOf.ts';
import { readPatientFacts } from '../fhir/patientFacts.ts';
import type { Services } from '../services.ts';
import {
  becomeMonitor,
  lockPatients,
  type QueuedAgain,
  type QueuedVital,
  queueAgain,
  takeFromQueue,
} from '../store/vitalQueue.ts';
import { replaceReadings, type StoredReading } from '../store/vitalReadings.ts';
import type { Finding } from '../vitals/alerts/finding.ts';
import { findingsOf, trendCode } from '../vitals/alerts/findingsOf.ts';
import type { Timeline } from '../vitals/timeline.ts';
import { scoreReadingCodes } from '../vitals/timeline.ts';
import { type CurrentObservation, patientReadings, versionOf } from './patientReadings.ts';
import { isScoreId, rescore } from './rescore.ts';
import { codesOf, type TrendQuestion, trendFindings } from './retrend.ts';
import { takeAcknowledgements } from './takeAcknowledgements.ts';
import { updateAlerts } from './updateAlerts.ts';
import { wardOf, wardsOf } from './wards.ts';

/** What a step came to. */
export interface Step {
  /** entries taken off the queue */
  taken: number;
  /** another process is at it: what it leaves is to be looked for soon */
  busy?: true;
  /** whether listeners have something to be told */
  announced: boolean;
}

/** Carries out a step of up to `most` entries in the transaction `tx`. */
export async function followUp(services: Services, tx: PoolClient, most: number): Promise<Step> {
  if (!(await becomeMonitor(tx))) return { taken: 0, busy: true, announced: false };
  const queued = await takeFromQueue(tx, most);
  if (queued.length === 0) return { taken: 0, announced: false };
  await ensureDefinitions(services, tx);
  const patients = new Set(queued.map(({ patient }) => patient));
  // Only from here on: what others stored for these patients is seen by every statement that follows.
  await lockPatients(tx, patients);
  const now = Date.now();
  const acknowledged = await takeAcknowledgements(services, tx, queued);
  const facts = await readPatientFacts(services, tx, patients);
  const readings = patientReadings(services, tx, facts);
  // Scores follow from their readings: what somebody does to one of them changes nothing.
  const ids = queued.flatMap(({ type, id }) => (type === 'Observation' && !isScoreId(id) ? [id] : []));
  const current = await observationsOf(services, await readings.observations(ids), patients);
  const measured = [...current].map(([observation, patient]) => {
    return { observation, patient, timeline: readings.timeline(observation, patient) };
  });
  const before = await replaceReadings(tx, patients, [...new Set(ids)], measured.flatMap(rowsOf));
  const wards = await wardsOf(
    services,
    tx,
    measured.map(({ observation }) => observation),
  );
  const after = measured.flatMap(rowsOf);
  const findings = [
    ...measured.flatMap(({ observation, patient, timeline }) =>
      findingsOf(timeline, {
        patient: `Patient/${patient}`,
        observation: versionOf(observation),
        ...wardOf(wards, observation.id),
      }),
    ),
    ...withdrawn(services, before, after),
    ...(await rescore(services, tx, readings, scoreTimes(services, [...before, ...after]))),
    ...(await trendFindings(services, tx, readings, trendQuestions(services, [...before, ...after], now))),
  ];
  const changes = await updateAlerts(services, tx, readings, findings, now);
  await queueAgain(tx, aheadOfTime(services, measured, now));
  return { taken: queued.length, announced: acknowledged || changes.some(({ announce }) => announce) };
}

/** The Observations that are of one of these patients now, with its id; others are in the queue for the others. */
function observationsOf(
  services: Services,
  observations: ReadonlyMap<string, CurrentObservation>,
  patients: ReadonlySet<string>,
): Map<CurrentObservation, string> {
  const found = new Map<CurrentObservation, string>();
  for (const observation of observations.values()) {
    const { subject } = observation.resource as { subject?: { reference?: string } };
    const patient = patientIdIn(services, subject?.reference);
    if (patient !== undefined && patients.has(patient)) found.set(observation, patient);
  }
  return found;
}

interface Measured {
  observation: CurrentObservation;
  patient: string;
  timeline: Timeline;
}

const rowsOf = ({ observation, patient, timeline }: Measured): StoredReading[] =>
  timeline.entries.map(({ component, code, value = null }) => {
    return { patient, code, time: timeline.time, observation: observation.id, component, value };
  });

/** Readings that are gone: deleted, entered in error, of another patient or code; and what trend rules found at them. */
function withdrawn(
  services: Services,
  before: readonly StoredReading[],
  after: readonly StoredReading[],
): Finding[] {
  const keyOf = ({ patient, code, observation }: StoredReading) => `${patient} ${code} ${observation}`;
  const there = new Set(after.map(keyOf));
  const gone = new Map(before.filter((row) => !there.has(keyOf(row))).map((row) => [keyOf(row), row]));
  const trends = services.current.policy?.trends ?? [];
  return [...gone.values()].flatMap(({ patient, code, time, observation }) => {
    const concerned = trends.filter((rule) => codesOf(services, rule).has(code)).map(trendCode);
    return [code, ...concerned].map((each) => ({
      ...{ patient: `Patient/${patient}`, code: each, name: each, time, withdrawn: true as const },
      // Later than any version that was counted.
      observation: { reference: `Observation/${observation}`, version: String(Number.MAX_SAFE_INTEGER) },
    }));
  });
}

/** When readings of the scores came, changed or went. */
function scoreTimes(
  { current: { ruleset } }: Services,
  rows: readonly StoredReading[],
): Map<string, Set<number>> {
  const codes = new Set(scoreReadingCodes(ruleset));
  const times = new Map<string, Set<number>>();
  for (const { patient, code, time } of rows) {
    if (!codes.has(code)) continue;
    const own = times.get(patient);
    if (own) own.add(time);
    else times.set(patient, new Set([time]));
  }
  return times;
}

/** The trend rules that changed readings concern; readings that are too old to raise anything are left aside. */
function trendQuestions(services: Services, rows: readonly StoredReading[], now: number): TrendQuestion[] {
  const { policy } = services.current;
  if (!policy) return [];
  const oldest = now - policy.oldestMinutes * 60_000;
  return policy.trends.flatMap((rule) => {
    const codes = codesOf(services, rule);
    const since = new Map<string, number>();
    for (const { patient, code, time } of rows) {
      if (codes.has(code))
        since.set(patient, Math.min(since.get(patient) ?? Infinity, Math.max(time, oldest)));
    }
    return [...since].map(([patient, from]) => ({ patient, rule, since: from }));
  });
}

/** Further ahead than this a date is a mistake, which an update of the Observation will mend. */
const FURTHEST_MS = 7 * 24 * 3_600_000;

/** Readings that are dated so far ahead that they raise nothing yet: looked at again when their time has come. */
function aheadOfTime(
  { current: { policy } }: Services,
  measured: readonly Measured[],
  now: number,
): QueuedAgain[] {
  if (!policy) return [];
  const ahead = policy.futureMinutes * 60_000;
  return measured
    .filter(({ timeline: { time } }) => time > now + ahead && time <= now + FURTHEST_MS)
    .map(({ patient, observation: { id }, timeline: { time } }) => {
      return { patient, type: 'Observation', id, due: time - ahead };
    });
}

/** For the log: what an entry of the queue is. */
export const nameOf = ({ type, id }: QueuedVital): string => `${type}/${id}`;
