// What clinicians did to the resources of alerts through FHIR: one more mitigation in a DetectedIssue is an acknowledgement;
// anything else is taken back, since Flag and DetectedIssue show what the readings say.
import type { PoolClient } from 'pg';
import { FhirError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Services } from '../services.ts';
import { readAlert } from '../store/alerts.ts';
import { readContents } from '../store/resources.ts';
import type { QueuedVital } from '../store/vitalQueue.ts';
import { acknowledge } from '../vitals/alerts/acknowledge.ts';
import type { Alert } from '../vitals/alerts/alert.ts';
import { acknowledgementsIn, alertIdOf, resourceIdOf } from '../vitals/alerts/alertResources.ts';
import { type AlertNews, keepAlerts, showAlerts } from './keepAlerts.ts';

/**
 * Takes over what the DetectedIssues among these entries say beyond their alerts, and puts their resources right, in the
 * transaction `tx`; returns whether listeners have something to be told.
 */
export async function takeAlertEdits(
  services: Services,
  tx: PoolClient,
  queued: readonly QueuedVital[],
): Promise<boolean> {
  const ids = new Set(queued.flatMap(({ type, id }) => (type === 'Observation' ? [] : [alertIdOf(id)])));
  if (ids.size === 0) return false;
  const issues = await readContents(
    tx,
    'DetectedIssue',
    [...ids].map((id) => resourceIdOf({ id })),
  );
  const issueOf = new Map(issues.map(({ id, content }) => [alertIdOf(id), content]));
  const news: AlertNews[] = [];
  const touched: Alert[] = [];
  for (const id of ids) {
    const alert = await readAlert(tx, id, true);
    if (!alert) continue;
    const content = issueOf.get(id);
    const given = content ? acknowledgementsIn(parseJson(content) as Record<string, unknown>, alert) : [];
    const acknowledged = given.reduce((known, one) => taken(services, known, one), alert);
    if (acknowledged === alert) touched.push(alert);
    else news.push({ kind: 'acknowledge', alert: acknowledged, announce: true });
  }
  await showAlerts(services, tx, touched);
  await keepAlerts(services, tx, news);
  return news.length > 0;
}

/** A write that cannot be one is refused before it is stored; what comes by another way is named in the log. */
function taken({ log }: Services, alert: Alert, given: Parameters<typeof acknowledge>[1]): Alert {
  try {
    return acknowledge(alert, given);
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    log.warn('an acknowledgement cannot be taken', { alert: alert.id, reason: error.message });
    return alert;
  }
}
