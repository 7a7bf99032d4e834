// One step of the monitor: takes some entries off the queue and stores what follows from them (readings, scores, alerts) in
// the same transaction, so that a process that dies in between loses nothing and does nothing twice.
import type { PoolClient } from 'pg';
import { ensureDefinitions } from '../currentDefinitions.ts';
import { patientIdIn } from '../fhir/followUpOf.ts';
import { readPatientFacts } from '../fhir/patientFacts.ts';
import type { Services } from '../services.ts';
import { type Lane, type QueuedAgain, queueAgain, takeFromQueue, takeLane } from '../store/vitalQueue.ts';
import { replaceReadings, type StoredReading } from '../store/vitalReadings.ts';
import { findingsOf } from '../vitals/alerts/findingsOf.ts';
import type { Timeline } from '../vitals/timeline.ts';
import { compareReadings, scoreTimes, trendQuestions, withdrawnFindings } from './changedReadings.ts';
import { type CurrentObservation, patientReadings, versionOf } from './patientReadings.ts';
import { isScoreId, rescore } from './rescore.ts';
import { trendFindings } from './retrend.ts';
import { takeAlertEdits } from './takeAlertEdits.ts';
import { updateAlerts } from './updateAlerts.ts';
import { wardOf, wardsOf } from './wards.ts';

/** What a step came to. */
export interface Step {
  /** entries taken off the queue */
  taken: number;
  /** another process is at this lane: what it leaves is to be looked for soon */
  busy?: true;
  /** whether listeners have something to be told */
  announced: boolean;
}

/** Carries out a step of up to `most` entries of a lane in the transaction `tx`. */
export async function followUp(services: Services, tx: PoolClient, lane: Lane, most: number): Promise<Step> {
  if (!(await takeLane(tx, lane))) return { taken: 0, busy: true, announced: false };
  const queued = await takeFromQueue(tx, lane, most);
  if (queued.length === 0) return { taken: 0, announced: false };
  await ensureDefinitions(services, tx);
  const patients = new Set(queued.map(({ patient }) => patient));
  const now = Date.now();
  const edited = await takeAlertEdits(services, tx, queued);
  const readings = patientReadings(services, tx, await readPatientFacts(services, tx, patients));
  // Scores follow from their readings: what somebody does to one of them changes nothing.
  const ids = queued.flatMap(({ type, id }) => (type === 'Observation' && !isScoreId(id) ? [id] : []));
  const current = observationsOf(services, await readings.observations(ids), patients);
  const measured = [...current].map(([observation, patient]) => {
    return { observation, patient, timeline: readings.timeline(observation, patient) };
  });
  const rows = measured.flatMap(rowsOf);
  const compared = compareReadings(await replaceReadings(tx, patients, [...new Set(ids)], rows), rows);
  const wards = await wardsOf(services, tx, current.keys());
  const findings = [
    ...measured.flatMap(({ observation, patient, timeline }) =>
      findingsOf(timeline, {
        patient: `Patient/${patient}`,
        observation: versionOf(observation),
        ...wardOf(wards, observation.id),
      }),
    ),
    ...withdrawnFindings(services, compared.gone),
    ...(await rescore(services, tx, readings, scoreTimes(services, compared))),
    ...(await trendFindings(services, tx, readings, trendQuestions(services, compared, now))),
  ];
  const changes = await updateAlerts(services, tx, readings, findings, { now, lane });
  await queueAgain(tx, aheadOfTime(services, measured, now));
  return { taken: queued.length, announced: edited || changes.some(({ announce }) => announce) };
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

const rowsOf = ({ observation: { id, version }, patient, timeline }: Measured): StoredReading[] =>
  timeline.entries.map(({ component, code, value = null }) => {
    return {
      ...{ patient, code, time: timeline.time, observation: id, component },
      ...{ version: Number(version), value },
    };
  });

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
