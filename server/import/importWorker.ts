// A worker thread of an import: takes units, stores them, reports.
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../config.ts';
import { storeShippedVitalSigns } from '../fhir/shippedVitalSigns.ts';
import { createServices } from '../services.ts';
import { createLogger } from '../telemetry.ts';
import { importUnit, type UnitOptions, type UnitReport } from './importUnit.ts';
import type { Unit } from './readUnits.ts';

export interface WorkerData {
  config: Config;
  options: UnitOptions;
}

export type WorkerMessage =
  | { ready: true }
  | { id: number; report: UnitReport }
  | { id: number; failure: string };

const { config, options } = workerData as WorkerData;
const port = parentPort!;
const say = (message: WorkerMessage) => port.postMessage(message);

const services = await createServices(config, createLogger(config.logLevel, {}, process.stderr));
// The database may never have been served.
await storeShippedVitalSigns(services);
port.on('message', async (message: { id: number; unit: Unit } | 'end') => {
  if (message === 'end') {
    await services.close();
    port.close();
    return;
  }
  const { id, unit } = message;
  try {
    say({ id, report: await importUnit(services, unit, options) });
  } catch (error) {
    say({ id, failure: `${unit.path}: ${(error as Error).message}` });
  }
});
say({ ready: true });
