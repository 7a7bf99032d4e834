// What new, changed and withdrawn readings mean for the alerts of their patients.
import type { PoolClient } from 'pg';
import type { Services } from '../services.ts';
import { knownAlerts } from '../store/alerts.ts';
import type { Lane } from '../store/vitalQueue.ts';
import type { Alert, AlertChange } from '../vitals/alerts/alert.ts';
import type { AlertPolicy } from '../vitals/alerts/alertPolicy.ts';
import { type Finding, trackOf } from '../vitals/alerts/finding.ts';
import { findingsOf, trendCode } from '../vitals/alerts/findingsOf.ts';
import { type Context, contextNeeded, nextAlerts } from '../vitals/alerts/nextAlerts.ts';
import { readBand } from '../vitals/scores/readBand.ts';
import { keepAlerts } from './keepAlerts.ts';
import { type CurrentObservation, type PatientReadings, versionOf } from './patientReadings.ts';
import { scoreNames } from './rescore.ts';
import { trendFindings } from './retrend.ts';
import { wardOf, wardsOf } from './wards.ts';

/** Readings of one code that an alert is recounted from: two weeks of one each minute. */
const MOST_RECOUNTED = 20_000;
/** More than this are for the late lane. */
const MOST_RECOUNTED_LIVE = 1_000;

/** Thrown where what follows for a patient (id) would hold up the live lane. */
export class TakesLong extends Error {
  readonly patient: string;
  constructor(patient: string) {
    super('an alert has to be recounted from many readings');
    this.patient = patient;
  }
}

/**
 * Brings the alerts up to date with findings; returns what changed.
 * @throws TakesLong in the live lane
 */
export async function updateAlerts(
  services: Services,
  tx: PoolClient,
  readings: PatientReadings,
  findings: readonly Finding[],
  { now, lane }: { now: number; lane: Lane },
): Promise<AlertChange[]> {
  const { policy } = services.current;
  if (!policy || findings.length === 0) return [];
  const patients = [...new Set(findings.map(({ patient }) => patient))];
  const known = await knownAlerts(tx, patients, now - policy.oldestMinutes * 60_000);
  const contexts = contextNeeded(known, findings, policy, now);
  const context = await contextFindings(services, tx, readings, policy, contexts, lane);
  const all = [...findings, ...context];
  const changes = nextAlerts(known, [...all, ...goneFrom(known, contexts, all)], policy, now);
  await keepAlerts(services, tx, changes);
  return changes;
}

/** The readings that are asked for, judged anew. */
async function contextFindings(
  services: Services,
  tx: PoolClient,
  readings: PatientReadings,
  policy: AlertPolicy,
  contexts: readonly Context[],
  lane: Lane,
): Promise<Finding[]> {
  const rules = new Map(policy.trends.map((rule) => [trendCode(rule), rule]));
  const findings: Finding[] = [];
  for (const { patient, code, since } of contexts) {
    const id = patient.slice('Patient/'.length);
    const rule = rules.get(code);
    if (rule) {
      findings.push(...(await trendFindings(services, tx, readings, [{ patient: id, rule, since }])));
      continue;
    }
    const rows = await readings.within(
      [{ patient: id, codes: [code], from: since, to: Infinity }],
      MOST_RECOUNTED,
    );
    if (lane === 'live' && rows.length > MOST_RECOUNTED_LIVE) throw new TakesLong(id);
    const observations = await readings.observations(rows.map(({ observation }) => observation));
    const wards = await wardsOf(services, tx, observations.values());
    for (const observation of observations.values()) {
      const where = { patient, observation: versionOf(observation), ...wardOf(wards, observation.id) };
      if (scoreNames.has(code)) findings.push(...scoreFinding(observation, code, where));
      else {
        const own = findingsOf(readings.timeline(observation, id), where);
        findings.push(...own.filter((finding) => finding.code === code));
      }
    }
  }
  return findings;
}

function scoreFinding(
  { resource }: CurrentObservation,
  code: string,
  where: Pick<Finding, 'patient' | 'observation' | 'wards'>,
): Finding[] {
  const band = readBand(resource);
  const time = Date.parse(String(resource.effectiveDateTime));
  if (band === undefined || resource.status === 'entered-in-error') return [];
  return [{ ...where, code, name: scoreNames.get(code)!, time, band, value: Number(resource.valueInteger) }];
}

/** What alerts rest on that is no reading of their patient and code any more. */
function goneFrom(
  known: readonly Alert[],
  contexts: readonly Context[],
  findings: readonly Finding[],
): Finding[] {
  const asked = new Set(contexts.map(trackOf));
  const given = new Set(findings.map((finding) => `${trackOf(finding)} ${finding.observation.reference}`));
  return known
    .filter((alert) => asked.has(trackOf(alert)))
    .flatMap(({ first, worst, last }) => [first, worst, last])
    .filter((finding) => !given.has(`${trackOf(finding)} ${finding.observation.reference}`))
    .map((finding) => ({ ...finding, withdrawn: true as const }));
}
