// The parent's side of the load generator: one process per measurement, its own figures and everybody's processor time.
import { once } from 'node:events';
import { join } from 'node:path';
import { type CpuUse, measureCpu, type Watched } from './cpuTime.ts';
import type { Load, Plan } from './loadGenerator.ts';
import { startNode } from './processes.ts';

/** A measured load. */
export type Measured = Load & { seconds: number; cpu: CpuUse | undefined };

/** Carries out a plan. @throws Error when not one request succeeded */
export async function runLoad(plan: Plan, watched: Watched): Promise<Measured> {
  const running = startNode([join(import.meta.dirname, 'loadGenerator.ts')], { ipc: true });
  const failed = running.ended.then((end) => {
    throw new Error(`the load generator ended (${end})`);
  });
  failed.catch(() => undefined); // Told by the races below, if it comes to that.
  const next = async () => (await Promise.race([once(running.child, 'message'), failed]))[0];
  try {
    running.child.send(plan);
    await next();
    const endCpu = measureCpu(watched);
    running.child.send('go');
    const load = (await next()) as Load;
    const cpu = endCpu(load.cpuSeconds);
    if (load.failures > 0 && load.failures >= load.requests) {
      throw new Error(`every request failed, the first with: ${load.firstFailure}`);
    }
    return { ...load, seconds: load.ended - load.began, cpu };
  } finally {
    await running.stop();
  }
}
