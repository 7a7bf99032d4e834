// What an import says while it runs and at the end: a bar on a terminal, log lines elsewhere, then a table.
import type { Logger } from '../telemetry.ts';
import type { ImportFile } from './findFiles.ts';
import type { UnitReport } from './importUnit.ts';

export interface Totals {
  counts: UnitReport['counts'];
  seconds: number;
}

const BAR = 30;
const LOG_EVERY_MS = 5_000;
const DRAW_EVERY_MS = 200;

/** Collects unit reports and shows how far the import is. */
export function createProgress(files: ImportFile[], log: Logger) {
  const started = performance.now();
  const allBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const counts: UnitReport['counts'] = {};
  const terminal = process.stderr.isTTY;
  let bytes = 0;
  let resources = 0;
  const show = () => {
    const seconds = (performance.now() - started) / 1000;
    const share = allBytes > 0 ? Math.min(1, bytes / allBytes) : 1;
    const rate = Math.round(resources / Math.max(seconds, 0.001));
    const eta = share > 0 ? Math.round((seconds / share) * (1 - share)) : undefined;
    if (!terminal) {
      log.info('importing', {
        percent: Math.round(share * 100),
        resources,
        perSecond: rate,
        etaSeconds: eta,
      });
      return;
    }
    const bar = '█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░');
    process.stderr.write(
      `\r${bar} ${Math.round(share * 100)} %  ${resources} resources  ${rate}/s  ETA ${eta ?? '?'} s   `,
    );
  };
  const timer = setInterval(show, terminal ? DRAW_EVERY_MS : LOG_EVERY_MS);
  return {
    add(report: UnitReport) {
      bytes += report.bytes;
      for (const [type, row] of Object.entries(report.counts)) {
        counts[type] ??= [0, 0, 0, 0];
        row.forEach((n, column) => {
          counts[type]![column]! += n;
          resources += n;
        });
      }
    },
    end() {
      clearInterval(timer);
      show();
      if (terminal) process.stderr.write('\n');
    },
    totals: (): Totals => ({ counts, seconds: (performance.now() - started) / 1000 }),
  };
}

/** Prints the closing table to standard output. @returns how many entries were refused */
export function printReport({ counts, seconds }: Totals, rejectsPath: string): number {
  const rows = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const sum = rows.reduce((all, [, row]) => all.map((n, i) => n + row[i]!), [0, 0, 0, 0]);
  const line = (name: string, row: (string | number)[]) =>
    console.log(name.padEnd(28) + row.map((cell) => String(cell).padStart(11)).join(''));
  line('type', ['created', 'updated', 'unchanged', 'refused']);
  for (const [type, row] of rows) line(type, row);
  line('all', sum);
  const total = sum.reduce((a, b) => a + b, 0);
  console.log(
    `${total} resources in ${seconds.toFixed(1)} s (${Math.round(total / Math.max(seconds, 0.001))}/s)`,
  );
  const refused = sum[3]!;
  if (refused > 0) console.log(`${refused} refused: see ${rejectsPath}`);
  return refused;
}
