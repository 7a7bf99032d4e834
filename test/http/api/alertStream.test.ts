// Server-sent events of alerts: in order, each once, none lost, whichever process a client is connected to.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createApp } from '../../../server/app.ts';
import { readConfig } from '../../../server/config.ts';
import { alertStream, type StreamLimits } from '../../../server/http/alertStream.ts';
import { startHttpServer } from '../../../server/httpServer.ts';
import { createServices } from '../../../server/services.ts';
import { createLogger } from '../../../server/telemetry.ts';
import type { Alert } from '../../../server/vitals/alerts/alert.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { type EventListener, listenTo } from './eventListener.ts';
import { expectProblem } from './expectProblem.ts';
import { type AlertWriter, alertOf, alertWriter, highHeartRate, mediumScore } from './madeAlerts.ts';

let server: TestServer;
/** another process on the same database, as far as alerts are concerned */
let other: TestServer;
let url: string;
let otherUrl: string;
let writer: AlertWriter;
const open: EventListener[] = [];
const high = alertOf(highHeartRate('1', 600));
const moderate = alertOf(mediumScore('2', 600));

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  url = server.base.replace('/fhir/R4', '/api/v1/alerts/stream');
  otherUrl = other.base.replace('/fhir/R4', '/api/v1/alerts/stream');
  writer = alertWriter(server.databaseUrl);
});
afterEach(() => {
  for (const listener of open.splice(0)) listener.close();
});
afterAll(async () => {
  await writer.close();
  await other.stop();
  await server.stop();
});

async function listen(to = url, headers: Record<string, string> = {}): Promise<EventListener> {
  const listener = await listenTo(to, headers);
  open.push(listener);
  return listener;
}

const told = async (): Promise<number> =>
  Number((await writer.query('SELECT coalesce(max(seq), 0) AS seq FROM alert_event')).rows[0].seq);
const numbersOf = ({ events }: EventListener) => events.map(({ id }) => Number(id));
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

describe('GET /alerts/stream', () => {
  it('sends what comes from now on, as events of one line of JSON', async () => {
    await writer.tell({ kind: 'raise', alert: high });
    const before = await told();
    const listener = await listen(url, { 'accept-encoding': 'gzip, br' });
    expect(listener.status).toBe(200);
    expect(listener.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    expect(listener.headers['content-encoding']).toBeUndefined();
    await writer.tell({ kind: 'escalate', alert: high }, { kind: 'acknowledge', alert: moderate });
    await listener.until(() => listener.events.length === 2);
    expect(listener.raw()).toMatch(/^retry: \d+\nid: \d+\n\n/);
    const [first, second] = listener.events;
    expect([first!.id, first!.event, second!.id, second!.event]).toEqual([
      ...[String(before + 1), 'escalate'],
      ...[String(before + 2), 'acknowledge'],
    ]);
    expect(first!.data).toMatchObject({ kind: 'escalate', alert: { id: high.id, severity: 'high' } });
    expect(Date.parse(first!.data.at)).toBeGreaterThan(0);
    await writer.store(high);
    const { body } = await send('GET', first!.data.alert._links.self.href);
    expect(first!.data.alert).toEqual(body);
  });

  it('gives a client that lost its connection before the first event a place to go on from', async () => {
    const listener = await listen();
    await listener.until(() => listener.lastId() !== '');
    listener.close();
    await writer.tell({ kind: 'resolve', alert: high });
    const again = await listen(otherUrl, { 'last-event-id': listener.lastId() });
    await again.until(() => again.events.length === 1);
    expect(again.events[0]).toMatchObject({ event: 'resolve', id: String(await told()) });
  });

  it('starts after Last-Event-ID; the header counts before the parameter', async () => {
    await writer.tell({ kind: 'raise', alert: high }, { kind: 'repeat', alert: high });
    const last = await told();
    const all = await listen(`${url}?lastEventId=0`);
    await all.until(() => all.events.length === last);
    expect(numbersOf(all)).toEqual(numbers(1, last));
    const one = await listen(`${url}?lastEventId=0`, { 'last-event-id': String(last - 1) });
    await one.until(() => one.events.length === 1);
    expect(numbersOf(one)).toEqual([last]);
  });

  it('is restricted by severity and patient; a withdrawal passes any severity', async () => {
    const last = await told();
    const bySeverity = await listen(`${url}?severity=high`);
    const byPatient = await listen(`${url}?patient=Patient/2`);
    const withdrawn: Alert = { ...moderate, status: 'withdrawn' };
    await writer.tell(
      { kind: 'raise', alert: moderate },
      { kind: 'raise', alert: high },
      { kind: 'withdraw', alert: withdrawn },
      { kind: 'resolve', alert: high },
    );
    await bySeverity.until(() => bySeverity.events.length === 3);
    expect(numbersOf(bySeverity)).toEqual([last + 2, last + 3, last + 4]);
    await byPatient.until(() => byPatient.events.length === 2);
    expect(numbersOf(byPatient)).toEqual([last + 1, last + 3]);
  });

  it.each([
    ['?severity=bad', {}, 'severity'],
    ['?patient=a/b', {}, 'patient'],
    ['?status=active', {}, 'status'],
    ['?lastEventId=-1', {}, 'lastEventId'],
    ['', { 'last-event-id': 'x' }, 'lastEventId'],
    ['?lastEventId=999999999', {}, 'lastEventId'],
  ])('refuses %s %j', async (query, headers, parameter) => {
    expectProblem(await send('GET', url + query, undefined, headers), 400, { parameter });
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await send('HEAD', url);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
  });
});

describe('listeners of several processes', () => {
  it('get each event once and in order, though they lose their connections while many write', async () => {
    const start = await told();
    const writers = 6;
    const rounds = 40;
    const kinds = ['raise', 'repeat', 'resolve'] as const;
    const steady = await listen(otherUrl);
    const writing = Promise.all(
      Array.from({ length: writers }, async (_, w) => {
        for (let round = 0; round < rounds; round++) {
          const events = kinds.slice(0, 1 + ((w + round) % 3)).map((kind) => ({ kind, alert: high }));
          await writer.tell(...events);
          await sleep((w * 7 + round * 3) % 5);
        }
      }),
    );
    let finished = false;
    void writing.then(() => {
      finished = true;
    });
    const received: number[] = [];
    let lastId = String(start);
    let connections = 0;
    while (!finished || received.length < (await told()) - start) {
      const listener = await listen(connections++ % 2 === 0 ? url : otherUrl, { 'last-event-id': lastId });
      const enough = 5 + ((connections * 11) % 20);
      await Promise.race([listener.until(() => listener.events.length >= enough), sleep(300)]);
      listener.close();
      await listener.ended;
      received.push(...numbersOf(listener));
      lastId = listener.lastId();
    }
    await writing;
    const last = await told();
    expect(last - start).toBe(writers * rounds * 2);
    expect(received).toEqual(numbers(start + 1, last));
    expect(connections).toBeGreaterThan(5);
    await steady.until(() => steady.events.length === last - start);
    expect(numbersOf(steady)).toEqual(received);
  });

  it('that read slowly get all of it in the end, and keep nobody else waiting', async () => {
    const start = await told();
    const slow = await listen();
    slow.pause();
    const quick = await listen();
    // More than the sockets hold and than is kept at hand.
    const batches = 15;
    const size = 300;
    const long: Alert = { ...high, title: 'x'.repeat(2_000) };
    for (let batch = 0; batch < batches; batch++) {
      await writer.tell(...Array.from({ length: size }, () => ({ kind: 'repeat' as const, alert: long })));
    }
    await quick.until(() => quick.events.length === batches * size);
    expect(numbersOf(quick)).toEqual(numbers(start + 1, start + batches * size));
    expect(slow.events.length).toBeLessThan(batches * size);
    slow.resume();
    await slow.until(() => slow.events.length === batches * size);
    expect(numbersOf(slow)).toEqual(numbersOf(quick));
  });

  it('go on when the database comes back', async () => {
    const start = await told();
    const listener = await listen();
    await writer.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await writer.query('ALTER TABLE alert_event RENAME TO away');
    await sleep(300);
    await writer.query('ALTER TABLE away RENAME TO alert_event');
    await writer.tell({ kind: 'raise', alert: high });
    await listener.until(() => listener.events.length === 1);
    expect(numbersOf(listener)).toEqual([start + 1]);
  });
});

describe('a process', () => {
  /** The stream by itself, with other limits. */
  async function withLimits(limits: Partial<StreamLimits>) {
    const config = readConfig({ DATABASE_URL: server.databaseUrl, LOG_LEVEL: 'error', PORT: '0' });
    const services = await createServices(config, createLogger('error'));
    const handler = alertStream(services, limits);
    const alone = createServer(async (req, res) => {
      const query: [string, string][] = [...new URL(req.url!, 'http://x').searchParams];
      const bases = { base: 'http://x/api/v1', fhirBase: 'http://x/fhir/R4' };
      try {
        const { headers, stream } = await handler(services, {
          ...{ method: 'GET', params: {}, requestId: 'r', headers: req.headers, body: undefined },
          ...bases,
          query,
        });
        for (const [name, value] of Object.entries(headers!)) res.setHeader(name, value);
        stream!(res);
      } catch (error) {
        res.statusCode = (error as { status: number }).status;
        res.end();
      }
    });
    const sockets = new Set<unknown>();
    alone.on('connection', (socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => alone.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(alone.address() as AddressInfo).port}/`,
      services,
      connections: () => sockets.size,
      stop: async () => {
        alone.closeAllConnections();
        await new Promise((resolve) => alone.close(resolve));
        await services.close();
      },
    };
  }

  it('keeps connections open with comments, and tells the id of what it passes over', async () => {
    const alone = await withLimits({ heartbeatMs: 20 });
    const listener = await listen(`${alone.url}?severity=low`);
    await listener.until(() => listener.raw().includes('\n:\n'));
    await writer.tell({ kind: 'raise', alert: high });
    const last = String(await told());
    await listener.until(() => listener.lastId() === last);
    expect(listener.events).toEqual([]);
    await alone.stop();
  });

  it('takes so many listeners and no more, until one leaves', async () => {
    const alone = await withLimits({ most: 2 });
    const [first] = [await listen(alone.url), await listen(alone.url)];
    expect((await listen(alone.url)).status).toBe(503);
    first.close();
    let status = 503;
    while (status === 503) status = (await listen(alone.url)).status;
    expect(status).toBe(200);
    await alone.stop();
  });

  it('cuts a listener off, and nothing else, where an event cannot be shown', async () => {
    const before = await listen();
    await writer.query(
      `INSERT INTO alert_event SELECT max(seq) + 1, 'raise', now(), 'x', '{"id": "x"}' FROM alert_event`,
    );
    await before.ended;
    expect(before.events).toEqual([]);
    expect((await send('GET', server.base.replace('/fhir/R4', '/api/v1'))).status).toBe(200);
    await writer.query(
      `UPDATE alert_event SET state = (SELECT state FROM alert_event WHERE seq = 1) WHERE alert = 'x'`,
    );
    const after = await listen(otherUrl, { 'last-event-id': before.lastId() });
    await after.until(() => after.events.length === 1);
    expect(numbersOf(after)).toEqual([await told()]);
  });

  it('forgets a listener that left before its stream began', async () => {
    const alone = await withLimits({ most: 1 });
    const rival = await writer.connect();
    await rival.query('BEGIN; LOCK TABLE alert_event IN ACCESS EXCLUSIVE MODE');
    const gone = new AbortController();
    const leaving = fetch(alone.url, { signal: gone.signal }).catch((error: Error) => error.name);
    const isWaiting =
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await rival.query(isWaiting)).rowCount === 0);
    gone.abort();
    expect(await leaving).toBe('AbortError');
    await sleep(50); // until the server knows
    await rival.query('ROLLBACK');
    rival.release();
    let status = 503;
    while (status === 503) status = (await listen(alone.url)).status;
    expect(status).toBe(200);
    await alone.stop();
  });

  it('gives up a listener that takes nothing for some heartbeats', async () => {
    const alone = await withLimits({ heartbeatMs: 50 });
    const listener = await listen(alone.url);
    listener.pause();
    const long: Alert = { ...high, title: 'x'.repeat(20_000) };
    const start = await told();
    for (let batch = 0; batch < 10; batch++) {
      await writer.tell(...Array.from({ length: 100 }, () => ({ kind: 'repeat' as const, alert: long })));
    }
    while (alone.connections() > 0) await sleep(10);
    listener.resume();
    await listener.ended;
    // What it has is whole and in order, and it can go on from there.
    const received = numbersOf(listener);
    expect(received).toEqual(numbers(start + 1, start + received.length));
    const again = await listen(alone.url, { 'last-event-id': listener.lastId() });
    await again.until(() => again.events.length === 1000 - received.length);
    await alone.stop();
  });

  it('is woken by what is committed in it, and takes no listeners once it stops', async () => {
    const alone = await withLimits({});
    const listener = await listen(alone.url);
    await writer.tell({ kind: 'raise', alert: high });
    alone.services.alerts.wake();
    await listener.until(() => listener.events.length === 1);
    alone.services.alerts.stop();
    await listener.ended;
    expect((await listen(alone.url)).status).toBe(503);
    await alone.stop();
  });

  it('that stops ends its streams and takes no new ones', async () => {
    const idle = () => ({ stop: async () => undefined });
    const application = { createServices, createApp, startJobs: idle, startMonitor: idle, ms: 0 };
    const stopping = await startHttpServer(
      readConfig({ DATABASE_URL: server.databaseUrl, LOG_LEVEL: 'error', PORT: '0', VITALS: 'off' }),
      createLogger('error'),
      application as unknown as Parameters<typeof startHttpServer>[2],
    );
    const listener = await listen(`http://127.0.0.1:${stopping.port}/api/v1/alerts/stream`);
    const before = await told();
    await listener.until(() => listener.lastId() === String(before));
    // Without an end of the streams this would take longer than the test may.
    await stopping.stop(600_000);
    await listener.ended;
    expect(listener.lastId()).toBe(String(before));
  });
});
