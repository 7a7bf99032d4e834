// Imports a clinic's CSV: rows → things → the one write path. Either each row stands for itself, 500 to a transaction, or all of
// them are one. What was imported before is recognised by its id, so that importing it again changes nothing.
import type { PoolClient } from 'pg';
import { refuse } from '../../errors.ts';
import type { Services } from '../../services.ts';
import { isLostRace, transaction } from '../../store/database.ts';
import { allCsvRecords, MalformedCsv } from './csvRecords.ts';
import { type CsvFault, type CsvRow, type CsvTable, headingOf, rowOf } from './csvTable.ts';
import { repeatedIds } from './repeatedIds.ts';
import { rowIds } from './rowIds.ts';
import { type StoredRow, storeRows } from './storeRows.ts';

export type ImportMode = 'valid-rows' | 'all-or-nothing';

export interface ImportOptions {
  /** default: valid-rows */
  mode?: ImportMode;
  /** judge the rows as if they were stored, and store nothing */
  dryRun?: boolean;
  /** is told after each batch */
  progress?: (report: ImportReport) => void;
}

export interface ImportReport {
  created: number;
  updated: number;
  unchanged: number;
  refused: number;
  /** whether the file was read to its end: not where its heading cannot be used */
  complete: boolean;
  /** the first ones */
  errors: CsvFault[];
  /** how many there are beyond those */
  moreErrors: number;
}

const BATCH_ROWS = 500;
/** Characters of the rows of a batch, but for its last. */
const BATCH_CHARACTERS = 4 * 1024 * 1024;
/** Characters of a row: one with a text as long as FHIR takes, every character of it a quote, and the other cells. */
const MAX_ROW = 2 * 1024 * 1024 + 64 * 1024;
const MOST_ERRORS = 1_000;
/** Rows that one transaction may hold. */
export const MOST_IN_ONE = 100_000;

/** A file, from its beginning each time. */
export type ReadFile = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Thrown to take back a transaction. */
class TakenBack extends Error {}

/**
 * Imports the rows of a CSV. Memory is that of a batch, and up to 64 bytes a row to know its id again. Where it is all or nothing and a row
 * is refused, nothing is stored and the rows that would have been are not counted.
 * @throws FhirError 413 for more rows than one transaction may hold, and what the database refuses
 */
export async function importCsv(
  services: Services,
  table: CsvTable,
  readFile: ReadFile,
  { mode = 'valid-rows', dryRun = false, progress }: ImportOptions = {},
): Promise<ImportReport> {
  const report: ImportReport = {
    created: 0,
    updated: 0,
    unchanged: 0,
    refused: 0,
    complete: true,
    errors: [],
    moreErrors: 0,
  };
  const rowsOfFile = () =>
    batches(
      readRows(table, readFile(), () => {
        report.complete = false;
      }),
    );
  const take = async (rows: readonly CsvRow[], within?: PoolClient) => {
    for (const result of await storeRows(services, table, rows, { dryRun, ...(within && { within }) })) {
      count(report, result);
    }
    progress?.(report);
  };
  if (mode === 'valid-rows') {
    for await (const batch of rowsOfFile()) await take(batch);
    return report;
  }
  await checkLength(readFile());
  try {
    await transaction(services.db, async (tx) => {
      for await (const batch of rowsOfFile()) {
        await take(batch, tx);
      }
      if (dryRun || report.refused > 0) throw new TakenBack();
    });
  } catch (error) {
    if (isLostRace(error)) throw changedMeanwhile();
    if (!(error instanceof TakenBack)) throw error;
  }
  return report.refused > 0 ? { ...report, created: 0, updated: 0 } : report;
}

/** Before anything is written. @throws FhirError 413 for more rows than one transaction may hold */
async function checkLength(bytes: ReturnType<ReadFile>): Promise<void> {
  let records = 0;
  for await (const _record of allCsvRecords(bytes, MAX_ROW)) {
    // The heading is one of them.
    if (++records > MOST_IN_ONE + 1) throw tooMany();
  }
}

const tooMany = () =>
  refuse(
    413,
    'too-costly',
    `All or nothing takes ${MOST_IN_ONE} rows at most, and nothing of this file was stored: divide it, or use mode=valid-rows.`,
  );

const changedMeanwhile = () =>
  refuse(
    409,
    'conflict',
    'Other clients changed the same resources meanwhile, and nothing was stored; send the file again.',
  );

function count(report: ImportReport, { change, faults }: StoredRow): void {
  report[change]++;
  for (const fault of faults) {
    if (report.errors.length < MOST_ERRORS) report.errors.push(fault);
    else report.moreErrors++;
  }
}

/** Rows in batches in which no id is stored twice: of two rows with one id the second finds what the first has made. */
async function* batches(rows: AsyncIterable<CsvRow>): AsyncGenerator<CsvRow[]> {
  let batch: CsvRow[] = [];
  let characters = 0;
  const ids = new Set<unknown>();
  for await (const row of rows) {
    const id = row.faults.length > 0 ? undefined : row.cells.id;
    const isFull = batch.length === BATCH_ROWS || characters > BATCH_CHARACTERS;
    if (isFull || (id !== undefined && ids.has(id))) {
      yield batch;
      batch = [];
      characters = 0;
      ids.clear();
    }
    batch.push(row);
    if (id !== undefined) ids.add(id);
    for (const cell of Object.values(row.cells)) characters += String(cell).length;
  }
  if (batch.length > 0) yield batch;
}

/** The rows of a file; where its heading cannot be used, one that tells so. */
async function* readRows(
  table: CsvTable,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  givenUp: () => void,
): AsyncGenerator<CsvRow> {
  const identified = identify(table);
  let heading: string[] | undefined;
  try {
    for await (const record of allCsvRecords(bytes, MAX_ROW)) {
      if (heading) yield identified(rowOf(table, heading, record));
      else heading = headingOf(table, record);
    }
    if (!heading)
      throw new MalformedCsv(1, `There is no heading line. Columns are ${table.columns.join(', ')}.`);
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    givenUp();
    const { line, message } = error;
    const detail = `${message} Nothing after this was read.`;
    yield { line, columns: [], cells: {}, faults: [{ line, code: 'structure', detail }] };
  }
}

/** Gives rows of one file that have no id theirs, and finds fault with those whose id the file has given to something else. */
function identify({ columns }: CsvTable): (row: CsvRow) => CsvRow {
  const idOf = rowIds();
  const repeated = repeatedIds();
  return (row) => {
    const { line, cells, faults } = row;
    if (faults.length > 0) return row;
    const said = columns.map((column) => cells[column] as string | undefined);
    if (cells.id === undefined) return { ...row, cells: { ...cells, id: idOf(said) } };
    const first = repeated(String(cells.id), said, line);
    if (first === undefined) return row;
    const detail = `The id "${String(cells.id)}" is on line ${first} already, with other values: one of the two is wrong.`;
    return { ...row, cells: {}, faults: [{ line, column: 'id', code: 'duplicate', detail }] };
  };
}
