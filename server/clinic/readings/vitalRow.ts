// A row of readings as it was sent: its cells by column, where it stood, and what is wrong with it before anything is read.
import { folded } from './vitalKinds.ts';

/** What a row may tell. */
export type Column = 'patient' | 'code' | 'value' | 'unit' | 'time' | 'id' | 'device' | 'note' | 'encounter';

/** A mistake; `column` as the sender calls it, absent where it is the row as a whole. */
export interface RowError {
  column?: string;
  detail: string;
}

export interface VitalRow {
  /** line of a file, or index in a list */
  place: number;
  /** trimmed and not empty */
  cells: Partial<Record<Column, string>>;
  /** what the sender calls each column that there is */
  names: Partial<Record<Column, string>>;
  errors: RowError[];
}

const synonyms: Readonly<Record<Column, readonly string[]>> = {
  patient: ['patient', 'patient id', 'patient identifier', 'mrn', 'subject'],
  code: ['code', 'name', 'vital', 'vital sign', 'loinc', 'parameter', 'type'],
  value: ['value', 'result', 'reading'],
  unit: ['unit', 'units'],
  time: ['time', 'timestamp', 'taken at', 'datetime', 'date time', 'effective', 'measured at'],
  id: ['id', 'reading id', 'message id'],
  device: ['device', 'device id'],
  note: ['note', 'notes', 'comment'],
  encounter: ['encounter', 'encounter id', 'visit'],
};

const columns = new Map(
  Object.entries(synonyms).flatMap(([column, names]) =>
    names.map((name) => [folded(name), column as Column]),
  ),
);

/** The columns that each row needs. */
export const neededColumns: readonly Column[] = ['patient', 'code', 'value', 'time'];

/** The columns there are, for who has named another one. */
export const columnList = Object.keys(synonyms).join(', ');

/** The column that a heading or member means, whatever its case, blanks and underscores. */
export const columnNamed = (name: string): Column | undefined => columns.get(folded(name));

const longest = 1_000;

/** Puts a cell into a row; an empty one says nothing. */
export function setCell(row: VitalRow, column: Column, text: string): void {
  const trimmed = text.trim();
  if (trimmed === '') return;
  const problem =
    trimmed.length > longest
      ? `It has ${trimmed.length} characters; ${longest} are the most.`
      : // biome-ignore lint/suspicious/noControlCharactersInRegex: what FHIR's strings may not hold
        /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(trimmed)
        ? 'It has a control character, which no text of FHIR may have.'
        : undefined;
  if (problem === undefined) row.cells[column] = trimmed;
  else row.errors.push({ column: row.names[column] ?? column, detail: problem });
}
