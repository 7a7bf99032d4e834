// The monitor of a process: follows up what is queued, right after this process queued something and now and then for what
// others left behind. Readings of the last minutes have a lane of their own, so that nothing else holds up their alerts. All
// processes are ready to; on each lane one at a time does.
import { ensureDefinitions } from '../currentDefinitions.ts';
import type { Services } from '../services.ts';
import { isDatabaseTrouble, retrying, transaction } from '../store/database.ts';
import { type Lane, noteFailure, postpone, type QueuedVital } from '../store/vitalQueue.ts';
import { followUp, type Step } from './followUp.ts';
import { TakesLong } from './updateAlerts.ts';

/** How soon what another process left behind is found. */
const POLL_MS = 500;
/** Steps begin no sooner than this after one another: what comes in meanwhile shares the next one. */
const PACE_MS = 40;
/** A step of the late lane is to take about this long; a pause as long follows, so that clients are served first. */
const LATE_STEP_MS = 150;
/** Entries in a step. */
const MOST = { live: 200, late: 400 } as const;
const FEWEST = 5;

/** The running monitor of a process. */
export interface Monitor {
  /** Ends the steps at hand; what is queued then is left for others. */
  stop(): Promise<void>;
}

/** Starts to follow up vital signs. */
export function startMonitor(services: Services): Monitor {
  const live = startLane(services, 'live');
  const late = startLane(services, 'late');
  services.monitor.wake = () => {
    live.wake();
    late.wake();
  };
  return {
    async stop() {
      services.monitor.wake = () => undefined;
      await Promise.all([live.stop(), late.stop()]);
    },
  };
}

function startLane(services: Services, lane: Lane): Monitor & { wake: () => void } {
  let stopping = false;
  let inTrouble = false;
  let woken = false;
  let rouse: () => void = () => undefined;

  const pause = (ms: number, canBeWoken: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      rouse = () => {
        if (!canBeWoken && !stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });

  const step = (most: number): Promise<Step> =>
    retrying(async (n) => {
      if (n > 0) await ensureDefinitions(services);
      return transaction(services.db, (tx) => followUp(services, tx, lane, most));
    });

  const loop = async () => {
    let most: number = MOST[lane];
    while (!stopping) {
      woken = false;
      const begun = performance.now();
      let more = false;
      try {
        const { taken, busy, announced } = await step(most);
        if (announced) services.alerts.wake();
        more = taken === most || busy === true;
        if (!busy) most = nextSize(lane, most, taken, performance.now() - begun);
        inTrouble = false;
      } catch (error) {
        if (error instanceof TakesLong) {
          await postpone(services.db, error.patient).catch(() => undefined);
          more = true;
          continue;
        }
        // One entry may be the reason: it is looked for one by one, and put aside.
        if (most > 1) {
          most = 1;
          more = true;
        } else if (await putAside(services, lane, error as Error)) more = true;
        if (!inTrouble)
          services.log.warn('vital signs wait to be followed up', { reason: (error as Error).message });
        inTrouble = true;
      }
      if (stopping) break;
      const took = performance.now() - begun;
      await pause(
        lane === 'late' ? Math.min(Math.max(took, PACE_MS), POLL_MS) : Math.max(PACE_MS - took, 0),
        false,
      );
      if (!more && !woken && !stopping) await pause(POLL_MS, true);
    }
  };

  const ended = loop();
  return {
    wake() {
      woken = true;
      rouse();
    },
    async stop() {
      stopping = true;
      rouse();
      await ended;
    },
  };
}

/** How many entries the next step takes. */
function nextSize(lane: Lane, most: number, taken: number, took: number): number {
  if (lane === 'live') return MOST.live;
  if (took > 2 * LATE_STEP_MS) return Math.max(Math.floor(most / 2), FEWEST);
  return taken === most && took < LATE_STEP_MS ? Math.min(most * 2, MOST.late) : Math.max(most, FEWEST);
}

/** Puts the entry that failed behind all others, unless the database is what fails. */
async function putAside({ db, log }: Services, lane: Lane, error: Error): Promise<boolean> {
  if (isDatabaseTrouble(error)) return false;
  const entry = await noteFailure(db, lane, error.message).catch(() => undefined);
  if (entry) log.error('a vital sign could not be followed up', { entry: nameOf(entry), error });
  return entry !== undefined;
}

/** For the log: what an entry of the queue is. */
const nameOf = ({ type, id }: QueuedVital): string => `${type}/${id}`;
