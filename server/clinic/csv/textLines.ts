// Bytes → lines of text, as they come: ended by LF, CRLF or CR, each judged for UTF-8 by itself, so that a broken one costs no other.
import { isUtf8 } from 'node:buffer';

export interface Line {
  /** what is not UTF-8 is replaced by U+FFFD; empty where it is too long */
  text: string;
  /** what ends it: empty for the last line of a file */
  end: string;
  isUtf8: boolean;
  isTooLong: boolean;
}

const CHUNK = 64 * 1024;
const [LF, CR] = [10, 13];
const LINE = /([^\r\n]*)(\r\n|\n|\r|$)/g;

/** Takes bytes and gives the lines that they end; without bytes, what is left at the end of the file. */
type CutLines = (bytes?: Uint8Array) => Line[];

/** Cuts one file into lines. Memory is that of a line, which may have `longest` bytes: others are skipped, and told. */
export function lineCutter(longest: number): CutLines {
  let rest = Buffer.alloc(0);
  let isFirst = true;
  let isSkipping = false;
  const cut = (block: Buffer): Line[] => {
    const isWhole = isUtf8(block);
    const lines: Line[] = [];
    for (const [found, text, end] of block.toString(isWhole ? 'utf8' : 'latin1').matchAll(LINE)) {
      if (found === '') break;
      const line = { text: text!, end: end!, isUtf8: true, isTooLong: false };
      lines.push(isWhole ? line : { ...line, ...reread(text!) });
    }
    return lines;
  };
  return (bytes) => {
    const all = bytes ? Buffer.concat([rest, bytes]) : rest;
    const upTo = bytes ? lastBreak(all) + 1 : all.length;
    const lines = cut(all.subarray(0, upTo));
    rest = all.subarray(upTo);
    if (isSkipping && (lines.length > 0 || !bytes)) {
      // The end of what was too long to be held.
      lines[0] = { text: '', end: lines[0]?.end ?? '', isUtf8: true, isTooLong: true };
      isSkipping = false;
    }
    if (rest.length > longest) {
      isSkipping = true;
      // It may be half of a line end.
      rest = rest.subarray(rest.at(-1) === CR ? -1 : rest.length);
    }
    if (isFirst && lines[0]) {
      isFirst = false;
      lines[0].text = lines[0].text.replace(/^\ufeff/, '');
    }
    return lines;
  };
}

/** The lines of a file, those of 64 KiB of it at a time. */
export async function* textLines(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  longest: number,
): AsyncGenerator<{ lines: Line[]; isEnd: boolean }> {
  const cut = lineCutter(longest);
  for await (const whole of bytes) {
    for (let at = 0; at < whole.length; at += CHUNK) {
      yield { lines: cut(whole.subarray(at, at + CHUNK)), isEnd: false };
    }
  }
  yield { lines: cut(), isEnd: true };
}

/** Where the last line end is; a CR at the end of the bytes may be the first half of one. */
function lastBreak(bytes: Buffer): number {
  const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  if (end === 0) return -1;
  return Math.max(bytes.lastIndexOf(LF, end - 1), bytes.lastIndexOf(CR, end - 1));
}

/** A line out of a block that is not UTF-8 as a whole, its bytes as Latin-1. */
function reread(latin: string): Pick<Line, 'text' | 'isUtf8'> {
  const bytes = Buffer.from(latin, 'latin1');
  return { text: bytes.toString('utf8'), isUtf8: isUtf8(bytes) };
}
