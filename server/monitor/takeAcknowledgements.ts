// Acknowledgements that clinicians gave through FHIR: one more mitigation in the DetectedIssue of an alert.
import type { PoolClient } from 'pg';
import { FhirError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Services } from '../services.ts';
import { readAlert } from '../store/alerts.ts';
import { readContents } from '../store/resources.ts';
import type { QueuedVital } from '../store/vitalQueue.ts';
import { acknowledge } from '../vitals/alerts/acknowledge.ts';
import type { Alert } from '../vitals/alerts/alert.ts';
import { acknowledgementsIn, alertIdOf } from '../vitals/alerts/alertResources.ts';
import { type AlertNews, keepAlerts } from './keepAlerts.ts';

/**
 * Takes over what the DetectedIssues among these entries say beyond their alerts, in the transaction `tx`; returns whether
 * that was anything.
 */
export async function takeAcknowledgements(
  services: Services,
  tx: PoolClient,
  queued: readonly QueuedVital[],
): Promise<boolean> {
  const ids = new Set(queued.flatMap(({ type, id }) => (type === 'DetectedIssue' ? [id] : [])));
  if (ids.size === 0) return false;
  const news: AlertNews[] = [];
  for (const { id, content } of await readContents(tx, 'DetectedIssue', [...ids])) {
    const alert = await readAlert(tx, alertIdOf(id), true);
    if (!alert) continue;
    const given = acknowledgementsIn(parseJson(content) as Record<string, unknown>, alert);
    const acknowledged = given.reduce((known, one) => taken(services, known, one), alert);
    if (acknowledged !== alert) news.push({ kind: 'acknowledge', alert: acknowledged, announce: true });
  }
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
