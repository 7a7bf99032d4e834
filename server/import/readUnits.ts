// Files → units of work: a bundle file is one, NDJSON is cut into runs of lines, so that memory does not grow with the
// size of a file.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { ImportFile } from './findFiles.ts';

/** What one worker turn stores. */
export type Unit =
  | { kind: 'file'; path: string; gzip: boolean; bytes: number }
  | { kind: 'lines'; path: string; firstLine: number; lines: string[]; bytes: number };

const MOST_LINES = 500;
const MOST_CHARACTERS = 2 * 1024 * 1024;

/** Units of one file. `bytes` add up to about the size of the file on disk. */
export async function* readUnits(file: ImportFile): AsyncGenerator<Unit> {
  const { path, gzip, bytes, kind } = file;
  if (kind === 'bundle') {
    yield { kind: 'file', path, gzip, bytes };
    return;
  }
  const raw = createReadStream(path);
  const input = gzip ? raw.pipe(createGunzip()) : raw;
  raw.on('error', (error) => input.destroy(error));
  let lines: string[] = [];
  let characters = 0;
  let firstLine = 1;
  let told = 0;
  const unit = (): Unit => {
    const sofar = Math.min(raw.bytesRead, bytes);
    const made: Unit = { kind: 'lines', path, firstLine, lines, bytes: sofar - told };
    told = sofar;
    firstLine += lines.length;
    lines = [];
    characters = 0;
    return made;
  };
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    lines.push(line);
    characters += line.length;
    if (lines.length >= MOST_LINES || characters >= MOST_CHARACTERS) yield unit();
  }
  if (lines.length > 0) yield unit();
}
