// A CRM export on disk: a folder with one CSV (RFC 4180) for each table, read as a stream. Rows that cannot be used are given with
// what is wrong, by line and column; a file that cannot be divided into rows stops the migration before anything is written.
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { csvRecords, MalformedCsv } from '../csv/csvRecords.ts';
import { type CellProblem, readHeading, readRow } from './crmCells.ts';
import { type CrmRow, type CrmTable, crmTables, plainName, type TableName } from './crmTables.ts';

export interface RefusedRow {
  table: TableName;
  line: number;
  key?: string;
  problems: CellProblem[];
}

/** A row that says the same as one before it. */
export interface RepeatedRow {
  row: CrmRow;
  /** line of the first */
  of: number;
}

/** The tables: every row of the files is in exactly one of the three. */
export interface CrmExport {
  rows: Record<TableName, CrmRow[]>;
  refused: RefusedRow[];
  repeated: RepeatedRow[];
}

/** Rows of a table: all of them are in memory at once, since rows of different tables are about the same people. */
const MAX_ROWS = 1_000_000;

/**
 * Reads the five tables of a folder. Files are named after them, whatever the case and separators: `EAP Dossier.csv`.
 * @throws Error where a file is missing or cannot be read as CSV, with its name and line
 */
export async function readCrmExport(folder: string): Promise<CrmExport> {
  const names = await namesIn(folder);
  const files = crmTables.map((table) => {
    const plain = plainName(table.name);
    const found = names.filter((name) => {
      const stem = /^(.*)\.csv$/i.exec(name)?.[1];
      return stem !== undefined && [plain, `${plain}s`].includes(plainName(stem));
    });
    if (found.length === 1) return { table, path: join(folder, found[0]!) };
    const problem = found.length === 0 ? 'there is none' : `there are ${found.join(', ')}`;
    throw new Error(
      `${folder} has to hold one ${table.name}.csv, but ${problem}. A table without rows is a file with its heading.`,
    );
  });
  const read = { rows: {}, refused: [], repeated: [] } as unknown as CrmExport;
  for (const { table, path } of files) await readTable(table, path, read);
  return read;
}

async function readTable(table: CrmTable, path: string, into: CrmExport): Promise<void> {
  const rows: CrmRow[] = [];
  into.rows[table.name] = rows;
  const byKey = new Map<string, CrmRow>();
  let columns: string[] | undefined;
  let line = 1;
  try {
    for await (const { line: at, cells: record } of csvRecords(createReadStream(path))) {
      line = at;
      if (!columns) {
        columns = readHeading(table, record);
        continue;
      }
      if (rows.length >= MAX_ROWS)
        throw new Error(`There are more than ${MAX_ROWS} rows: migrate in several parts.`);
      const row = readRow(table, columns, record, line);
      if (Array.isArray(row)) {
        const key = record.length === columns.length ? record[columns.indexOf(table.key)] : undefined;
        into.refused.push({ table: table.name, line, ...(key && { key }), problems: row });
        continue;
      }
      const first = byKey.get(row.key);
      if (!first) {
        byKey.set(row.key, row);
        rows.push(row);
      } else if (isSame(first, row)) into.repeated.push({ row, of: first.line });
      else {
        const detail = `Line ${first.line} has the same ${table.key} and says otherwise: only one of them can be it.`;
        into.refused.push({
          ...{ table: table.name, line, key: row.key },
          problems: [{ column: table.key, detail }],
        });
      }
    }
    if (!columns) throw new Error('There is no heading line.');
  } catch (error) {
    const at = error instanceof MalformedCsv ? error.line : line;
    throw new Error(`${path}:${at}: ${(error as Error).message}`);
  }
}

const isSame = (a: CrmRow, b: CrmRow): boolean =>
  Object.keys({ ...a.cells, ...b.cells }).every((column) => a.cells[column] === b.cells[column]);

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = { ENOENT: 'there is no such folder', ENOTDIR: 'it is no folder' }[code ?? ''] ?? message;
    throw new Error(`${folder} has to be a folder with the tables as CSV, but ${problem}.`);
  }
}
