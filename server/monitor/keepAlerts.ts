// Alerts are kept as rows, shown as a Flag and a DetectedIssue each, and told to listeners: all in one transaction.
import type { PoolClient } from 'pg';
import { writeAll } from '../fhir/write.ts';
import type { Resource, Services } from '../services.ts';
import { type AlertEvent, storeAlertEvents, storeAlerts } from '../store/alerts.ts';
import type { Alert } from '../vitals/alerts/alert.ts';
import { detectedIssueOf, flagOf, resourceIdOf } from '../vitals/alerts/alertResources.ts';

/** What became of an alert. */
export interface AlertNews extends Pick<AlertEvent, 'kind' | 'alert'> {
  announce: boolean;
  revises?: true;
}

/**
 * Stores what became of alerts, the last of each as it is from now on. Another reading like those before is counted at once,
 * and comes into the resources when it is announced: else each reading would make two versions. One that arrived late or was
 * corrected comes into them at once where it changes what they say of the beginning, the end or the worst.
 */
export async function keepAlerts(
  services: Services,
  tx: PoolClient,
  news: readonly AlertNews[],
): Promise<void> {
  if (news.length === 0) return;
  const last = new Map(news.map(({ alert }) => [alert.id, alert]));
  await storeAlerts(tx, [...last.values()]);
  const announced = news.filter(({ announce }) => announce);
  const shown = new Set(
    news
      .filter(({ kind, announce, revises }) => announce || revises || (kind !== 'count' && kind !== 'repeat'))
      .map(({ alert }) => alert.id),
  );
  await showAlerts(
    services,
    tx,
    [...last.values()].filter(({ id }) => shown.has(id)),
  );
  await storeAlertEvents(tx, announced);
}

/** Writes the Flag and the DetectedIssue of alerts; what is as it should be stays. */
export async function showAlerts(
  services: Services,
  tx: PoolClient,
  alerts: readonly Alert[],
): Promise<void> {
  if (alerts.length === 0) return;
  const requests = alerts
    .flatMap(resourcesOf)
    .map((resource) => ({ method: 'PUT' as const, type: resource.resourceType, id: resource.id!, resource }));
  await writeAll(services, requests, { atomic: true, within: tx, isFollowUp: true, level: 'base' });
}

const resourcesOf = (alert: Alert): Resource[] =>
  [flagOf(alert), detectedIssueOf(alert)].map(
    (resource) => ({ ...resource, id: resourceIdOf(alert) }) as unknown as Resource,
  );
