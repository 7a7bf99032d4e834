// Who used the processors during a measurement, from /proc: the server, Postgres, the load generator, everybody else.
// On systems without /proc the figures are absent.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

// USER_HZ, which Linux fixes at 100 for what it shows to processes.
const TICKS = 100;

/** Processor seconds of a measurement. `idle` is a share of all processors; `stolen` went to other virtual machines. */
export interface CpuUse {
  server: number;
  postgres: number;
  generator: number;
  /** this process */
  self: number;
  /** child processes of this one that have ended meanwhile */
  children: number;
  others: number;
  idle: number;
  stolen: number;
}

/** Whom to watch: the server's processes, and the Postgres server whose sessions count with it. */
export interface Watched {
  server: number[];
  postmaster: number;
}

interface Stat {
  parent: number;
  own: number;
  /** of children that have ended and were waited for */
  ended: number;
}

interface Sample {
  server: number;
  postgres: number;
  self: number;
  children: number;
  busy: number;
  idle: number;
  stolen: number;
}

/** Starts to measure. The returned function ends it; it takes the load generator's own figure, if one did the work. */
export function measureCpu(watched: Watched): (generator?: number) => CpuUse | undefined {
  const before = sample(watched);
  return (generator = 0) => {
    const after = sample(watched);
    if (!before || !after) return undefined;
    const used = (name: keyof Sample) => after[name] - before[name];
    const [server, postgres, self, children] = [
      used('server'),
      used('postgres'),
      used('self'),
      used('children'),
    ];
    return {
      server,
      postgres,
      generator,
      self,
      children,
      others: Math.max(0, used('busy') - server - postgres - generator - self - children),
      idle: used('idle') / Math.max(1e-9, used('busy') + used('idle') + used('stolen')),
      stolen: used('stolen'),
    };
  };
}

/** Cores that the figures are about. */
export const cores = availableParallelism();

function sample({ server, postmaster }: Watched): Sample | undefined {
  try {
    const [user, nice, system, idle, wait, irq, softIrq, stolen] = readFileSync('/proc/stat', 'utf8')
      .split('\n', 1)[0]!
      .trim()
      .split(/\s+/)
      .slice(1)
      .map((ticks) => Number(ticks) / TICKS) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const self = statOf(process.pid)!;
    return {
      server: server.reduce((sum, pid) => sum + (statOf(pid)?.own ?? 0), 0),
      postgres: postgresSeconds(postmaster),
      self: self.own,
      children: self.ended,
      busy: user + nice + system + irq + softIrq,
      idle: idle + wait,
      stolen,
    };
  } catch {
    return undefined;
  }
}

function postgresSeconds(postmaster: number): number {
  const server = statOf(postmaster);
  if (!server) return 0;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .reduce((sum, stat) => sum + (stat?.parent === postmaster ? stat.own : 0), server.own + server.ended);
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; the fields after it are numbers, `state` and `ppid` first.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) / TICKS;
    return { parent: Number(fields[1]), own: ticks(11), ended: ticks(13) };
  } catch {
    return undefined;
  }
}
