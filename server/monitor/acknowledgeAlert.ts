// A clinician has seen an alert: noted with it, shown in its resources, told to listeners.
import { ensureDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { readAlert } from '../store/alerts.ts';
import { type Database, retrying, transaction } from '../store/database.ts';
import { readCurrent } from '../store/resources.ts';
import { lockPatient } from '../store/vitalQueue.ts';
import { acknowledge } from '../vitals/alerts/acknowledge.ts';
import type { Alert } from '../vitals/alerts/alert.ts';
import { keepAlerts } from './keepAlerts.ts';

/**
 * Acknowledges an alert; doing so again with the same words changes nothing. `beforeCommit` runs in the transaction.
 * @throws FhirError 404 for an unknown alert, 400 for what is no acknowledgement, 422 for somebody unknown, 409 for an alert
 * that was withdrawn
 */
export async function acknowledgeAlert(
  services: Services,
  id: string,
  given: { who: string; when: string; note?: string },
  beforeCommit?: (db: Database, alert: Alert) => Promise<void>,
): Promise<Alert> {
  const result = await retrying(async (n) => {
    if (n > 0) await ensureDefinitions(services);
    return transaction(services.db, async (tx) => {
      const found = await readAlert(tx, id);
      if (!found) throw refuse(404, 'not-found', `There is no alert ${id}.`);
      await lockPatient(tx, found.patient.slice('Patient/'.length));
      const alert = (await readAlert(tx, id, true))!;
      const acknowledged = acknowledge(alert, given);
      if (acknowledged === alert) {
        await beforeCommit?.(tx, alert);
        return { alert, isNew: false };
      }
      const [type = '', person = ''] = given.who.split('/');
      const who = await readCurrent(tx, type, person);
      if (!who || who.deleted) {
        throw refuse(
          422,
          'not-found',
          `${given.who} is not known here: who acknowledges an alert has a resource.`,
          'who',
        );
      }
      await keepAlerts(services, tx, [{ kind: 'acknowledge', alert: acknowledged, announce: true }]);
      await beforeCommit?.(tx, acknowledged);
      return { alert: acknowledged, isNew: true };
    });
  });
  if (result.isNew) services.alerts.wake();
  return result.alert;
}
