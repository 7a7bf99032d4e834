// --profile: reads the CPU profiles that Node wrote and sums up self time by function, within the measured span.
// The files themselves open as flame graphs in speedscope or the browser's developer tools.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Time of one function: `self` in it, `total` with what it called, both as shares of the busy time. */
export interface FunctionTime {
  name: string;
  place: string;
  self: number;
  total: number;
}

interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  /** microseconds of the clock that `process.hrtime` shows */
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

const ROOT = resolve(import.meta.dirname, '../..');
const IDLE = new Set(['(idle)', '(root)']);

/**
 * Sums up all profiles in a folder over `span` (seconds of `process.hrtime`). Time in a built-in function counts as the self
 * time of that function.
 */
export function functionTimes(
  folder: string,
  span: { began: number; ended: number },
): { busySeconds: number; functions: FunctionTime[] } {
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  let busy = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    busy += addProfile(JSON.parse(readFileSync(join(folder, file), 'utf8')), span, self, total);
  }
  const functions = [...total].map(([key, time]) => {
    const [name, place] = key.split('\0') as [string, string];
    return { name, place, self: (self.get(key) ?? 0) / busy, total: time / busy };
  });
  return { busySeconds: busy / 1e6, functions };
}

/** The top functions by self time, and our own by total time, ready to print. */
export function profileLines(folder: string, span: { began: number; ended: number }): string[] {
  const { busySeconds, functions } = functionTimes(folder, span);
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`.padStart(7);
  const line = ({ name, place, self, total }: FunctionTime) =>
    `${percent(self)} ${percent(total)}  ${name.padEnd(32)} ${place}`;
  const top = functions.toSorted((a, b) => b.self - a.self).slice(0, 25);
  const own = functions.filter(({ place }) => place.startsWith('server/'));
  const topOwn = own.toSorted((a, b) => b.total - a.total).slice(0, 25);
  return [
    `${busySeconds.toFixed(1)} s busy; self time, time with what was called, function (profiles: ${folder})`,
    ...top.map(line),
    'by time with what was called, our own functions:',
    ...topOwn.map(line),
  ];
}

function addProfile(
  { nodes, startTime, samples, timeDeltas }: CpuProfile,
  span: { began: number; ended: number },
  self: Map<string, number>,
  total: Map<string, number>,
): number {
  const keys = new Map(nodes.map(({ id, callFrame }) => [id, keyOf(callFrame)]));
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  let time = startTime;
  let busy = 0;
  for (const [n, id] of samples.entries()) {
    const delta = timeDeltas[n]!;
    time += delta;
    const key = keys.get(id)!;
    if (time < span.began * 1e6 || time > span.ended * 1e6 || IDLE.has(key.split('\0')[0]!)) continue;
    busy += delta;
    self.set(key, (self.get(key) ?? 0) + delta);
    // A recursive function counts once per sample.
    const stack = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.add(keys.get(at)!);
    for (const frame of stack) total.set(frame, (total.get(frame) ?? 0) + delta);
  }
  return busy;
}

function keyOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const place = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url;
  return `${functionName || '(anonymous)'}\0${place ? `${place}:${lineNumber + 1}` : ''}`;
}
