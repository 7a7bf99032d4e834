// One row of a CRM's table, as text → cells that can be used, or what is wrong with it, by column.
import { type CellKind, type CrmRow, type CrmTable, plainName } from './crmTables.ts';
import { contactType } from './crmTerms.ts';

export interface CellProblem {
  column?: string;
  detail: string;
}

// Characters that FHIR's strings may not hold.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:\d{2})?)?$/;
const BOOLEANS: Readonly<Record<string, string>> = {
  ...{ true: 'true', yes: 'true', y: 'true', 1: 'true' },
  ...{ false: 'false', no: 'false', n: 'false', 0: 'false' },
};

/** A text as its kind is kept, or undefined where it is none of the kind. */
const readers: Readonly<Record<CellKind, { read(text: string): string | undefined; wanted: string }>> = {
  key: {
    read: (text) => (/^\S(?:.{0,98}\S)?$/.test(text) ? text : undefined),
    wanted: 'an id of at most 100 characters',
  },
  text: { read: (text) => text, wanted: 'text' },
  email: {
    read: (text) => (/^[^\s@]+@[^\s@]+$/.test(text) && text.length <= 254 ? text : undefined),
    wanted: 'an e-mail address',
  },
  date: { read: readDate, wanted: 'a date: YYYY-MM-DD, or YYYY-MM-DD hh:mm' },
  boolean: { read: (text) => BOOLEANS[text.toLowerCase()], wanted: 'yes or no' },
  'contact-type': {
    read: (text) => contactType(text)?.code,
    wanted: 'patient - lead, physician or pharmacist',
  },
};

/** A row that can be used, or what is wrong with it. `cells` are in the order of `columns`, those of the heading. */
export function readRow(
  table: CrmTable,
  columns: readonly (string | undefined)[],
  texts: readonly string[],
  line: number,
): CrmRow | CellProblem[] {
  if (texts.length !== columns.length) {
    const detail = `The row has ${texts.length} cells, the heading ${columns.length}: is a cell with the delimiter not quoted?`;
    return [{ detail }];
  }
  const problems: CellProblem[] = [];
  const cells: Record<string, string> = {};
  for (const [i, column] of columns.entries()) {
    const text = texts[i]!.trim();
    if (column === undefined || text === '') continue;
    const { read, wanted } = readers[table.columns[column]!];
    const value = FORBIDDEN.test(text) ? undefined : read(text);
    if (value !== undefined) cells[column] = value;
    else problems.push({ column, detail: `${JSON.stringify(text.slice(0, 100))} is not ${wanted}.` });
  }
  if (problems.length === 0) problems.push(...missing(table, cells));
  if (problems.length > 0) return problems;
  return { table: table.name, line, key: cells[table.key]!, cells };
}

function missing({ name, key, columns }: CrmTable, cells: Readonly<Record<string, string>>): CellProblem[] {
  const needed = [key, ...('name' in columns ? ['name'] : [])];
  if (name === 'Contact') needed.push('contact_type');
  if (name === 'EAP Dossier') needed.push('patient');
  const problems: CellProblem[] = needed
    .filter((column) => cells[column] === undefined)
    .map((column) => ({ column, detail: 'It is empty.' }));
  const isPerson = 'lastname' in columns;
  if (isPerson && cells.firstname === undefined && cells.lastname === undefined) {
    problems.push({ column: 'lastname', detail: 'There is neither a first nor a last name.' });
  }
  return problems;
}

/** The column of each cell of a heading: whatever the case and separators. Other columns are refused: they would be lost. */
export function readHeading(table: CrmTable, names: readonly string[]): string[] {
  const byPlain = new Map(Object.keys(table.columns).map((column) => [plainName(column), column]));
  const columns: string[] = [];
  const problems: string[] = [];
  for (const name of names) {
    const column = byPlain.get(plainName(name));
    if (column === undefined) problems.push(`"${name}" is no column`);
    else if (columns.includes(column)) problems.push(`"${column}" is there twice`);
    columns.push(column ?? '');
  }
  const absent = table.needed.filter((column) => !columns.includes(column));
  if (absent.length > 0) problems.push(`there is no column ${absent.join(', ')}`);
  if (problems.length === 0) return columns;
  const list = Object.keys(table.columns).join(', ');
  throw new Error(`The heading cannot be used: ${problems.join('; ')}. Columns are ${list}.`);
}

/** As a FHIR date or dateTime; undefined for what is no day or time there is. */
function readDate(text: string): string | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '00', zone = 'Z'] = match;
  const date = `${year}-${month}-${day}`;
  const isDay = !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
  if (!isDay || year === '0000') return undefined;
  if (hour === undefined) return date;
  const time = `${date}T${hour}:${minute}:${second}${zone}`;
  return Number.isNaN(Date.parse(time)) || hour === '24' ? undefined : time;
}
