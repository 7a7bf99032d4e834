// Alerts made of readings as the server makes them, and put into the database of a test server.
import pg from 'pg';
import { type AlertEvent, storeAlertEvents, storeAlerts } from '../../../server/store/alerts.ts';
import { transaction } from '../../../server/store/database.ts';
import type { Alert } from '../../../server/vitals/alerts/alert.ts';
import type { Finding } from '../../../server/vitals/alerts/finding.ts';
import { createWard, reading, score } from '../../vitals/alerts/support.ts';

const range: Finding['range'] = {
  ...{ source: 'population', category: 'critical', position: 1, low: 40, high: 130, unit: '/min' },
  ...{ definition: 'ObservationDefinition/salus-heart-rate', version: '3' },
};

/** A critically high heart rate of a patient at a minute of the day. */
export const highHeartRate = (patient: string, minute: number, value = 150): Finding =>
  reading(`hr-${patient}-${minute}`, minute, 'HH', {
    ...{ patient: `Patient/${patient}`, value, unit: '/min', range },
  });

export const normalHeartRate = (patient: string, minute: number): Finding =>
  reading(`hr-${patient}-${minute}`, minute, 'N', {
    ...{ patient: `Patient/${patient}`, value: 80, unit: '/min' },
  });

/** NEWS2 in its band `medium`, a moderate alert. */
export const mediumScore = (patient: string, minute: number): Finding =>
  score(`news-${patient}-${minute}`, minute, 'medium', { patient: `Patient/${patient}`, value: 6 });

/** The alert that the findings of one patient and code come to. */
export function alertOf(...findings: Finding[]): Alert {
  const ward = createWard();
  for (const finding of findings) ward.arrive(finding);
  const [alert, ...others] = ward.alerts();
  if (!alert || others.length > 0)
    throw new Error(`${others.length + (alert ? 1 : 0)} alerts instead of one`);
  return alert;
}

/** Writes to the database that servers of the test are on. */
export interface AlertWriter {
  store(...alerts: Alert[]): Promise<void>;
  tell(...events: Pick<AlertEvent, 'kind' | 'alert'>[]): Promise<void>;
  query(sql: string): Promise<pg.QueryResult>;
  connect(): Promise<pg.PoolClient>;
  close(): Promise<void>;
}

export function alertWriter(databaseUrl: string): AlertWriter {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8 });
  pool.on('error', () => undefined); // tests cut connections
  return {
    store: (...alerts) => transaction(pool, (tx) => storeAlerts(tx, alerts)),
    tell: (...events) => transaction(pool, (tx) => storeAlertEvents(tx, events)),
    query: (sql) => pool.query(sql),
    connect: () => pool.connect(),
    close: () => pool.end(),
  };
}
