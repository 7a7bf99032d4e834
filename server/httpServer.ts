// Serves the app over HTTP in this process, and stops without breaking off what is running.
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from './config.ts';
import type { Logger } from './telemetry.ts';

/** A server that listens. */
export interface HttpServer {
  port: number;
  /** Milliseconds that the steps of the start took. */
  steps: Record<string, number>;
  /** Takes no more requests, lets those that run go on for at most `graceMs`, then closes everything. */
  stop(graceMs: number): Promise<void>;
}

const SERVER_OPTIONS = {
  // Longer than the 60 s after which common proxies drop an idle connection, so that they never reuse one we just closed.
  keepAliveTimeout: 65_000,
  headersTimeout: 30_000,
  // For the whole request: a large bundle may come over a slow line.
  requestTimeout: 300_000,
  // Search URLs are long.
  maxHeaderSize: 64 * 1024,
};
const SWEEP_MS = 25;

/** Loads the application's code: worth starting before its database is there. */
export async function loadApplication() {
  const started = performance.now();
  const [{ createServices }, { createApp }, { startJobs }, { startMonitor }] = await Promise.all([
    import('./services.ts'),
    import('./app.ts'),
    import('./jobs/startJobs.ts'),
    import('./monitor/startMonitor.ts'),
  ]);
  return { createServices, createApp, startJobs, startMonitor, ms: performance.now() - started };
}

/** Builds the services and the app, and listens. Throws an Error with a one-line message when the address is not to be had. */
export async function startHttpServer(
  config: Config,
  log: Logger,
  application: Awaited<ReturnType<typeof loadApplication>>,
): Promise<HttpServer> {
  const started = performance.now();
  const services = await application.createServices(config, log);
  const built = performance.now();
  const app: RequestListener = application.createApp(services);
  const server = createServer(SERVER_OPTIONS, app);
  try {
    await listen(server, config.host, config.port);
  } catch (error) {
    await services.close();
    throw error;
  }
  const jobs = application.startJobs(services);
  const monitor = config.vitals === 'off' ? undefined : application.startMonitor(services);
  const stop = async (graceMs: number) => {
    const stopped = Promise.all([jobs.stop(), monitor?.stop()]);
    // They would never end by themselves; their clients go on elsewhere.
    services.alerts.stop();
    const closed = new Promise((resolve) => server.close(resolve));
    // A connection is idle between two requests of its client: it is closed as soon as its running request is answered.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
    const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(sweep);
    clearTimeout(deadline);
    await stopped;
    await services.close();
  };
  const steps = {
    load: Math.round(application.ms),
    services: Math.round(built - started),
    listen: Math.round(performance.now() - built),
  };
  return { port: (server.address() as AddressInfo).port, steps, stop };
}

/** Throws an Error with a one-line message when nothing can listen on the address now. */
export async function checkAddress(host: string, port: number): Promise<void> {
  const probe = createServer();
  await listen(probe, host, port);
  await new Promise((resolve) => probe.close(resolve));
}

function listen(server: ReturnType<typeof createServer>, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(explain(error, host, port))));
    server.listen({ host, port }, resolve);
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} on ${host} is taken: stop what uses it, or set PORT`;
  if (error.code === 'EACCES') return `Port ${port} may not be used by this user: set PORT to 1024 or more`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `HOST: ${host} is not an address of this machine`;
  return `Cannot listen on ${host}, port ${port}: ${error.message}`;
}
