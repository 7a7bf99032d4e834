// `salus import`: files to worker threads, phase by phase, with progress, a report and a file of rejects.
import { accessSync, closeSync, constants, openSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config.ts';
import type { ValidationLevel } from '../fhir/writeGate.ts';
import { analyze } from '../store/importJournal.ts';
import { createPool } from '../store/pool.ts';
import type { Logger } from '../telemetry.ts';
import type { findFiles } from './findFiles.ts';
import type { UnitReport } from './importUnit.ts';
import { createProgress, printReport } from './progress.ts';
import { readUnits, type Unit } from './readUnits.ts';
import { startThreads } from './threads.ts';

export interface ImportOptions {
  createPlaceholders: boolean;
  rejects: string;
  workers?: number;
  force: boolean;
  /** `base` by default, and `profiles` where PROFILE_POLICY enforces them: an import is no way around a policy */
  validate?: ValidationLevel;
}

const SOME_REFUSED = 3;

/**
 * Imports files and folders into `config.databaseUrl`.
 * @returns 0, or 3 when entries were refused
 * @throws Error when a path is missing or the database fails
 */
export async function importCommand(
  { files, left }: Awaited<ReturnType<typeof findFiles>>,
  options: ImportOptions,
  config: Config,
  log: Logger,
): Promise<number> {
  for (const path of left) log.info('left out: not a .json or .ndjson file with resources', { path });
  const rejects = rejectsFile(options.rejects);
  const progress = createProgress(files, log);
  const validate = options.validate ?? (config.profilePolicy === 'enforce' ? 'profiles' : 'base');
  const workers = await startThreads(options.workers ?? config.workers, { ...options, validate }, config);
  try {
    for (const step of new Set(files.map((file) => file.step))) {
      const units = unitsOf(files.filter((file) => file.step === step));
      await workers.run(units, (report) => {
        rejects.add(report);
        progress.add(report);
      });
    }
  } finally {
    await workers.end();
    rejects.close();
    progress.end();
  }
  const pool = createPool(config, log);
  await analyze(pool);
  await pool.end();
  const refused = printReport(progress.totals(), options.rejects);
  return refused > 0 ? SOME_REFUSED : 0;
}

async function* unitsOf(files: Parameters<typeof readUnits>[0][]): AsyncGenerator<Unit> {
  for (const file of files) yield* readUnits(file);
}

/** The file of rejects, made with the first of them. @throws Error at once when its folder cannot be written to */
function rejectsFile(path: string) {
  accessSync(dirname(resolve(path)), constants.W_OK);
  let file: number | undefined;
  return {
    add({ rejects }: UnitReport) {
      if (rejects.length === 0) return;
      file ??= openSync(path, 'w');
      writeSync(file, rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''));
    },
    close: () => file !== undefined && closeSync(file),
  };
}
