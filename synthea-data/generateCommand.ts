// `salus generate`: writes a population's bundles into a folder and says what it wrote.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_YEARS, generatePopulation, writeBundle } from './generatePopulation.ts';

export interface GenerateOptions {
  readonly patients: number;
  readonly seed: string | number;
  /** Folder to write into: it must be empty or not exist. */
  readonly out: string;
  /** Years of history, up to 110; 10 if absent. */
  readonly years?: number;
}

const MOST_PATIENTS = 10_000_000;
const WRONG_USAGE = 2;

/**
 * Writes the population. Gives the exit code: 0 done, 1 the folder cannot be written, 2 wrong
 * options (said on standard error).
 */
export async function generateCommand(options: GenerateOptions): Promise<number> {
  const mistake = findMistake(options);
  if (mistake) return refuse(mistake, WRONG_USAGE);
  const started = performance.now();
  let files = 0;
  let resources = 0;
  let bytes = 0;
  try {
    await mkdir(options.out, { recursive: true });
    if ((await readdir(options.out)).length > 0) {
      return refuse(`${options.out} is not empty: name another folder, or remove it first`, WRONG_USAGE);
    }
    // One file is written while the next is made.
    let writing: Promise<void> = Promise.resolve();
    for (const { fileName, bundle } of generatePopulation(options)) {
      const text = Buffer.from(writeBundle(bundle), 'utf8');
      files += 1;
      resources += bundle.entry?.length ?? 0;
      bytes += text.byteLength;
      await writing;
      writing = writeFile(join(options.out, fileName), text, { flag: 'wx' });
      // A failure is reported by the await of the next round; until then it must not count as
      // unhandled.
      writing.catch(() => undefined);
    }
    await writing;
  } catch (error) {
    return refuse(`cannot write to ${options.out}: ${(error as Error).message}`, 1);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `${options.patients} patients (seed ${options.seed}) in ${options.out}: ${files} files, ${resources} resources, ` +
      `${(bytes / 1e6).toFixed(1)} MB, ${seconds.toFixed(1)} s (${Math.round(resources / seconds)} resources/s)\n`,
  );
  return 0;
}

function findMistake({ patients, seed, out, years = DEFAULT_YEARS }: GenerateOptions): string | undefined {
  if (!Number.isInteger(patients) || patients < 1 || patients > MOST_PATIENTS) {
    return `--patients must be a whole number from 1 to ${MOST_PATIENTS}`;
  }
  if (String(seed).length === 0 || (typeof seed === 'number' && !Number.isSafeInteger(seed))) {
    return '--seed must be a whole number or a word';
  }
  if (!Number.isFinite(years) || years <= 0 || years > 110)
    return '--years must be a number above 0, at most 110';
  if (out.length === 0) return '--out must name a folder';
  return undefined;
}

function refuse(message: string, code: number): number {
  process.stderr.write(`salus generate: ${message}\n`);
  return code;
}
