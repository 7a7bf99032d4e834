// Prints the results: one table of figures against floors and targets, one of processor time, and the remarks.
import { arch, cpus, loadavg, totalmem } from 'node:os';
import { cores } from './cpuTime.ts';
import { isMet, type Result, shareOfFloor, type Target } from './result.ts';

/** Where and when it was measured. */
export interface Setting {
  machine: string;
  node: string;
  postgres: string;
  data: string;
  coldStartMs: number;
  /** load average over a minute, before and after */
  load: [before: number, after: number];
  startedAt: string;
}

const DISTURBED = 0.1;

/** This machine in a few words. */
export function machine(): string {
  return `${cores} cores (${cpus()[0]?.model ?? arch()}), ${Math.round(totalmem() / 2 ** 30)} GB`;
}

export const loadAverage = (): number => Math.round(loadavg()[0]! * 100) / 100;

/** Prints everything to standard output. */
export function printReport(setting: Setting, results: Result[]): void {
  console.log(
    `\n${setting.machine}; Node ${setting.node}; ${setting.postgres}; load ${setting.load.join(' → ')}`,
  );
  console.log(`${setting.data === '' ? '' : `${setting.data}; `}cold start ${setting.coldStartMs} ms\n`);
  table(
    ['workload', 'ours', 'unit', 'floor', 'of floor', 'target', '', 'p50 ms', 'p99 ms', 'failed'],
    results.map((result) => [
      result.title,
      number(result.figure),
      result.unit,
      result.floor ? result.floor.figures.map(({ rate }) => number(rate)).join(' … ') : '',
      percent(shareOfFloor(result)),
      targetText(result.target),
      ...(Object.keys(result.target).length === 0 ? [''] : [isMet(result) ? 'met' : 'NOT MET']),
      result.latency ? number(result.latency.p50) : '',
      result.latency ? number(result.latency.p99) : '',
      String(result.failures),
    ]),
  );
  const timed = results.filter(({ cpu }) => cpu);
  if (timed.length > 0) {
    console.log('\nProcessor time in µs for one resource or request, and of the machine:');
    table(
      [
        'workload',
        'server',
        'Postgres',
        'generator',
        'floor: Node',
        'Postgres',
        'seconds',
        'others',
        'stolen',
        'idle',
      ],
      timed.map(({ title, figure, seconds, cpu, floor }) => {
        const each = (used: number) => number((used / (figure * seconds)) * 1e6);
        const floors = floor?.figures.flatMap((one) => one.cpu ?? []) ?? [];
        return [
          title,
          ...[cpu!.server, cpu!.postgres, cpu!.generator].map(each),
          ...(['node', 'postgres'] as const).map((part) =>
            floors.map((one) => number(one[part])).join(' … '),
          ),
          seconds.toFixed(1),
          percent(cpu!.others / (seconds * cores)),
          percent(cpu!.stolen / (seconds * cores)),
          percent(cpu!.idle),
        ];
      }),
    );
  }
  for (const { title, notes, firstFailure, floor, ...result } of results) {
    const lines = [
      ...notes,
      ...disturbance(result),
      ...(floor
        ? [`floor: ${floor.what}, measured before${floor.figures.length > 1 ? ' and after' : ''}`]
        : []),
      ...(firstFailure === undefined ? [] : [`FIRST FAILURE: ${firstFailure}`]),
    ];
    if (lines.length > 0) console.log(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}

/** What the figure might be on a machine of our own, where other programs took a good part of this one. */
function disturbance({
  cpu,
  seconds,
  figure,
  unit,
}: Pick<Result, 'cpu' | 'seconds' | 'figure' | 'unit'>): string[] {
  const taken = cpu ? (cpu.others + cpu.stolen) / (seconds * cores) : 0;
  if (taken < DISTURBED) return [];
  return [
    `others took ${percent(taken)} of the processors; about ${number(figure / (1 - taken))} ${unit} without them`,
  ];
}

function targetText({ least, most, share, p99 }: Target): string {
  return [
    ...(least === undefined ? [] : [`≥ ${number(least)}`]),
    ...(most === undefined ? [] : [`≤ ${number(most)}`]),
    ...(share === undefined ? [] : [`≥ ${percent(share)} of floor`]),
    ...(p99 === undefined ? [] : [`p99 ≤ ${number(p99)}`]),
  ].join(', ');
}

/** With as many digits as say something. */
export function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}

/** Prints the first column and words to the left, figures to the right. */
export function table(head: string[], rows: string[][]): void {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const isFigure = (column: number) => rows.some((row) => /^[\d.,]/.test(row[column]!));
  for (const row of all) {
    const cells = row.map((cell, n) =>
      n > 0 && isFigure(n) ? cell.padStart(widths[n]!) : cell.padEnd(widths[n]!),
    );
    console.log(cells.join('  ').trimEnd());
  }
}
