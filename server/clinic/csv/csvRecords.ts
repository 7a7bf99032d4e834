// CSV (RFC 4180) → records, as it is read: separated by commas, semicolons or tabs, as its first line shows, in UTF-8 with or without
// a mark. Lines are counted as an editor does, also after quoted line breaks. After a record that cannot be read, reading goes on
// with the line after the one that it begins on: an open quote swallows no other row.
import { type Line, textLines } from './textLines.ts';

export interface CsvRecord {
  /** that it begins on */
  line: number;
  /** blanks around the quotes, or around an unquoted cell, are gone */
  cells: string[];
  /** why it cannot be read; `cells` are those before */
  fault?: CsvRecordFault;
}

export interface CsvRecordFault {
  /** the cell, from 0 on; absent where it is the row as a whole */
  cell?: number;
  message: string;
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
/** Characters of a record, where the reader does not say. */
const MAX_RECORD = 128 * 1024;
/** Bytes of a character, at most. */
const WIDEST = 4;

/**
 * The records of a CSV up to the first that cannot be read.
 * @throws MalformedCsv for that one
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<CsvRecord> {
  for await (const record of allCsvRecords(bytes)) {
    if (record.fault) throw new MalformedCsv(record.line, record.fault.message);
    yield record;
  }
}

/**
 * All records of a CSV, those that cannot be read with what is wrong; those without any content are left out. Memory is that of a chunk and
 * of a record, which may have `longest` characters.
 */
export async function* allCsvRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  longest = MAX_RECORD,
): AsyncGenerator<CsvRecord> {
  const read = recordReader(longest);
  for await (const { lines, isEnd } of textLines(bytes, longest * WIDEST)) yield* read(lines, isEnd);
}

/** A record that is being read. */
interface Open {
  /** its first line, by its place in the queue */
  start: number;
  cells: string[];
  /** of the quoted cell that is open, what has been read */
  quoted: string | undefined;
  size: number;
  isUtf8: boolean;
}

function recordReader(longest: number) {
  let delimiter: string | undefined;
  /** Lines from the first of the open record on, and the number of the first. */
  let queue: Line[] = [];
  let first = 1;
  let at = 0;
  let open: Open | undefined;
  const next = (): CsvRecord | undefined => {
    const line = queue[at++]!;
    delimiter ??= delimiterOf(line);
    open ??= { start: at - 1, cells: [], quoted: undefined, size: 0, isUtf8: true };
    open.size += line.text.length + line.end.length;
    open.isUtf8 &&= line.isUtf8;
    const state =
      line.isTooLong || open.size > longest
        ? { message: tooLong(longest) }
        : readLine(open, line, delimiter ?? DELIMITERS[0]!);
    if (state === 'open') return undefined;
    if (state !== 'ended') return refused(state);
    const { start, cells, isUtf8 } = open;
    open = undefined;
    if (!isUtf8) return { line: first + start, cells, fault: notUtf8(cells) };
    return cells.some((cell) => cell.trim() !== '') ? { line: first + start, cells } : undefined;
  };
  /** The open record is none; what follows its first line is read again. */
  const refused = (fault: CsvRecordFault): CsvRecord => {
    const { start, cells } = open!;
    at = start + 1;
    open = undefined;
    return { line: first + start, cells, fault };
  };
  return function* (lines: readonly Line[], isEnd: boolean): Generator<CsvRecord> {
    const done = open?.start ?? at;
    queue = queue.slice(done).concat(lines);
    first += done;
    at -= done;
    if (open) open.start = 0;
    for (;;) {
      while (at < queue.length) {
        const record = next();
        if (record) yield record;
      }
      if (!open || !isEnd) return;
      const message = 'A quote that is opened here is never closed.';
      yield refused({ cell: (open as Open).cells.length, message });
    }
  };
}

/** Reads a line of a record: whether the record ends with it, or what is wrong. */
function readLine(open: Open, { text, end }: Line, delimiter: string): 'ended' | 'open' | CsvRecordFault {
  if (open.quoted === undefined && !text.includes('"')) {
    open.cells = text.split(delimiter).map((cell) => cell.trim());
    return 'ended';
  }
  const afterBlanks = (from: number): number => {
    let place = from;
    while (place < text.length && text[place] !== delimiter && /\s/.test(text[place]!)) place++;
    return place;
  };
  const inside = () => ({
    ...{ cell: open.cells.length },
    message: 'A quote stands inside of a cell: quote the whole cell and double the quotes in it.',
  });
  for (let place = 0; ; ) {
    if (open.quoted === undefined) {
      const begin = afterBlanks(place);
      if (text[begin] === '"') {
        open.quoted = '';
        place = begin + 1;
        continue;
      }
      const until = text.indexOf(delimiter, place);
      const cell = text.slice(place, until < 0 ? text.length : until);
      if (cell.includes('"')) return inside();
      open.cells.push(cell.trim());
      if (until < 0) return 'ended';
      place = until + 1;
      continue;
    }
    const close = text.indexOf('"', place);
    open.quoted += close < 0 ? text.slice(place) + end : text.slice(place, close);
    if (close < 0) return 'open';
    if (text[close + 1] === '"') {
      open.quoted += '"';
      place = close + 2;
      continue;
    }
    const after = afterBlanks(close + 1);
    if (after < text.length && text[after] !== delimiter) return inside();
    open.cells.push(open.quoted);
    open.quoted = undefined;
    if (after === text.length) return 'ended';
    place = after + 1;
  }
}

/** The delimiter of the first line that has any content. */
function delimiterOf({ text }: Line): string | undefined {
  if (text.trim() === '') return undefined;
  const unquoted = text.replace(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => unquoted.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

const tooLong = (longest: number) =>
  `The row that begins here has more than ${longest} characters: is a quote not closed?`;

function notUtf8(cells: readonly string[]): CsvRecordFault {
  const cell = cells.findIndex((text) => text.includes('\ufffd'));
  const message = 'This is not UTF-8 text: save it as UTF-8.';
  return cell < 0 ? { message } : { cell, message };
}
