// --each: every search by itself, one client, drawn values and others apart; which prefixes and which single values are slow.
import { type BenchServer, CLI, testEnvironment, type UnderTest } from './benchServer.ts';
import type { Measured } from './load.ts';
import { startNode } from './processes.ts';
import { number, table } from './report.ts';
import type { SearchRequest } from './searchFamilies.ts';

interface Line {
  name: string;
  times: number[];
  empty: number;
}

const SLOWEST_SHAPES = 15;
const SLOWEST = 20;
const EXPLAINED = 3;

/** Prints the tables; gives the slowest searches, the worst first, as many as are worth an explanation. */
export function printEachSearch(requests: SearchRequest[], { searches }: Measured): string[] {
  const group = (nameOf: (request: SearchRequest) => string): Line[] => {
    const lines = new Map<string, Line>();
    for (const [n, request] of requests.entries()) {
      const name = nameOf(request);
      const line = lines.get(name) ?? { name, times: [], empty: 0 };
      line.times.push(...searches![n]!.times);
      line.empty += searches![n]!.empty;
      lines.set(name, line);
    }
    return [...lines.values()].filter(({ times }) => times.length > 0);
  };
  const drawn = ({ search, hit }: SearchRequest) => `${search.padEnd(44)} ${hit ? 'drawn' : 'other'}`;
  console.log('\nEvery search by itself, one client, milliseconds:');
  printLines(group(drawn));
  console.log('\nThe slowest prefixes of searches:');
  const shapes = group((one) => `${drawn(one)} ${one.shape}`);
  printLines(slowest(shapes).slice(0, SLOWEST_SHAPES));
  console.log('\nThe slowest searches:');
  const single = slowest(group(({ path }) => path));
  printLines(single.slice(0, SLOWEST));
  return single.slice(0, EXPLAINED).map(({ name }) => name);
}

/** Prints what `salus explain --analyze` says of searches. */
export async function explainSearches(
  server: BenchServer,
  underTest: UnderTest,
  paths: string[],
): Promise<void> {
  for (const path of paths) {
    console.log(`\n${path}`);
    const env = { DATABASE_URL: server.databaseUrl(), LOG_LEVEL: 'error', ...testEnvironment(underTest) };
    await startNode([CLI, 'explain', path, '--analyze'], { env }).ended;
  }
}

const mean = ({ times }: Line) => times.reduce((sum, one) => sum + one, 0) / times.length;
const slowest = (lines: Line[]) => lines.toSorted((a, b) => mean(b) - mean(a));

function printLines(lines: Line[]): void {
  table(
    ['search', 'mean', 'p50', 'p99', 'max', 'asked', 'empty'],
    lines.map((line) => {
      const sorted = line.times.toSorted((a, b) => a - b);
      const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
      return [
        line.name,
        ...[mean(line), at(0.5), at(0.99), at(1)].map(number),
        String(sorted.length),
        String(line.empty),
      ];
    }),
  );
}
