// `salus migrate-crm`: a folder with the tables of a CRM → the FHIR store, with a report on every row.
import { access, constants, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../config.ts';
import { createServices } from '../../services.ts';
import { analyze } from '../../store/importJournal.ts';
import type { Logger } from '../../telemetry.ts';
import { readCrmExport } from './crmCsv.ts';
import { reportText, summary } from './crmReport.ts';
import { migrateCrm } from './migrateCrm.ts';

const SOME_REFUSED = 3;
/** Milliseconds between reports of progress. */
const REPORT_EVERY = 5_000;

export interface MigrateCrmOptions {
  dryRun: boolean;
  /** path of the reports without `.json` and `.txt`; `crm-report` beside the tables, where it is not said */
  report?: string;
}

/**
 * Migrates the CRM export in a folder into `config.databaseUrl`, prints the sums and writes the reports.
 * @returns 0, or 3 when rows were refused
 * @throws Error when a file is missing or is no CSV (nothing was stored), or the database fails; doing it again goes on from there
 */
export async function migrateCrmCommand(
  folder: string,
  { dryRun, report: path = join(folder, 'crm-report') }: MigrateCrmOptions,
  config: Config,
  log: Logger,
): Promise<number> {
  const tables = await readCrmExport(folder);
  await refuseUnwritable(path);
  const services = await createServices(config, log);
  try {
    let reported = performance.now();
    const progress = (done: number, all: number) => {
      if (performance.now() - reported < REPORT_EVERY) return;
      reported = performance.now();
      log.info('migrated so far', { done, all });
    };
    const report = await migrateCrm(services, tables, { dryRun, progress });
    if (!dryRun) await analyze(services.db);
    await writePrivately(`${path}.json`, `${JSON.stringify(report, null, 1)}\n`);
    await writePrivately(`${path}.txt`, reportText(report));
    console.log(summary(report));
    console.log(`Every row and everything to look at: ${path}.json, ${path}.txt`);
    const refused = Object.values(report.tables).some((table) => table.refused > 0);
    return refused || report.refusedResources.length > 0 ? SOME_REFUSED : 0;
  } finally {
    await services.close();
  }
}

/** Before anything is stored: afterwards, nobody could say what became of the rows. */
async function refuseUnwritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch {
    throw new Error(
      `The report cannot be written into ${dirname(path)}: say with --report where else it is to be.`,
    );
  }
}

/** It tells of patients: nobody else on the machine may read it, whatever was there before. */
async function writePrivately(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  await writeFile(path, text, { mode: 0o600, flag: 'wx' });
}
