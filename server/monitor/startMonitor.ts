// The monitor of a process: follows up what is queued, right after this process queued something and now and then for what
// others left behind. All processes are ready to; one at a time does.
import { ensureDefinitions } from '../currentDefinitions.ts';
import type { Services } from '../services.ts';
import { retrying, transaction } from '../store/database.ts';
import { noteFailure } from '../store/vitalQueue.ts';
import { followUp, nameOf, type Step } from './followUp.ts';

/** How soon what another process left behind is found. */
const POLL_MS = 500;
/** Steps begin no sooner than this after one another: what comes in meanwhile shares the next one. */
const PACE_MS = 40;
/** Entries in a step: about 100 ms of work. */
const MOST = 200;

/** The running monitor of a process. */
export interface Monitor {
  /** Ends the step at hand; what is queued then is left for others. */
  stop(): Promise<void>;
}

/** Starts to follow up vital signs. */
export function startMonitor(services: Services): Monitor {
  let stopping = false;
  let inTrouble = false;
  let woken = false;
  let wake: () => void = () => undefined;
  services.monitor.wake = () => {
    woken = true;
    wake();
  };

  const pause = (ms: number, canBeWoken: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        if (!canBeWoken && !stopping) return;
        clearTimeout(timer);
        resolve();
      };
    });

  const step = (most: number): Promise<Step> =>
    retrying(async (n) => {
      if (n > 0) await ensureDefinitions(services);
      return transaction(services.db, (tx) => followUp(services, tx, most));
    });

  const loop = async () => {
    let most = MOST;
    while (!stopping) {
      woken = false;
      const begun = performance.now();
      let more = false;
      try {
        const { taken, busy, announced } = await step(most);
        if (announced) services.alerts.wake();
        more = taken === most || busy === true;
        most = MOST;
        inTrouble = false;
      } catch (error) {
        // One entry may be the reason: it is looked for one by one, and put aside.
        if (most > 1) {
          most = 1;
          more = true;
        } else if (await putAside(services, error as Error)) more = true;
        if (!inTrouble)
          services.log.warn('vital signs wait to be followed up', { reason: (error as Error).message });
        inTrouble = true;
      }
      if (stopping) break;
      await pause(Math.max(PACE_MS - (performance.now() - begun), 0), false);
      if (!more && !woken && !stopping) await pause(POLL_MS, true);
    }
  };

  const ended = loop();
  return {
    async stop() {
      stopping = true;
      services.monitor.wake = () => undefined;
      wake();
      await ended;
    },
  };
}

/** Puts the entry that failed behind all others, unless the database is what fails. */
async function putAside({ db, log }: Services, error: Error): Promise<boolean> {
  const entry = await noteFailure(db, error.message).catch(() => undefined);
  if (entry) log.error('a vital sign could not be followed up', { entry: nameOf(entry), error });
  return entry !== undefined;
}
