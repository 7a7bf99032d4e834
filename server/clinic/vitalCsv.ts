// CSV (RFC 4180) → rows, as it is read: with a heading line, separated by commas, semicolons or tabs, in UTF-8. Places of rows are
// lines as an editor counts them, also after quoted line breaks.
import { type CsvError, Parser } from 'csv-parse';
import { type Column, columnList, columnNamed, neededColumns, setCell, type VitalRow } from './vitalRow.ts';

/** What cannot be read further. What came before has been given. */
class MalformedCsv extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'MalformedCsv';
    this.line = line;
  }
}

const DELIMITERS = [',', ';', '\t'];
/** Bytes of a record, and of the heading line. */
const MAX_RECORD = 128 * 1024;
const CHUNK = 64 * 1024;
const lineBreak = /\r\n|\n|\r/g;

/**
 * The rows of a CSV; lines without any content are none. A row that has not as many cells as the heading is given with
 * its error. Where the text cannot be divided into rows any further, or the heading cannot be used, the last row tells so.
 */
export async function* readVitalCsv(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<VitalRow> {
  try {
    yield* soundRows(bytes);
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    const { line, message } = error;
    yield {
      place: line,
      cells: {},
      names: {},
      errors: [{ detail: `${message} Nothing after this was read.` }],
    };
  }
}

/** @throws MalformedCsv */
async function* soundRows(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<VitalRow> {
  const decoder = new TextDecoder();
  let parse: ReturnType<typeof createParse> | undefined;
  let text = '';
  const take = (part: Uint8Array | undefined) => {
    text += part ? decoder.decode(part, { stream: true }) : decoder.decode();
    // What a decoder puts in the place of what it cannot read; where it was sent so, it was lost before.
    const broken = text.indexOf('\ufffd');
    if (broken >= 0) text = text.slice(0, broken);
    parse ??= parserFor(text, broken >= 0 || !part);
    return broken >= 0;
  };
  const notUtf8 = () => new MalformedCsv(parse!.line(), 'This is not UTF-8 text: save it as UTF-8.');
  for await (const whole of bytes) {
    for (let at = 0; at < whole.length; at += CHUNK) {
      const broken = take(whole.subarray(at, at + CHUNK));
      if (!parse) continue;
      yield* parse(text, false);
      if (broken) throw notUtf8();
      text = '';
    }
  }
  const broken = take(undefined);
  yield* parse!(text, !broken);
  if (broken) throw notUtf8();
}

/** A parser by the delimiter of the heading, once that is there as a whole. */
function parserFor(text: string, isEnd: boolean): ReturnType<typeof createParse> | undefined {
  const heading = /^\s*([^\r\n]*)[\r\n]/.exec(text)?.[1];
  if (heading === undefined && !isEnd && text.length < MAX_RECORD) return undefined;
  const unquoted = (heading ?? text).replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return createParse(DELIMITERS[counts.indexOf(Math.max(...counts))]!);
}

function createParse(delimiter: string) {
  const records: string[][] = [];
  let failure: CsvError | undefined;
  let line = 1;
  let heading: Heading | undefined;
  const parser = new Parser({
    delimiter,
    trim: true,
    bom: true,
    max_record_size: MAX_RECORD,
    // A row of another length is refused by itself (rowOf), with its line, and nothing of it is stored.
    relax_column_count: true,
    // Taken here and not from the stream, which drops what it holds when it fails.
    on_record: (record: string[]) => {
      records.push(record);
      return null;
    },
  });
  parser.on('error', (error: CsvError) => {
    failure ??= error;
  });
  parser.resume();

  const rows = async function* (text: string, isEnd: boolean): AsyncGenerator<VitalRow> {
    await new Promise<void>((resolve) => {
      if (!isEnd) parser.write(text, () => resolve());
      else {
        parser.once('error', () => resolve()).once('finish', () => resolve());
        parser.end(text);
      }
    });
    for (const record of records.splice(0)) {
      const at = line;
      line += 1 + record.reduce((sum, cell) => sum + breaksIn(cell), 0);
      if (record.every((cell) => cell.trim() === '')) continue;
      if (heading) yield rowOf(record, heading, at);
      else heading = headingOf(record, at);
    }
    if (failure) throw new MalformedCsv(line, explained(failure));
    if (isEnd && !heading) throw new MalformedCsv(1, `There is no heading line. Columns are ${columnList}.`);
  };
  return Object.assign(rows, { line: () => line });
}

const breaksIn = (text: string): number => text.match(lineBreak)?.length ?? 0;

function explained({ code, message }: CsvError): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quote that is opened here is never closed.';
    case 'CSV_MAX_RECORD_SIZE':
      return `The row that begins here has more than ${MAX_RECORD} bytes: is a quote not closed?`;
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'A quote stands inside of a cell: quote the whole cell and double the quotes in it.';
    default:
      return `This is no CSV: ${message}.`;
  }
}

interface Heading {
  columns: Column[];
  names: Partial<Record<Column, string>>;
}

/** @throws MalformedCsv for columns that are unknown, missing or there twice */
function headingOf(record: readonly string[], line: number): Heading {
  const names: Heading['names'] = {};
  const columns: Column[] = [];
  const problems: string[] = [];
  for (const name of record) {
    const column = columnNamed(name);
    if (!column) problems.push(name.trim() === '' ? 'a column has no name' : `"${name}" is no column`);
    else if (names[column] !== undefined)
      problems.push(`"${names[column]}" and "${name}" are the same column`);
    else names[column] = name;
    columns.push(column!);
  }
  const missing = neededColumns.filter((column) => names[column] === undefined);
  if (missing.length > 0) problems.push(`there is no column ${missing.join(', ')}`);
  if (problems.length === 0) return { columns, names };
  throw new MalformedCsv(
    line,
    `The heading cannot be used: ${problems.join('; ')}. Columns are ${columnList}.`,
  );
}

function rowOf(record: readonly string[], { columns, names }: Heading, place: number): VitalRow {
  const row: VitalRow = { place, cells: {}, names, errors: [] };
  if (record.length === columns.length) {
    for (const [i, column] of columns.entries()) setCell(row, column, record[i]!);
    return row;
  }
  row.errors.push({
    detail: `The row has ${record.length} cells, the heading ${columns.length}: is a cell with the delimiter not quoted?`,
  });
  return row;
}
