// The shipped policy, findings to try it with, and a caller that keeps alerts as a server does.
import { readFileSync } from 'node:fs';
import type { Alert, AlertChange } from '../../../server/vitals/alerts/alert.ts';
import type { AlertPolicy } from '../../../server/vitals/alerts/alertPolicy.ts';
import { type Finding, trackOf } from '../../../server/vitals/alerts/finding.ts';
import { contextNeeded, nextAlerts } from '../../../server/vitals/alerts/nextAlerts.ts';
import { readPolicy } from '../../../server/vitals/alerts/readPolicy.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests change arbitrary elements
export type AnyJson = any;

/** A copy of the PlanDefinition that is shipped. */
export const shippedPlan = (): AnyJson =>
  JSON.parse(readFileSync('fhir-profiles/alert-policy/salus-alert-policy.json', 'utf8'));

export const policy: AlertPolicy = readPolicy([shippedPlan()]);

/** Minutes since the beginning of the day that tests take place on. */
export const at = (minute: number): number => Date.UTC(2026, 0, 31) + minute * 60_000;
export const now = at(12 * 60);

export const heartRate = 'http://loinc.org|8867-4';

/** A heart rate of a patient at a minute of the day. */
export function reading(
  id: string,
  minute: number,
  interpretation: Finding['interpretation'],
  more: Partial<Finding> = {},
): Finding {
  return {
    ...{ patient: 'Patient/1', code: heartRate, name: 'Heart rate', time: at(minute) },
    ...{ observation: { reference: `Observation/${id}`, version: '1' } },
    ...(interpretation === undefined ? {} : { interpretation }),
    ...more,
  };
}

/** An early-warning score. */
export function score(
  id: string,
  minute: number,
  band: Finding['band'],
  more: Partial<Finding> = {},
): Finding {
  return {
    ...reading(id, minute, undefined),
    ...{ code: 'http://snomed.info/sct|1104051000000101', name: 'NEWS2', band },
    ...more,
  };
}

/** The reading as a new version: changed, or withdrawn. */
export function corrected(finding: Finding, more: Partial<Finding>): Finding {
  const { reference, version } = finding.observation;
  return { ...finding, observation: { reference, version: String(Number(version) + 1) }, ...more };
}

/** A store of readings and alerts that does what `contextNeeded` asks for, and no more. */
export function createWard(rules: AlertPolicy = policy, time = now) {
  const readings = new Map<string, Finding>();
  const alerts = new Map<string, Alert>();
  const kinds: string[] = [];
  const arrive = (...sent: Finding[]): AlertChange[] => {
    const keyOf = (finding: Finding) => `${trackOf(finding)} ${finding.observation.reference}`;
    for (const finding of sent) {
      const stored = readings.get(keyOf(finding));
      if (!stored || Number(stored.observation.version) < Number(finding.observation.version)) {
        readings.set(keyOf(finding), finding);
      }
    }
    // whoever is told that a reading came reads it as it is by then
    const fresh = sent.map((finding) => readings.get(keyOf(finding))!);
    const known = [...alerts.values()];
    const context = contextNeeded(known, fresh, rules, time).flatMap(({ patient, code, since }) =>
      [...readings.values()].filter(
        (finding) => finding.patient === patient && finding.code === code && finding.time >= since,
      ),
    );
    const changes = nextAlerts(known, [...fresh, ...context], rules, time);
    for (const { alert, kind } of changes) {
      alerts.set(alert.id, JSON.parse(JSON.stringify(alert)) as Alert);
      kinds.push(kind);
    }
    return changes;
  };
  return {
    arrive,
    kinds,
    alerts: () => [...alerts.values()],
    active: () => [...alerts.values()].filter(({ status }) => status === 'active'),
    readings: () => [...readings.values()],
    keep: (alert: Alert) => void alerts.set(alert.id, alert),
  };
}

/** Open alerts as far as they follow from the readings alone. */
export function openOf(alerts: readonly Alert[]) {
  return alerts
    .filter(({ status }) => status === 'active')
    .map(({ id: _id, claimed: _claimed, acknowledgements: _given, status: _status, ...episode }) => episode)
    .sort((a, b) => (trackOf(a) < trackOf(b) ? -1 : 1));
}
