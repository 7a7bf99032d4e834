// `salus import-csv`: a clinic's patients and studies from files, patients first; refused rows by file and line.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { storeShippedVitalSigns } from '../../fhir/shippedVitalSigns.ts';
import { createServices } from '../../services.ts';
import { analyze } from '../../store/importJournal.ts';
import type { Logger } from '../../telemetry.ts';
import { csvRecords, MalformedCsv } from './csvRecords.ts';
import { csvTables, folded } from './csvTable.ts';
import { type ImportMode, importCsv } from './importCsv.ts';

export interface CsvCommandOptions {
  mode: ImportMode;
  dryRun: boolean;
}

type TableName = keyof typeof csvTables;

const SOME_REFUSED = 3;
/** Milliseconds between reports of progress. */
const REPORT_EVERY = 5_000;
const HEADING_BYTES = 4_096;

/**
 * Imports CSV files into `config.databaseUrl`: files of patients before files of studies, whatever their order.
 * @returns 0, or 3 when rows were refused or a heading cannot be used
 * @throws Error when the database fails; doing it again changes nothing of what was stored
 */
export async function csvCommand(
  files: readonly CsvFile[],
  { mode, dryRun }: CsvCommandOptions,
  config: Config,
  log: Logger,
): Promise<number> {
  const services = await createServices(config, log);
  let refused = 0;
  try {
    // The database may never have been served.
    await storeShippedVitalSigns(services);
    const ordered = (['patients', 'studies'] as const).flatMap((name) =>
      files.filter(({ table }) => table === name),
    );
    for (const { path, table } of ordered) {
      let reported = performance.now();
      const report = await importCsv(services, csvTables[table], () => createReadStream(path), {
        ...{ mode, dryRun },
        progress: ({ created, updated, unchanged, refused }) => {
          if (performance.now() - reported < REPORT_EVERY) return;
          reported = performance.now();
          log.info('rows imported so far', { path, created, updated, unchanged, refused });
        },
      });
      for (const { line, column, detail } of report.errors)
        console.log(`${path}:${line}: ${column === undefined ? '' : `${column}: `}${detail}`);
      if (report.moreErrors > 0) console.log(`${path}: ${report.moreErrors} more errors`);
      const { created, updated, unchanged } = report;
      const nothing =
        dryRun || (mode === 'all-or-nothing' && report.refused > 0) ? '; nothing was stored' : '';
      console.log(
        `${path}: ${table}: ${created} created, ${updated} updated, ${unchanged} unchanged, ${report.refused} refused${nothing}`,
      );
      refused += report.refused;
    }
    if (!dryRun) await analyze(services.db);
  } finally {
    await services.close();
  }
  return refused > 0 ? SOME_REFUSED : 0;
}

/** A file, and what its heading line says it is of. */
export interface CsvFile {
  path: string;
  table: TableName;
}

/** @throws Error for a file that cannot be read, or whose heading is that of neither: before anything of the others is stored */
export async function csvFiles(paths: readonly string[]): Promise<CsvFile[]> {
  const files: CsvFile[] = [];
  for (const path of paths) files.push({ path, table: await tableOf(path) });
  return files;
}

async function tableOf(path: string): Promise<TableName> {
  await checkFile(path);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADING_BYTES), 0, HEADING_BYTES, 0);
    const heading = await headingCells(buffer.subarray(0, bytesRead));
    const names = heading.map(folded);
    if (names.includes('patient_id')) return 'studies';
    if (names.includes('last_name')) return 'patients';
  } finally {
    await file.close();
  }
  const columns = Object.entries(csvTables).map(([name, table]) => `${name} has ${table.columns.join(', ')}`);
  throw new Error(`${path} has the heading of no list that is known: ${columns.join('; ')}.`);
}

/** A file is read twice, first what its heading says: patients come before studies. */
async function checkFile(path: string): Promise<void> {
  if (path === '-') throw new Error('- (standard input) cannot be imported: write it to a file first.');
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.code === 'ENOENT' ? `There is no file ${path}.` : `${path}: ${error.message}`);
  });
  if (stats.isDirectory()) throw new Error(`${path} is a folder: name the files in it.`);
  if (!stats.isFile())
    throw new Error(`${path} is no file but a pipe or device: write what it gives to a file.`);
}

async function headingCells(bytes: Uint8Array): Promise<string[]> {
  try {
    for await (const { cells } of csvRecords([bytes])) return cells;
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
  }
  return [];
}
