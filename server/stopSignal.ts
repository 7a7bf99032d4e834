// SIGTERM and SIGINT: the first asks us to stop in order, a second one to stop at once.
import type { Logger } from './telemetry.ts';

/** The wish to stop. */
export interface StopSignal {
  signal: AbortSignal;
  received: Promise<undefined>;
}

// Ctrl-C under npm can arrive twice, from the terminal and from npm.
const SAME_SIGNAL_MS = 500;

/** Listens for the signals from now on. */
export function onStopSignal(log: Logger): StopSignal {
  const controller = new AbortController();
  const received = Promise.withResolvers<undefined>();
  let first = 0;
  const onSignal = (name: string) => {
    if (first === 0) {
      first = Date.now();
      log.info('stopping', { signal: name });
      controller.abort();
      received.resolve(undefined);
    } else if (Date.now() - first > SAME_SIGNAL_MS) {
      log.warn('stopping at once', { signal: name });
      // Workers end with their channel to us; the embedded database is told to shut down in an exit hook.
      process.exit(1);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { signal: controller.signal, received: received.promise };
}
