// `salus migrate-crm`: a folder with the tables of a CRM → the FHIR store, with a report on every row.
import { writeFile } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { createServices } from '../../services.ts';
import type { Logger } from '../../telemetry.ts';
import { readCrmExport } from './crmCsv.ts';
import { reportText, summary } from './crmReport.ts';
import { migrateCrm } from './migrateCrm.ts';

const SOME_REFUSED = 3;
/** Milliseconds between reports of progress. */
const REPORT_EVERY = 5_000;

export interface MigrateCrmOptions {
  dryRun: boolean;
  /** path of the reports without `.json` and `.txt` */
  report: string;
}

/**
 * Migrates the CRM export in a folder into `config.databaseUrl`, prints the sums and writes the reports.
 * @returns 0, or 3 when rows were refused
 * @throws Error when a file is missing or is no CSV (nothing was stored), or the database fails; doing it again goes on from there
 */
export async function migrateCrmCommand(
  folder: string,
  { dryRun, report: path }: MigrateCrmOptions,
  config: Config,
  log: Logger,
): Promise<number> {
  const tables = await readCrmExport(folder);
  const services = await createServices(config, log);
  try {
    let reported = performance.now();
    const progress = (done: number, all: number) => {
      if (performance.now() - reported < REPORT_EVERY) return;
      reported = performance.now();
      log.info('migrated so far', { done, all });
    };
    const report = await migrateCrm(services, tables, { dryRun, progress });
    await writeFile(`${path}.json`, `${JSON.stringify(report, null, 1)}\n`);
    await writeFile(`${path}.txt`, reportText(report));
    console.log(summary(report));
    console.log(`Every row and everything to look at: ${path}.json, ${path}.txt`);
    const refused = Object.values(report.tables).some((table) => table.refused > 0);
    return refused || report.refusedResources.length > 0 ? SOME_REFUSED : 0;
  } finally {
    await services.close();
  }
}
