// Files → units of work: a bundle file is one, NDJSON is cut into runs of lines, so that memory does not grow with the
// size of a file.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { ImportFile } from './findFiles.ts';

/** What one worker turn stores. `share` is the part of the file on disk that it stands for, in bytes. */
export type Unit = { path: string; share: number } & (
  | { kind: 'file'; gzip: boolean }
  /** whole lines, still to be decoded */
  | { kind: 'lines'; firstLine: number; bytes: Uint8Array }
  /** the rest of a file that is no gzip, or broken off */
  | { kind: 'unreadable'; reason: string }
);

/** The byte that ends a line; in UTF-8 it stands for nothing else. */
export const NEWLINE = 10;
const MOST_LINES = 500;
const MOST_BYTES = 2 * 1024 * 1024;

/** Whether reading failed because of what the file holds. */
export function isGzipError(error: unknown): boolean {
  return /^Z_/.test(String((error as { code?: unknown })?.code));
}

/** Units of one file; their shares add up to its size. */
export async function* readUnits(file: ImportFile): AsyncGenerator<Unit> {
  const { path, gzip, bytes: size, kind } = file;
  if (kind === 'bundle') {
    yield { kind: 'file', path, gzip, share: size };
    return;
  }
  const raw = createReadStream(path);
  let told = 0;
  const next = () => {
    const before = told;
    told = Math.min(raw.bytesRead, size);
    return { path, share: told - before };
  };
  const input = gzip ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  let firstLine = 1;
  try {
    for await (const { bytes, lines } of runsOfLines(input)) {
      yield { kind: 'lines', ...next(), firstLine, bytes };
      firstLine += lines;
    }
  } catch (error) {
    if (!isGzipError(error)) throw error;
    yield {
      kind: 'unreadable',
      ...next(),
      reason: `${(error as Error).message} after line ${firstLine - 1}`,
    };
  }
}

/** Cuts a stream after every so many lines or bytes, always at the end of a line. */
async function* runsOfLines(
  input: AsyncIterable<Buffer>,
): AsyncGenerator<{ bytes: Uint8Array; lines: number }> {
  let parts: Buffer[] = [];
  let size = 0;
  let lines = 0;
  for await (const chunk of input) {
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
      lines++;
      if (lines < MOST_LINES && size + at - start < MOST_BYTES) continue;
      yield { bytes: Buffer.concat([...parts, chunk.subarray(start, at + 1)]), lines };
      start = at + 1;
      [parts, size, lines] = [[], 0, 0];
    }
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
  }
  if (size > 0) yield { bytes: Buffer.concat(parts), lines };
}
