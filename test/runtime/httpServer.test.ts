import { Agent, get, type RequestListener } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../server/config.ts';
import { type loadApplication, startHttpServer } from '../../server/httpServer.ts';
import { createLogger } from '../../server/telemetry.ts';

type Application = Awaited<ReturnType<typeof loadApplication>>;

async function serve(app: RequestListener) {
  const events: string[] = [];
  const services = {
    alerts: { stop: () => void events.push('listeners sent away') },
    close: async () => void events.push('services closed'),
  };
  const application = {
    createServices: async () => services,
    createApp: () => app,
    startJobs: () => ({ stop: async () => void events.push('jobs stopped') }),
    startMonitor: () => ({ stop: async () => void events.push('monitor stopped') }),
    ms: 0,
  };
  const server = await startHttpServer(
    readConfig({ PORT: '0' }),
    createLogger('error'),
    application as unknown as Application,
  );
  return { server, events, url: `http://127.0.0.1:${server.port}/` };
}

/** The body, or the code of the error when the connection broke. */
function request(url: string, agent?: Agent): Promise<string> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
  });
}

describe('startHttpServer', () => {
  it('finishes a running request when told to stop, takes no new one, and closes the services last', async () => {
    let answer: () => void = () => undefined;
    const arrived = Promise.withResolvers<void>();
    const { server, events, url } = await serve((_request, response) => {
      answer = () => {
        events.push('answered');
        response.end('done');
      };
      arrived.resolve();
    });
    const agent = new Agent({ keepAlive: true });
    const running = request(url, agent);
    await arrived.promise;
    const stopped = server.stop(60_000);
    expect(await request(url)).toBe('ECONNREFUSED');
    answer();
    expect(await running).toBe('done');
    await stopped;
    expect(events).toEqual([
      'jobs stopped',
      'monitor stopped',
      'listeners sent away',
      'answered',
      'services closed',
    ]);
    agent.destroy();
  });

  it('breaks off what runs longer than the grace time', async () => {
    const arrived = Promise.withResolvers<void>();
    const { server, events, url } = await serve(() => arrived.resolve());
    const running = request(url);
    await arrived.promise;
    await server.stop(10);
    expect(await running).toBe('ECONNRESET');
    expect(events).toEqual(['jobs stopped', 'monitor stopped', 'listeners sent away', 'services closed']);
  });
});
