// CSV (RFC 4180) → records, as it is read: separated by commas, semicolons or tabs, as its first line shows, in UTF-8 with or without
// a mark. Lines are counted as an editor does, also after quoted line breaks.
import { type CsvError, Parser } from 'csv-parse';

export interface CsvRecord {
  /** that it begins on */
  line: number;
  /** blanks around the quotes, or around an unquoted cell, are gone */
  cells: string[];
}

/** What cannot be read further. What came before has been given. */
export class MalformedCsv extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'MalformedCsv';
    this.line = line;
  }
}

const DELIMITERS = [',', ';', '\t'];
/** Characters of a record, and of the first line. */
const MAX_RECORD = 128 * 1024;
const CHUNK = 64 * 1024;

/**
 * The records of a CSV; those without any content are left out. Memory is that of a chunk.
 * @throws MalformedCsv after the last record that could be read
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<CsvRecord> {
  const decoder = new TextDecoder();
  let parse: ReturnType<typeof createParse> | undefined;
  let text = '';
  /** Whether it took something that is not UTF-8. */
  const take = (part: Uint8Array | undefined): boolean => {
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

/** A parser by the delimiter of the first line, once that is there as a whole. */
function parserFor(text: string, isEnd: boolean): ReturnType<typeof createParse> | undefined {
  const first = /^\s*([^\r\n]*)[\r\n]/.exec(text)?.[1];
  if (first === undefined && !isEnd && text.length < MAX_RECORD) return undefined;
  const unquoted = (first ?? text).replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return createParse(DELIMITERS[counts.indexOf(Math.max(...counts))]!);
}

function createParse(delimiter: string) {
  const records: string[][] = [];
  let failure: CsvError | undefined;
  let line = 1;
  const parser = new Parser({
    delimiter,
    trim: true,
    bom: true,
    max_record_size: MAX_RECORD,
    // A record of another length is refused by itself, with its line.
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
  const parse = async function* (text: string, isEnd: boolean): AsyncGenerator<CsvRecord> {
    await new Promise<void>((resolve) => {
      if (!isEnd) parser.write(text, () => resolve());
      else {
        parser.once('error', () => resolve()).once('finish', () => resolve());
        parser.end(text);
      }
    });
    for (const cells of records.splice(0)) {
      const at = line;
      line += 1 + cells.reduce((sum, cell) => sum + breaksIn(cell), 0);
      if (cells.some((cell) => cell.trim() !== '')) yield { line: at, cells };
    }
    if (failure) throw new MalformedCsv(line, explained(failure));
  };
  return Object.assign(parse, { line: () => line });
}

const breaksIn = (text: string): number => text.match(/\r\n|\n|\r/g)?.length ?? 0;

function explained({ code, message }: CsvError): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'A quote that is opened here is never closed.';
    case 'CSV_MAX_RECORD_SIZE':
      return `The row that begins here has more than ${MAX_RECORD} characters: is a quote not closed?`;
    case 'INVALID_OPENING_QUOTE':
    case 'CSV_INVALID_CLOSING_QUOTE':
      return 'A quote stands inside of a cell: quote the whole cell and double the quotes in it.';
    default:
      return `This is no CSV: ${message}.`;
  }
}
