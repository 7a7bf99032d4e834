// A Salus server for one test file: the real app on a free port, with a database of its own.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { startJobs } from '../../server/jobs/startJobs.ts';
import { startMonitor } from '../../server/monitor/startMonitor.ts';
import { createServices } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { cloneDatabase } from './postgres.ts';

export interface TestServer {
  /** absolute URL of the FHIR base */
  base: string;
  databaseUrl: string;
  stop(): Promise<void>;
}

/** An answer: status, headers, and the body as text and (where it is JSON) parsed. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
  body: any;
}

/**
 * Starts a server on a clone of the migrated template; `settings` are environment variables. Without `monitors` nobody in
 * this process follows up its vital signs.
 */
export async function startTestServer(
  settings: Record<string, string> = {},
  { monitors = true } = {},
): Promise<TestServer> {
  const database = await cloneDatabase();
  const config = readConfig({
    DATABASE_URL: database.url,
    DATA_DIR: 'node_modules/.cache/salus-test',
    PORT: '0',
    LOG_LEVEL: 'error',
    // What a test stores is what it finds, but in the tests of vital signs.
    VITALS: 'off',
    ...settings,
  });
  const services = await createServices(config, createLogger(config.logLevel));
  const server = createServer(createApp(services));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jobs = startJobs(services);
  const monitor = monitors && config.vitals !== 'off' ? startMonitor(services) : undefined;
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir/R4`;
  return {
    base,
    databaseUrl: database.url,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([jobs.stop(), monitor?.stop()]);
      await services.close();
      await database.drop();
    },
  };
}

/** One request. A body that is no string is sent as FHIR JSON. */
export async function send(
  method: string,
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson ? JSON.parse(text) : undefined,
  };
}
