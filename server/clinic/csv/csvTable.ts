// The CSV files of a clinic: their columns, how a row is read into the plain form of a thing, and how it is written.
import type { IssueCode } from '../../errors.ts';
import { patients } from '../patients/patients.ts';
import { allStudies, studies } from '../studies/studies.ts';
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { faultsOf } from '../things/validateThing.ts';
import { type CsvRecord, MalformedCsv } from './csvRecords.ts';

export interface CsvTable {
  resource: ClinicResource;
  /** `resource` with those that were withdrawn as entered in error, where there may be such: their ids are taken */
  withWithdrawn?: ClinicResource;
  /** in the order that they are written in */
  columns: readonly string[];
  /** that a file has to have */
  needed: readonly string[];
  /** the column that names another thing, and which */
  belongsTo?: { column: string; resource: ClinicResource };
  /** rows need no id of their own */
  idsFromContent: boolean;
}

export const csvTables = {
  patients: {
    resource: patients,
    columns: ['first_name', 'last_name', 'birth_date', 'email', 'id'],
    needed: ['last_name', 'id'],
    idsFromContent: false,
  },
  studies: {
    resource: studies,
    withWithdrawn: allStudies,
    columns: ['urgency_level', 'body_part', 'description', 'type', 'patient_id'],
    needed: ['urgency_level', 'body_part', 'type', 'patient_id'],
    belongsTo: { column: 'patient_id', resource: patients },
    idsFromContent: true,
  },
} as const satisfies Record<string, CsvTable>;

/** A mistake in a file. */
export interface CsvFault {
  line: number;
  /** absent where it is the row as a whole, or the file */
  column?: string;
  /** FHIR issue type */
  code: IssueCode;
  detail: string;
}

/** A row with what it says; it can be stored where there are no faults. */
export interface CsvRow {
  line: number;
  /** of the file: what has no column there, the file says nothing about */
  columns: readonly string[];
  /** empty where the row is refused whatever is stored */
  cells: Json;
  faults: CsvFault[];
}

/** `First Name` and `first_name` are one column. */
export const folded = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');

const allColumns = ({ columns, idsFromContent }: CsvTable): readonly string[] =>
  idsFromContent ? [...columns, 'id'] : columns;

/**
 * The columns of a heading line, in its order.
 * @throws MalformedCsv for columns that are unknown, missing or there twice
 */
export function headingOf(table: CsvTable, { line, cells, fault }: CsvRecord): string[] {
  if (fault) throw new MalformedCsv(line, fault.message);
  const known = allColumns(table);
  const names = cells.map(folded);
  const problems = names.flatMap((name, i) => {
    if (name === '') return [`column ${i + 1} has no name`];
    if (!known.includes(name)) return [`"${cells[i]!.trim().slice(0, 80)}" is no column`];
    return names.indexOf(name) < i ? [`there are two columns ${name}`] : [];
  });
  const missing = table.needed.filter((name) => !names.includes(name));
  if (missing.length > 0) problems.push(`there is no column ${missing.join(', ')}`);
  if (problems.length === 0) return names;
  throw new MalformedCsv(
    line,
    `The heading cannot be used: ${problems.join('; ')}. Columns are ${known.join(', ')}.`,
  );
}

/** Reads a row: cells are trimmed, an empty one says nothing, urgency may be written in any case. */
export function rowOf(table: CsvTable, heading: readonly string[], record: CsvRecord): CsvRow {
  const { line, cells, fault } = record;
  if (fault) {
    const column = fault.cell === undefined ? undefined : heading[fault.cell];
    const told = { line, ...(column !== undefined && { column }), code: 'structure' as const };
    return { line, columns: heading, cells: {}, faults: [{ ...told, detail: fault.message }] };
  }
  if (cells.length !== heading.length) {
    const detail = `The row has ${cells.length} cells, the heading ${heading.length}: is a cell with the delimiter not quoted?`;
    return { line, columns: heading, cells: {}, faults: [{ line, code: 'structure', detail }] };
  }
  const row: Json = {};
  for (const [i, column] of heading.entries()) {
    const text = cells[i]!.trim();
    if (text !== '') row[column] = column === 'urgency_level' ? text.toUpperCase() : text;
  }
  const faults = faultsOf(table.resource.schema, row).map(({ code, diagnostics, expression }): CsvFault => {
    const column = decodeURIComponent(expression?.[0]?.split('/')[1] ?? '');
    return { line, ...(column !== '' && { column }), code, detail: diagnostics };
  });
  if (!table.idsFromContent && row.id === undefined)
    faults.push({ line, column: 'id', code: 'required', detail: '"id" is missing.' });
  return { line, columns: heading, cells: row, faults };
}

/** A line of cells, without its end (RFC 4180). What a spreadsheet would take for a formula is not changed. */
export function csvLine(cells: readonly unknown[]): string {
  return cells.map((cell) => quoted(cell === undefined ? '' : String(cell))).join(',');
}

/** Quoted where it has to be; white space at its ends would not come back otherwise. */
const quoted = (text: string): string =>
  /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
