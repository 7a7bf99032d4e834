// The load generator, a process of its own: takes a plan over its channel, says when it is ready, and on "go" drives the server
// with a number of clients, each of which waits for one answer before it asks again.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { randomNumbers } from './corpus.ts';
import { type Answer, type HttpConnection, openConnection } from './httpConnection.ts';
import { SENDING_TIME } from './ward.ts';

/** What to do. `seconds`: when to start nothing more. */
export type Plan = { port: number; clients: number; seconds: number } & (
  | { kind: 'post'; path: string; files: { path: string; resources: number }[] }
  | { kind: 'get'; paths: string[] }
  | { kind: 'cycle'; base: string; samples: CycleSample[] }
  | {
      kind: 'create';
      path: string;
      /** sent one after the other, again from the first when all are through; {@link SENDING_TIME} becomes the time */
      bodies: string[];
      /** each once, so many a second, whatever the server makes of it */
      perSecond?: number;
    }
  | {
      kind: 'search';
      searches: { path: string; label: string }[];
      /** ask each as often, one after the other, while there is time; otherwise in a random order until time is up */
      rounds?: number;
    }
);

/** A resource to create, and what it is updated to (without its id). */
export interface CycleSample {
  type: string;
  created: string;
  updated: Record<string, unknown>;
}

/** What came of it. Latencies are in milliseconds, `began` and `ended` on the clock of `process.hrtime` in seconds. */
export interface Load {
  requests: number;
  /** resources in the bundles that were taken */
  resources: number;
  bytes: number;
  began: number;
  ended: number;
  latencies: Record<string, { count: number; mean: number; p50: number; p99: number; max: number }>;
  /** of all kinds of requests */
  latency: { p50: number; p99: number; max: number };
  /** of a plan of searches: each of them, in the plan's order */
  searches?: SearchLoad[];
  /** of paced creates: when each was answered, in the plan's order, in seconds of `process.hrtime`; 0 for what failed */
  answered?: number[];
  failures: number;
  firstFailure: string | undefined;
  /** user and system time of this process */
  cpuSeconds: number;
}

/** The milliseconds that one search took each time, and how often its page had no entry. */
export interface SearchLoad {
  times: number[];
  empty: number;
}

type Ask = (
  kind: string,
  expected: number[],
  method: string,
  path: string,
  body?: string | Buffer,
  isGood?: (answer: Answer) => boolean,
) => Promise<Answer | undefined>;
/** One client's next piece of work; false when there is none left. */
type Step = (ask: Ask) => Promise<boolean>;

const now = () => Number(process.hrtime.bigint()) / 1e9;

process.on('disconnect', () => process.exit());
process.once('message', async (message: Plan) => {
  const step = prepare(message);
  process.send!('ready');
  await new Promise((resolve) => process.once('message', resolve));
  process.send!(await drive(message, step));
});

async function drive(
  { port, clients, seconds }: Plan,
  { step, resources, searches, answered }: Prepared,
): Promise<Load> {
  const latencies: Record<string, number[]> = {};
  let [requests, bytes, failures] = [0, 0, 0];
  let firstFailure: string | undefined;
  const fail = (reason: string) => {
    failures++;
    firstFailure ??= reason;
  };
  const client = async () => {
    let connection: HttpConnection | undefined;
    const ask: Ask = async (kind, expected, method, path, body, isGood = () => true) => {
      const started = performance.now();
      try {
        connection ??= await openConnection(port);
        const answer = await connection.send(method, path, body);
        latencies[kind] ??= [];
        latencies[kind].push(performance.now() - started);
        requests++;
        bytes += answer.bytes;
        if (expected.includes(answer.status) && isGood(answer)) return answer;
        fail(`${method} ${path}: ${answer.status} ${answer.start}`);
      } catch (error) {
        fail(`${method} ${path}: ${(error as Error).message}`);
        connection = undefined;
      }
      return undefined;
    };
    while (now() < deadline && (await step(ask)));
    connection?.close();
  };
  const cpu = process.cpuUsage();
  const began = now();
  const deadline = began + seconds;
  await Promise.all(Array.from({ length: clients }, client));
  const ended = now();
  const { user, system } = process.cpuUsage(cpu);
  return {
    requests,
    resources: resources(),
    bytes,
    began,
    ended,
    latencies: Object.fromEntries(Object.entries(latencies).map(([kind, list]) => [kind, summary(list)])),
    latency: summary(Object.values(latencies).flat()),
    ...(searches ? { searches } : {}),
    ...(answered ? { answered } : {}),
    failures,
    firstFailure,
    cpuSeconds: (user + system) / 1e6,
  };
}

interface Prepared {
  step: Step;
  resources: () => number;
  searches?: SearchLoad[];
  answered?: number[];
}

function prepare(plan: Plan): Prepared {
  let n = 0;
  let resources = 0;
  if (plan.kind === 'post') {
    const bodies = plan.files.map(({ path }) => readFileSync(path));
    return {
      step: async (ask) => {
        const at = n++;
        if (at >= bodies.length) return false;
        if (await ask('bundle', [200], 'POST', plan.path, bodies[at])) resources += plan.files[at]!.resources;
        return true;
      },
      resources: () => resources,
    };
  }
  if (plan.kind === 'get') {
    const random = randomNumbers(7);
    return {
      step: async (ask) => {
        await ask('get', [200], 'GET', plan.paths[Math.floor(random() * plan.paths.length)]!);
        return true;
      },
      resources: () => 0,
    };
  }
  if (plan.kind === 'search') return prepareSearches(plan);
  if (plan.kind === 'create') return prepareCreates(plan);
  return {
    step: async (ask) => {
      const { type, created, updated } = plan.samples[n++ % plan.samples.length]!;
      const made = await ask('create', [201], 'POST', `${plan.base}/${type}`, created);
      const id = made && new RegExp(`${type}/([^/]+)`).exec(made.location ?? '')?.[1];
      if (!id) return true;
      const path = `${plan.base}/${type}/${id}`;
      await ask('read', [200], 'GET', path);
      await ask('update', [200], 'PUT', path, JSON.stringify({ ...updated, id }));
      await ask('delete', [200, 204], 'DELETE', path);
      return true;
    },
    resources: () => 0,
  };
}

function prepareCreates({ path, bodies, perSecond }: Extract<Plan, { kind: 'create' }>): Prepared {
  const answered = perSecond === undefined ? undefined : bodies.map(() => 0);
  let [n, created] = [0, 0];
  let began: number | undefined;
  const step: Step = async (ask) => {
    const at = n++;
    if (perSecond !== undefined) {
      if (at >= bodies.length) return false;
      began ??= now();
      const early = began + at / perSecond - now();
      if (early > 0) await pause(early * 1000);
    }
    const body = bodies[at % bodies.length]!.replace(SENDING_TIME, new Date().toISOString());
    if (await ask('create', [201], 'POST', path, body)) {
      created++;
      if (answered) answered[at] = now();
    }
    return true;
  };
  return { step, resources: () => created, ...(answered ? { answered } : {}) };
}

function prepareSearches({ searches, rounds }: Extract<Plan, { kind: 'search' }>) {
  const random = randomNumbers(7);
  const loads: SearchLoad[] = searches.map(() => ({ times: [], empty: 0 }));
  const isSearchset = ({ start }: Answer) => start.includes('"type":"searchset"');
  let n = 0;
  const step: Step = async (ask) => {
    const at = rounds === undefined ? Math.floor(random() * searches.length) : n++;
    if (rounds !== undefined && at >= rounds * searches.length) return false;
    const { path, label } = searches[at % searches.length]!;
    const started = performance.now();
    const answer = await ask(label, [200], 'GET', path, undefined, isSearchset);
    if (!answer) return true;
    const load = loads[at % searches.length]!;
    load.times.push(performance.now() - started);
    if (!answer.start.includes('"entry":[')) load.empty++;
    return true;
  };
  return { step, resources: () => 0, searches: loads };
}

function summary(list: number[]): Load['latencies'][string] {
  const sorted = Float64Array.from(list).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  const mean = sorted.reduce((sum, one) => sum + one, 0) / sorted.length;
  return { count: sorted.length, mean, p50: at(0.5), p99: at(0.99), max: at(1) };
}
