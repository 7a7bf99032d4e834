// Definitions and designations of the concepts of published code systems, which the model of `loadTerminology` leaves
// out. They are read from a cache file of their own, one code system at a time: an index in its first line tells where.
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedCodeSystems, terminologyKey } from './buildTerminology.ts';
import type { ConceptDefinition } from './terminology.ts';

/** What is said of a concept. */
export type ConceptProse = Pick<ConceptDefinition, 'definition' | 'designations'>;

/** By code, spelled as the code system spells it; concepts of which nothing is said are left out. */
export type SystemProse = ReadonlyMap<string, ConceptProse>;

/** Where the text of each code system stands, in bytes from the end of the first line. */
interface Index {
  size: number;
  places: Record<string, [start: number, length: number]>;
}

const FIRST_READ = 256 * 1024;

/**
 * The prose of published code systems by url: nothing is read or built before the first question, and only places are
 * kept. Without `cacheDir` it is built once and kept.
 * @returns undefined for a url that is not published; throws Error when the cache cannot be written
 */
export function openProse(cacheDir?: string): (url: string) => SystemProse | undefined {
  if (cacheDir === undefined) {
    let built: Map<string, string> | undefined;
    return (url) => {
      built ??= buildProse();
      return parse(built.get(url));
    };
  }
  const file = join(cacheDir, `terminology-prose-${terminologyKey()}.json`);
  let known: { index: Index; start: number } | undefined;
  return (url) => {
    known ??= readIndex(file);
    let text = known && readPlace(file, known, url);
    if (text === 'unreadable' || !known) {
      writeProse(cacheDir, file);
      known = readIndex(file);
      text = known && readPlace(file, known, url);
    }
    if (text === 'unreadable' || !known) throw new Error(`${file} cannot be read after it was written`);
    return parse(text);
  };
}

function parse(text: string | undefined): SystemProse | undefined {
  return text === undefined ? undefined : new Map(JSON.parse(text) as [string, ConceptProse][]);
}

/** JSON text of the entries of each code system, by url. */
function buildProse(): Map<string, string> {
  const built = new Map<string, string>();
  for (const { url, concepts } of publishedCodeSystems()) {
    const entries = new Map<string, ConceptProse>();
    for (const { code, definition, designations } of concepts) {
      // A code may be listed twice by mistake; the first one counts.
      if (entries.has(code) || (definition === undefined && !designations?.length)) continue;
      entries.set(code, { ...(definition === undefined ? {} : { definition }), designations });
    }
    built.set(url, JSON.stringify([...entries]));
  }
  return built;
}

function writeProse(cacheDir: string, file: string): void {
  const places: Index['places'] = {};
  const texts = [...buildProse()];
  let size = 0;
  for (const [url, text] of texts) {
    const length = Buffer.byteLength(text);
    places[url] = [size, length];
    size += length;
  }
  const index: Index = { size, places };
  mkdirSync(cacheDir, { recursive: true });
  const unfinished = `${file}.${randomUUID()}.tmp`;
  writeFileSync(unfinished, `${JSON.stringify(index)}\n${texts.map(([, text]) => text).join('')}`);
  renameSync(unfinished, file);
}

/** The index of a whole file; undefined when there is none. */
function readIndex(file: string): { index: Index; start: number } | undefined {
  return reading(file, (fd) => {
    const { size } = fstatSync(fd);
    const head = readBytes(fd, 0, Math.min(size, FIRST_READ));
    const end = head.indexOf(10);
    if (end < 0) return undefined;
    try {
      const index = JSON.parse(head.toString('utf8', 0, end)) as Index;
      return index.size === size - end - 1 ? { index, start: end + 1 } : undefined;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  });
}

/** The text of a code system; 'unreadable' when the file is no longer the one of the index. */
function readPlace(
  file: string,
  { index, start }: { index: Index; start: number },
  url: string,
): string | 'unreadable' | undefined {
  const place = Object.hasOwn(index.places, url) ? index.places[url] : undefined;
  if (!place) return undefined;
  const [at, length] = place;
  const read = reading(file, (fd) =>
    fstatSync(fd).size === start + index.size
      ? readBytes(fd, start + at, length).toString('utf8')
      : undefined,
  );
  return read ?? 'unreadable';
}

function reading<T>(file: string, read: (fd: number) => T | undefined): T | undefined {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return read(fd);
  } finally {
    closeSync(fd);
  }
}

function readBytes(fd: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = readSync(fd, bytes, done, length - done, start + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}
