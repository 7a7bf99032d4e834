// Alerts as they are kept, and the events that listeners are told of them.
import type { PoolClient } from 'pg';
import { isAcknowledged } from '../vitals/alerts/acknowledge.ts';
import type { Alert, AlertChange } from '../vitals/alerts/alert.ts';
import { type Database, run } from './database.ts';

/** What a list of alerts is restricted to; each list is of alternatives. */
export interface AlertFilter {
  status?: readonly Alert['status'][];
  severity?: readonly Alert['severity'][];
  /** `Patient/[id]` */
  patient?: string;
  acknowledged?: boolean;
  /** the last one of the page before */
  after?: { start: number; id: string };
}

/** Something that listeners are told. */
export interface AlertEvent {
  /** in the order of commits, from 1 on */
  seq: number;
  kind: AlertChange['kind'] | 'acknowledge';
  /** when it was stored, milliseconds since 1970 */
  at: number;
  /** the alert as it was then */
  alert: Alert;
}

/** Alerts, the latest begun first: at most so many, without the first `offset`. */
export async function listAlerts(
  db: Database,
  filter: AlertFilter,
  { most, offset = 0 }: { most: number; offset?: number },
): Promise<Alert[]> {
  const { where, values } = restricted(filter);
  const { rows } = await run<{ state: Alert }>(db, {
    text:
      `SELECT state FROM alert WHERE ${where} ORDER BY started DESC, id DESC ` +
      `LIMIT $${values.push(most)} OFFSET $${values.push(offset)}`,
    values,
  });
  return rows.map(({ state }) => state);
}

/** How many there are. */
export async function countAlerts(db: Database, filter: AlertFilter): Promise<number> {
  const { where, values } = restricted(filter);
  const text = `SELECT count(*)::int AS n FROM alert WHERE ${where}`;
  const { rows } = await run<{ n: number }>(db, { text, values });
  return rows[0]!.n;
}

function restricted(filter: AlertFilter): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const conditions = ['true'];
  if (filter.status) conditions.push(`status = ANY(${bind(filter.status)}::text[])`);
  if (filter.severity) conditions.push(`severity = ANY(${bind(filter.severity)}::text[])`);
  if (filter.patient) conditions.push(`patient = ${bind(filter.patient)}`);
  if (filter.acknowledged !== undefined) conditions.push(`acknowledged = ${bind(filter.acknowledged)}`);
  if (filter.after) {
    const { start, id } = filter.after;
    conditions.push(`(started, id) < (${bind(new Date(start).toISOString())}::timestamptz, ${bind(id)})`);
  }
  return { where: conditions.join(' AND '), values };
}

/** One alert, locked until the transaction ends where `lock` is set. */
export async function readAlert(db: Database, id: string, lock = false): Promise<Alert | undefined> {
  const { rows } = await run<{ state: Alert }>(db, {
    text: `SELECT state FROM alert WHERE id = $1${lock ? ' FOR UPDATE' : ''}`,
    values: [id],
  });
  return rows[0]?.state;
}

/** Alerts of these patients (`Patient/[id]`) that are active, or were last counted at `since` or later. */
export async function knownAlerts(
  db: Database,
  patients: readonly string[],
  since: number,
): Promise<Alert[]> {
  const { rows } = await run<{ state: Alert }>(db, {
    text:
      "SELECT state FROM alert WHERE patient = ANY($1::text[]) AND (status = 'active' OR (status = 'resolved' AND latest >= $2)) " +
      'ORDER BY id',
    values: [patients, new Date(since).toISOString()],
  });
  return rows.map(({ state }) => state);
}

/** Stores alerts as they are now. */
export async function storeAlerts(tx: PoolClient, alerts: readonly Alert[]): Promise<void> {
  if (alerts.length === 0) return;
  await run(tx, {
    text:
      'INSERT INTO alert (id, patient, status, severity, acknowledged, started, latest, state) SELECT * FROM unnest(' +
      '$1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], $7::timestamptz[], $8::jsonb[]) ' +
      'ON CONFLICT (id) DO UPDATE SET patient = excluded.patient, status = excluded.status, severity = excluded.severity, ' +
      'acknowledged = excluded.acknowledged, started = excluded.started, latest = excluded.latest, state = excluded.state',
    values: [
      alerts.map((a) => a.id),
      alerts.map((a) => a.patient),
      alerts.map((a) => a.status),
      alerts.map((a) => a.severity),
      alerts.map(isAcknowledged),
      alerts.map((a) => new Date(a.start).toISOString()),
      alerts.map((a) => new Date(Math.max(a.latest, a.last.time)).toISOString()),
      alerts.map((a) => JSON.stringify(a)),
    ],
  });
}

/** ("alrt" in ASCII) */
const EVENTS_LOCK = 0x616c7274;

/**
 * Stores events. Whoever stores some holds a lock until the transaction ends, so that numbers are in the order of commits and
 * a listener that has seen one has seen all before it: do so last.
 */
export async function storeAlertEvents(
  tx: PoolClient,
  events: readonly Pick<AlertEvent, 'kind' | 'alert'>[],
): Promise<void> {
  if (events.length === 0) return;
  await run(tx, { text: 'SELECT pg_advisory_xact_lock($1)', values: [EVENTS_LOCK] });
  await run(tx, {
    text:
      'INSERT INTO alert_event (seq, kind, at, alert, state) ' +
      "SELECT (SELECT coalesce(max(seq), 0) FROM alert_event) + n, kind, clock_timestamp(), state->>'id', state " +
      'FROM unnest($1::text[], $2::jsonb[]) WITH ORDINALITY AS e(kind, state, n)',
    values: [events.map((e) => e.kind), events.map((e) => JSON.stringify(e.alert))],
  });
}

/** Up to `most` events after the one with this number, in order. */
export async function alertEventsAfter(db: Database, seq: number, most: number): Promise<AlertEvent[]> {
  const { rows } = await run<{ seq: string; kind: AlertEvent['kind']; at: Date; state: Alert }>(db, {
    text: 'SELECT seq, kind, at, state FROM alert_event WHERE seq > $1 ORDER BY seq LIMIT $2',
    values: [seq, most],
  });
  return rows.map(({ seq, kind, at, state }) => ({ seq: Number(seq), kind, at: at.getTime(), alert: state }));
}

/** Number of the latest event; 0 before the first. */
export async function lastAlertEvent(db: Database): Promise<number> {
  const { rows } = await run<{ seq: string }>(db, {
    text: 'SELECT coalesce(max(seq), 0) AS seq FROM alert_event',
    values: [],
  });
  return Number(rows[0]!.seq);
}
