// Long loops over the entries of a bundle let other requests of the process have a turn now and then.
import { setImmediate } from 'node:timers/promises';

/** Entries that take about 10 ms together. */
const TURN = 128;

/** Resolves at once but for every 128th `index`, where whatever else is waiting goes first. */
export async function breathe(index: number): Promise<void> {
  if (index % TURN === TURN - 1) await setImmediate();
}
