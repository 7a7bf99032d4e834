// What is told of alerts, read from the table once per process for all listeners. The latest events stay at hand; whoever is
// further behind reads the table from its own place.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services } from '../../services.ts';
import { type AlertEvent, alertEventsAfter } from '../../store/alerts.ts';

/** Between two looks into the table, as long as somebody listens. */
const POLL_MS = 100;
/** However often it is woken. */
const LEAST_GAP_MS = 10;
/** After a failure. */
const TROUBLE_MS = 1_000;
/** Events read at once. */
const BATCH = 200;
/** Events kept at hand. */
const KEPT = 1_000;
/** Listeners that read the table for themselves at the same time: the others wait, so that requests find connections. */
const READERS = 2;

export interface AlertFeed {
  /**
   * Calls `tell` after each look into the table while somebody listens, until the returned function is called.
   * `last` is the number of the latest event by now.
   */
  listen(tell: () => void, last: number): () => void;
  /** Events after this number that are at hand, in order; undefined when some that follow it are not. */
  atHand(seq: number): AlertEvent[] | undefined;
  /** The next events after this number, in order, from the table. */
  read(seq: number): Promise<AlertEvent[]>;
  /** Looks into the table at once: events were committed. */
  wake(): void;
}

/** The feed of one process. It asks the database only while somebody listens. */
export function createAlertFeed({ db, log }: Pick<Services, 'db' | 'log'>): AlertFeed {
  const listeners = new Set<() => void>();
  /** all events after `before`, up to `head` */
  let recent: AlertEvent[] = [];
  let before = 0;
  let head = 0;
  let running = false;
  let inTrouble = false;
  let woken = false;
  let wakeUp: () => void = () => undefined;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const take = (events: AlertEvent[]) => {
    recent.push(...events);
    head = events.at(-1)?.seq ?? head;
    const tooMany = recent.length - KEPT;
    if (tooMany > 0) before = recent.splice(0, tooMany).at(-1)!.seq;
  };

  /** Milliseconds until the next look. */
  const look = async (): Promise<number> => {
    try {
      const events = await alertEventsAfter(db, head, BATCH);
      take(events);
      inTrouble = false;
      return events.length === BATCH ? 0 : POLL_MS;
    } catch (error) {
      // Said once: as long as the database is away it would be the same every second.
      if (!inTrouble) log.warn('listeners to alerts wait', { reason: (error as Error).message });
      inTrouble = true;
      return TROUBLE_MS;
    }
  };

  const loop = async () => {
    running = true;
    while (listeners.size > 0) {
      woken = false;
      const rest = await look();
      for (const tell of listeners) tell();
      if (rest === 0) continue;
      await sleep(LEAST_GAP_MS);
      if (inTrouble || !woken) await pause(rest - LEAST_GAP_MS);
    }
    running = false;
    recent = [];
  };

  let readers = 0;
  const waiting: (() => void)[] = [];

  return {
    listen: (tell, last) => {
      listeners.add(tell);
      if (!running) {
        before = last;
        head = last;
        void loop();
      }
      return () => {
        listeners.delete(tell);
        if (listeners.size === 0) wakeUp();
      };
    },
    atHand: (seq) =>
      seq < before ? undefined : recent.slice(recent.findLastIndex((event) => event.seq <= seq) + 1),
    read: async (seq) => {
      if (readers === READERS) await new Promise<void>((resolve) => waiting.push(resolve));
      else readers++;
      try {
        return await alertEventsAfter(db, seq, BATCH);
      } finally {
        const next = waiting.shift();
        if (next) next();
        else readers--;
      }
    },
    wake: () => {
      woken = true;
      if (!inTrouble) wakeUp();
    },
  };
}
