// The workloads on vital signs over HTTP: single readings as fast as they are taken, beside a server that leaves them alone, and
// the time from a reading to its alert at a listener.
import { setTimeout as pause } from 'node:timers/promises';
import { type AlertListener, type Arrival, listenToAlerts } from './alertListener.ts';
import { withClient } from './benchServer.ts';
import { type CpuUse, cores, measureCpu } from './cpuTime.ts';
import type { FloorFigure } from './floors.ts';
import { type Measured, runLoad } from './load.ts';
import type { Plan } from './loadGenerator.ts';
import { profileLines } from './profile.ts';
import { number } from './report.ts';
import type { Result } from './result.ts';
import { resetStatistics, topStatements } from './statements.ts';
import { criticalReading, isScored, patientId, wardReadings } from './ward.ts';
import { drain, loadWard, startWard, type Vitals, type WardRun, type WardServer } from './wardServer.ts';
import { fromLoad } from './writeWorkloads.ts';

const PATIENTS = 1000;
const CLIENTS = 16;
const CRITICAL = 0.02;
/** Readings before the generator begins again; their times are those of sending. */
const READINGS = 10_000;
const WARM_UP_SECONDS = 3;
/** What waits is given this many times the length of the load, and some more, to be followed up. */
const PATIENCE = 4;

/** One load on one server, with what followed from it. */
interface Ward {
  load: Measured;
  /** of the load and of what followed */
  cpu: CpuUse | undefined;
  drained: Awaited<ReturnType<typeof drain>>;
}

/** Single readings over HTTP, beside the same load on a server with VITALS=off before and after. */
export async function vitals(run: WardRun): Promise<Result[]> {
  const { seconds } = run.options;
  const plain = await measureWard(run, 'bench_vitals_off', 'off', seconds / 2);
  const { load, drained, cpu, rows } = await measureWard(run, 'bench_vitals', 'annotate', seconds);
  const again = await measureWard(run, 'bench_vitals_off_again', 'off', seconds / 2);
  const each = ({ load: { resources }, cpu: used }: Ward, part: 'server' | 'postgres') =>
    used && (used[part] / resources) * 1e6;
  const both = (ward: Ward) => (each(ward, 'server') ?? 0) + (each(ward, 'postgres') ?? 0);
  const off = (both(plain) + both(again)) / 2;
  const on = both({ load, drained, cpu });
  const split = (ward: Ward) =>
    `server ${number(each(ward, 'server') ?? 0)} + Postgres ${number(each(ward, 'postgres') ?? 0)} µs`;
  return [
    {
      workload: 'vitals',
      title: `single vital signs over HTTP, ${CLIENTS} clients`,
      unit: 'readings/s',
      figure: load.resources / load.seconds,
      target: { least: 2000 },
      floor: {
        what: 'the same load with VITALS=off, half as long',
        figures: [plain, again].map((ward): FloorFigure => {
          const cpuOf = { node: each(ward, 'server')!, postgres: each(ward, 'postgres')! };
          return { rate: ward.load.resources / ward.load.seconds, cpu: ward.cpu && cpuOf };
        }),
      },
      ...fromLoad(load, 'create'),
      notes: [
        `${PATIENTS} patients, a tenth of them with all that a score needs; ${CRITICAL * 100} % of the readings critical, at random`,
        `VITALS=off: p50 / p99 ${[plain, again].map((ward) => `${number(ward.load.latency.p50)} / ${number(ward.load.latency.p99)}`).join(' and ')} ms`,
        ...(cpu
          ? [
              `processor time of a reading until all of it is followed up: ${split({ load, drained, cpu })}; VITALS=off: ${split(plain)} and ${split(again)}; annotation and follow-up are ${Math.round((1 - off / on) * 100)} % of it`,
            ]
          : []),
        `queue at the end of the load: ${drained.before.toLocaleString('en')} readings, followed up ${number(drained.seconds)} s later${drained.left > 0 ? `; ${drained.left} STILL WAITING` : ''}`,
        `stored with ${load.resources.toLocaleString('en')} readings: ${rows}`,
      ],
    },
  ];
}

/** Loads a server of its own, warm, until nothing waits any more; prints profile and statements where asked for. */
async function measureWard(
  run: WardRun,
  database: string,
  mode: Vitals,
  seconds: number,
): Promise<Ward & { rows: string }> {
  const { options, say, print } = run;
  say(`vitals: VITALS=${mode}`);
  const ward = await startWard(run, database, mode, PATIENTS);
  const { server } = ward;
  const bodies = wardReadings(READINGS, PATIENTS, CRITICAL);
  const patience = PATIENCE * options.seconds + 10;
  await loadWard(ward, bodies, CLIENTS, WARM_UP_SECONDS);
  await drain(server, patience);
  if (options.explain) await resetStatistics(server);
  const before = await countFollowing(ward);
  const endCpu = measureCpu(server.watched);
  const load = await loadWard(ward, bodies, CLIENTS, seconds);
  const drained = await drain(server, patience);
  const cpu = endCpu(load.cpuSeconds);
  const after = await countFollowing(ward);
  if (options.explain) print(`Postgres, VITALS=${mode}:`, await topStatements(server));
  // Profiles are written when the processes end.
  await server.stop();
  if (ward.profileDir) print(`Node, VITALS=${mode}:`, profileLines(ward.profileDir, spanOf(load)));
  const rows = Object.entries(after).map(
    ([what, n]) => `${(n - before[what]!).toLocaleString('en')} ${what}`,
  );
  return { load, drained, cpu, rows: rows.join(', ') };
}

/** What followed from readings so far. */
function countFollowing({ server }: WardServer): Promise<Record<string, number>> {
  return withClient(server.databaseUrl(), async (client) => {
    const { rows } = await client.query(
      `SELECT (SELECT count(*)::int FROM resource WHERE type = 'Observation' AND starts_with(id, 'score-')) AS scores,
         (SELECT count(*)::int FROM alert) AS alerts, (SELECT count(*)::int FROM alert_event) AS events`,
    );
    return rows[0];
  });
}

const PER_SECOND = 500;
/** One reading in so many raises an alert. */
const RAISING = 100;
const PACED_CLIENTS = 64;
/** Each process should have some. */
const LISTENERS = 4;
/** How long a listener waits for what has not come yet. */
const WAIT_SECONDS = 10;
const MOST_MS = 250;

/** From the answer to a reading that raises an alert to the alert's event at the listeners, at a steady pace. */
export async function alerts(run: WardRun): Promise<Result[]> {
  const { seconds } = run.options;
  run.say('alerts');
  const total = Math.round(seconds * PER_SECOND);
  const warmUp = WARM_UP_SECONDS * PER_SECOND;
  const raising = (total + warmUp) / RAISING + 1;
  // Behind the patients who are well there are enough of those who raise one alert each.
  const worse = Array.from({ length: raising * 2 }, (_, n) => PATIENTS + n).filter((n) => !isScored(n));
  const ward = await startWard(run, 'bench_alerts', 'annotate', PATIENTS + raising * 2);
  const { server } = ward;
  const send = (bodies: string[], patience: number) => {
    const path = `${server.base}/Observation`;
    const common = { port: server.port, clients: PACED_CLIENTS, path, bodies, perSecond: PER_SECOND };
    const plan: Plan = { kind: 'create', ...common, seconds: (bodies.length / PER_SECOND) * patience };
    return runLoad(plan, server.watched);
  };
  const readings = (count: number, seed: number) => {
    const patients = new Map<number, string>();
    const bodies = wardReadings(count, PATIENTS, 0, seed).map((body, n) => {
      if (n % RAISING !== RAISING - 1) return body;
      const patient = worse.shift()!;
      patients.set(n, patientId(patient));
      return criticalReading(patient);
    });
    return { patients, bodies };
  };
  await send(readings(warmUp, 3).bodies, PATIENCE);
  await drain(server, PATIENCE * seconds + WAIT_SECONDS);
  const listeners = await Promise.all(Array.from({ length: LISTENERS }, () => listenToAlerts(server.port)));
  const { patients, bodies } = readings(total, 5);
  const load = await send(bodies, PATIENCE);
  const answered = new Map(
    [...patients].flatMap(([n, patient]) => (load.answered![n] ? [[patient, load.answered![n]!]] : [])),
  );
  const isComplete = ({ arrivals }: AlertListener) =>
    new Set(arrivals.map(({ patient }) => patient)).isSupersetOf(new Set(answered.keys()));
  for (let n = 0; n < WAIT_SECONDS * 20 && !listeners.every(isComplete); n++) await pause(50);
  // Long enough for one that comes twice.
  await pause(500);
  const ended = listeners.flatMap((listener) => listener.ended ?? []);
  await Promise.all(listeners.map((listener) => listener.close()));
  await server.stop();
  if (ward.profileDir) run.print('Node, alerts:', profileLines(ward.profileDir, spanOf(load)));
  const counts = listeners.map(({ arrivals }) => countArrivals(arrivals, answered));
  const sum = (of: (count: Counts) => number) => counts.reduce((sofar, count) => sofar + of(count), 0);
  const times = Float64Array.from(counts.flatMap(({ delays }) => delays)).sort();
  const at = (share: number) =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
  const [missing, twice, others] = [sum((c) => c.missing), sum((c) => c.twice), sum((c) => c.others)];
  const rate = load.resources / load.seconds;
  return [
    {
      workload: 'alerts',
      title: `alert at a listener, slowest, ${number(rate)} readings/s`,
      unit: 'ms',
      figure: at(1),
      target: { most: MOST_MS },
      seconds: load.seconds,
      latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
      failures: load.failures + missing + twice + ended.length,
      ...(load.firstFailure === undefined ? {} : { firstFailure: load.firstFailure }),
      span: spanOf(load),
      notes: [
        'from the answer to the reading until the event is there; p50 and p99 are of the same times',
        `${answered.size} readings raised an alert; each of ${LISTENERS} listeners, on ${server.workers} processes, should get each once: ${times.length} came, ${missing} missing, ${twice} twice, ${others} of other patients`,
        `${times.filter((time) => time > MOST_MS).length} later than ${MOST_MS} ms; ${times.filter((time) => time < 0).length} before the answer`,
        `${PER_SECOND} readings/s were due; the writes: p50 ${number(load.latency.p50)}, p99 ${number(load.latency.p99)} ms`,
        ...processorNotes(load),
        ...ended.map((reason) => `A LISTENER ENDED: ${reason}`),
      ],
    },
  ];
}

/** The report's table of processor time is about rates. */
function processorNotes({ cpu, seconds }: Measured): string[] {
  if (!cpu) return [];
  const percent = (used: number) => `${Math.round((used / (seconds * cores)) * 100)} %`;
  const parts = (['server', 'postgres', 'generator', 'others', 'stolen'] as const).map(
    (part) => `${part} ${percent(cpu[part])}`,
  );
  return [`of the processors' time: ${parts.join(', ')}, idle ${Math.round(cpu.idle * 100)} %`];
}

const spanOf = ({ began, ended }: Measured) => ({ began, ended });

interface Counts {
  /** milliseconds */
  delays: number[];
  missing: number;
  twice: number;
  others: number;
}

function countArrivals(arrivals: readonly Arrival[], answered: ReadonlyMap<string, number>): Counts {
  const seen = new Set<string>();
  const counts: Counts = { delays: [], missing: 0, twice: 0, others: 0 };
  for (const { at, patient } of arrivals) {
    const since = answered.get(patient);
    if (since === undefined) counts.others++;
    else if (seen.has(patient)) counts.twice++;
    else {
      seen.add(patient);
      counts.delays.push((at - since) * 1000);
    }
  }
  counts.missing = answered.size - seen.size;
  return counts;
}
