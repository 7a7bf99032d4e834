// GET /api/v1/alerts/stream: server-sent events (HTML Living Standard, section 9.2). A listener is a place in the table of
// events and nothing else: it is written to as fast as it takes, and reads on from there, in any process.
import type { ServerResponse } from 'node:http';
import { type AlertFeed, createAlertFeed } from '../clinic/alerts/alertFeed.ts';
import { alertJson, type Bases } from '../clinic/alerts/alertJson.ts';
import { alertFilters } from '../clinic/alerts/alerts.ts';
import { readParameters, wholeNumber } from '../clinic/things/readParameters.ts';
import { FhirError, refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { type AlertEvent, lastAlertEvent } from '../store/alerts.ts';
import type { ApiHandler } from './apiRequest.ts';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  // The second keeps the compression middleware and proxies from holding events back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};
/** After how long a client connects again. */
const RETRY_MS = 1_000;
/** Heartbeats of a client that takes nothing, until it is given up; it can go on with its last id. */
const PATIENCE = 4;
/** Characters written at once. */
const CHUNK = 64 * 1024;

export interface StreamLimits {
  /** listeners of one process */
  most: number;
  heartbeatMs: number;
}

const LIMITS: StreamLimits = { most: 1_000, heartbeatMs: 15_000 };

const PARAMETERS = { ...alertFilters, lastEventId: wholeNumber(0, Number.MAX_SAFE_INTEGER) };

interface Listener {
  res: ServerResponse;
  bases: Bases;
  wants(event: AlertEvent): boolean;
  /** the latest event that was sent or passed over */
  place: number;
  /** the id that the client has */
  told: number;
  /** whether it waits for the table */
  reading: boolean;
  /** heartbeats since it took something */
  stuck: number;
}

/** The handler, with all listeners of one process; `services.alerts` wakes and stops them from now on. */
export function alertStream(services: Services, limits: Partial<StreamLimits> = {}): ApiHandler {
  const { most, heartbeatMs } = { ...LIMITS, ...limits };
  const feed = createAlertFeed(services);
  const listeners = new Set<Listener>();
  let stopped = false;
  let heart: NodeJS.Timeout | undefined;

  services.alerts.wake = feed.wake;
  services.alerts.stop = () => {
    stopped = true;
    // One that takes nothing would not take the end either: it goes on elsewhere from what it has.
    for (const { res } of listeners) res.writableNeedDrain ? res.destroy() : res.end();
  };

  const checkRoom = () => {
    const reason = stopped
      ? 'The server is stopping'
      : listeners.size >= most
        ? `${most} clients listen already`
        : undefined;
    if (reason === undefined) return;
    const { issues } = refuse(503, 'throttled', `${reason}: try again later.`);
    throw new FhirError(503, issues, { 'Retry-After': '5' });
  };

  const add = (listener: Listener, last: number) => {
    const { res } = listener;
    if (res.destroyed) return; // gone while the database was asked
    const tell = () =>
      void sendNext(feed, listener).catch((error: Error) => {
        services.log.error('a listener to alerts is cut off', { after: listener.place, error });
        res.destroy();
      });
    listeners.add(listener);
    heart ??= setInterval(() => {
      for (const each of listeners) beat(each);
    }, heartbeatMs);
    res.on('drain', () => {
      listener.stuck = 0;
      tell();
    });
    const leave = feed.listen(tell, last);
    res.once('close', () => {
      leave();
      listeners.delete(listener);
      if (listeners.size > 0) return;
      clearInterval(heart);
      heart = undefined;
    });
    // The id comes first: a client that loses its connection before the first event goes on from here.
    res.write(`retry: ${RETRY_MS}\nid: ${listener.place}\n\n`);
    tell();
  };

  return async (_services, { query, headers, base, fhirBase }) => {
    checkRoom();
    const { severity, patient, lastEventId } = readParameters(query, PARAMETERS);
    const last = await lastAlertEvent(services.db);
    const place = placeOf(headers['last-event-id'], lastEventId, last);
    const wants = ({ kind, alert }: AlertEvent) =>
      (patient === undefined || alert.patient === patient) &&
      // What is withdrawn may have been more severe before.
      (severity === undefined || kind === 'withdraw' || severity.includes(alert.severity));
    const stream = (res: ServerResponse) => {
      checkRoom();
      add({ res, bases: { base, fhirBase }, wants, place, told: place, reading: false, stuck: 0 }, last);
    };
    return { status: 200, headers: HEADERS, stream };
  };
}

/** The event to go on after: a client that connects again says so in the header, whatever its URL says. */
function placeOf(header: string | string[] | undefined, parameter: number | undefined, last: number): number {
  const given = header
    ? readParameters([['lastEventId', String(header)]], PARAMETERS).lastEventId
    : parameter;
  if (given === undefined) return last;
  if (given > last) {
    throw refuse(
      400,
      'value',
      `There is no event ${given} yet, the latest is ${last}: connect without Last-Event-ID, and read the list of alerts.`,
      'http.lastEventId',
    );
  }
  return given;
}

/** Writes what follows, until there is nothing more or the client has to catch up; `drain` or the next look goes on. */
async function sendNext(feed: AlertFeed, listener: Listener): Promise<void> {
  const { res } = listener;
  if (listener.reading) return;
  while (!res.destroyed && !res.writableEnded && !res.writableNeedDrain) {
    let events = feed.atHand(listener.place);
    if (!events) {
      listener.reading = true;
      try {
        events = await feed.read(listener.place);
      } catch {
        return; // the feed has said so; it tells us again after each look
      } finally {
        listener.reading = false;
      }
      if (res.writableEnded) return;
    }
    if (events.length === 0) return;
    write(listener, events);
  }
}

function write(listener: Listener, events: readonly AlertEvent[]): void {
  let text = '';
  for (const event of events) {
    listener.place = event.seq;
    if (!listener.wants(event)) continue;
    text += blockOf(event, listener.bases);
    listener.told = event.seq;
    if (text.length >= CHUNK) break;
  }
  if (text !== '') listener.res.write(text);
}

/** Keeps the connection open; where events were passed over the client learns the new id, without an event. */
function beat(listener: Listener): void {
  const { res, place, told } = listener;
  if (res.destroyed || res.writableEnded) return;
  if (res.writableNeedDrain) {
    if (++listener.stuck >= PATIENCE) res.destroy();
    return;
  }
  res.write(place > told ? `id: ${place}\n\n` : ':\n\n');
  listener.told = place;
}

/** Most listeners know the server by the same URL: the text is made once for them. */
const texts = new WeakMap<AlertEvent, { base: string; text: string }>();

function blockOf(event: AlertEvent, bases: Bases): string {
  const known = texts.get(event);
  const base = `${bases.base} ${bases.fhirBase}`;
  if (known?.base === base) return known.text;
  const { seq, kind, at } = event;
  const data = { kind, at: new Date(at).toISOString(), alert: alertJson(event.alert, bases) };
  const text = `id: ${seq}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
  texts.set(event, { base, text });
  return text;
}
