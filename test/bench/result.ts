// What a workload comes to: a figure, the floor it is held against, the target, and how it was reached.
import type { CpuUse } from './cpuTime.ts';
import type { FloorFigure } from './floors.ts';
import type { Load } from './loadGenerator.ts';
import type { WorkloadName } from './options.ts';

/** One line of the report. */
export interface Result {
  workload: WorkloadName;
  title: string;
  unit: string;
  figure: number;
  target: Target;
  /** the same work without us, in the same unit, each time it was measured */
  floor?: { what: string; figures: FloorFigure[] };
  /** of the measured phase */
  seconds: number;
  /** milliseconds */
  latency?: { p50: number; p99: number; max: number };
  latencies?: Load['latencies'];
  failures: number;
  firstFailure?: string;
  cpu?: CpuUse;
  /** when the measured phase began and ended, in seconds of `process.hrtime` */
  span?: { began: number; ended: number };
  notes: string[];
}

/** What is aimed for: a figure, and where given a share of the floor. */
export interface Target {
  least?: number;
  most?: number;
  share?: number;
  /** of the latencies, in milliseconds */
  p99?: number;
}

/** The figure as a share of the mean floor. */
export function shareOfFloor({ figure, floor }: Result): number | undefined {
  if (!floor) return undefined;
  return figure / mean(floor.figures.map(({ rate }) => rate));
}

/** Whether the target is met, in all its parts. */
export function isMet(result: Result): boolean {
  const {
    least = Number.NEGATIVE_INFINITY,
    most = Number.POSITIVE_INFINITY,
    share = 0,
    p99 = Number.POSITIVE_INFINITY,
  } = result.target;
  return (
    result.figure >= least &&
    result.figure <= most &&
    (shareOfFloor(result) ?? 1) >= share &&
    (result.latency?.p99 ?? 0) <= p99
  );
}

export function mean(figures: number[]): number {
  return figures.reduce((sum, one) => sum + one, 0) / figures.length;
}
