// The job runner of a process: takes the next job when no other process is at work on it, a step at a time, with pauses so
// that clients are served first. It looks for work when it is woken and every second.
import { randomUUID } from 'node:crypto';
import { ensureDefinitions } from '../currentDefinitions.ts';
import { storeShippedVitalSigns } from '../fhir/shippedVitalSigns.ts';
import type { Services } from '../services.ts';
import { retrying, transaction } from '../store/database.ts';
import { claimJob, type JobKind, releaseJobs } from '../store/jobs.ts';
import { evaluateJob } from './evaluateJob.ts';
import { reindexJob } from './reindexJob.ts';
import { type JobWork, type StepResult, walkStep } from './walkJob.ts';

const WORK: Readonly<Record<JobKind, JobWork>> = { reindex: reindexJob, 'evaluate-vitals': evaluateJob };

const POLL_MS = 1_000;
/** Between two looks whether older transactions have ended. */
const WAIT_MS = 50;
/** A step is followed by a pause as long as itself, within these bounds. */
const LEAST_PAUSE_MS = 2;
const MOST_PAUSE_MS = 100;

/** Running jobs of this process. */
export interface JobRunner {
  /** Ends the step at hand and lets go of the job: another process goes on with it. */
  stop(): Promise<void>;
}

/** Starts to work on jobs. */
export function startJobs(services: Services): JobRunner {
  const owner = randomUUID();
  let stopping = false;
  let inTrouble = false;
  let wake: () => void = () => undefined;
  let woken = false;
  services.jobs.wake = () => {
    woken = true;
    wake();
  };

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const step = async (): Promise<StepResult | 'idle'> => {
    const result = await retrying(async (n) => {
      if (n > 0) await ensureDefinitions(services);
      return transaction(services.db, async (tx) => {
        const job = await claimJob(tx, owner);
        return job ? walkStep(services, tx, job, WORK[job.kind]) : 'idle';
      });
    });
    if (result === 'finished') await ensureDefinitions(services);
    return result;
  };

  // The log says why it failed; the next start tries again.
  const seeding = storeShippedVitalSigns(services).catch((error: Error) =>
    services.log.error('the shipped vital signs could not be stored', { reason: error.message }),
  );

  const loop = async () => {
    await seeding;
    while (!stopping) {
      woken = false;
      const begun = performance.now();
      let rest = POLL_MS;
      try {
        const result = await step();
        inTrouble = false;
        const took = performance.now() - begun;
        if (result === 'finished') rest = 0;
        else if (result === 'waiting') rest = WAIT_MS;
        else if (result === 'worked') rest = Math.min(Math.max(took, LEAST_PAUSE_MS), MOST_PAUSE_MS);
      } catch (error) {
        // Said once: as long as the database is away it would be the same every second.
        if (!inTrouble) services.log.warn('background jobs pause', { reason: (error as Error).message });
        inTrouble = true;
      }
      if (!stopping && !(woken && rest === POLL_MS)) await pause(rest);
    }
    await releaseJobs(services.db, owner).catch(() => undefined);
  };

  const ended = loop();
  return {
    async stop() {
      stopping = true;
      services.jobs.wake = () => undefined;
      wake();
      await ended;
    },
  };
}
