// One of the processes that share the port: started by workers.ts through node:cluster, told over its channel what to do.
import { processEnvironment, readConfig } from './config.ts';
import { type HttpServer, loadApplication, startHttpServer } from './httpServer.ts';
import { createLogger } from './telemetry.ts';

/** What the primary process says: `start` once the database is there, `stop` at the end. */
export type WorkerOrder = { order: 'start'; databaseUrl: string } | { order: 'stop'; graceMs: number };
/** What a worker answers: where it listens, or why it cannot. */
export type WorkerReport =
  | { report: 'ready'; pid: number; port: number; steps: Record<string, number> }
  | { report: 'failed'; reason: string };

const settings = readConfig(processEnvironment());
const log = createLogger(settings.logLevel, { worker: process.pid });
const application = loadApplication();
application.catch(() => undefined); // dealt with in `start`
let server: Promise<HttpServer> | undefined;
let stopping = false;

// A signal to the whole process group (Ctrl-C) reaches us as well, but when to stop is for the primary to say. When the primary
// is killed, node:cluster ends us.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.stdout.on('error', () => undefined);
process.on('message', (message: WorkerOrder) => {
  if (message.order === 'start') void start(message.databaseUrl);
  if (message.order === 'stop') void stop(message.graceMs);
});
process.on('uncaughtException', (error) => {
  log.error('worker crashed', { error });
  process.exit(1);
});

async function start(databaseUrl: string): Promise<void> {
  try {
    server = application.then((loaded) => startHttpServer({ ...settings, databaseUrl }, log, loaded));
    const { port, steps } = await server;
    tell({ report: 'ready', pid: process.pid, port, steps });
  } catch (error) {
    log.debug('worker did not start', { error });
    tell({ report: 'failed', reason: (error as Error).message }, () => process.exit(1));
  }
}

async function stop(graceMs: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await (await server?.catch(() => undefined))?.stop(graceMs);
  process.exit();
}

function tell(report: WorkerReport, then: () => void = () => undefined): void {
  process.send?.(report, undefined, undefined, then);
}
