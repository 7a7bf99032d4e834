// The published StructureDefinitions and this project's own, read one by one from a cache file when they are asked for.
// Nothing is read before the first question.
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildStructures, type StructureIndex, structuresKey } from './buildStructures.ts';
import type { FindStructure, Structure } from './structure.ts';

/** The published structures. */
export interface PublishedStructures {
  /** by `url` or `url|version`: of each url there is one version */
  readonly find: FindStructure;
  /** why a structure of this canonical, though published, cannot be used */
  readonly problem: (canonical: string) => string | undefined;
  /** urls of all that can be found */
  readonly urls: () => Iterable<string>;
  /** reads the index, after building the cache where there is none (about a second); any question does so as well */
  readonly prepare: () => void;
}

/** Structures remembered as objects: all base types and resources, and as many others. */
const MOST_REMEMBERED = 500;

/** Bytes of one piece of the index read from the file. */
const PIECE = 256 * 1024;

interface Source {
  readonly index: StructureIndex;
  readonly read: (offset: number, length: number) => string;
}

/**
 * The published structures, from a file in `cacheDir`. Where it is missing it is built at the first question; several
 * processes may do so at once. Without `cacheDir` they are built in memory. Questions throw an Error when the cache
 * cannot be written.
 */
export function loadStructures(cacheDir?: string): PublishedStructures {
  let source: Source | undefined;
  const open = (): Source => {
    source ??= openSource(cacheDir);
    return source;
  };
  const remembered = new Map<string, Structure>();

  const read = (url: string): Structure | undefined => {
    const known = remembered.get(url);
    if (known) return known;
    const place = own(open().index.structures, url);
    if (!place) return undefined;
    const structure = parseStructure(open().read(...place));
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(url, structure);
    return structure;
  };

  return {
    find: (canonical) => {
      const [url = '', version] = canonical.split('|');
      const found = read(url);
      return version === undefined || found?.version === version ? found : undefined;
    },
    problem: (canonical) => own(open().index.problems, canonical.split('|')[0]!),
    urls: () => Object.keys(open().index.structures),
    prepare: () => void open(),
  };
}

function openSource(cacheDir: string | undefined): Source {
  if (cacheDir === undefined) return fromText(buildStructures());
  const file = join(cacheDir, `structures-${structuresKey()}.ndjson`);
  const cached = fromFile(file);
  if (cached) return cached;

  const text = buildStructures();
  mkdirSync(cacheDir, { recursive: true });
  const unfinished = `${file}.${randomUUID()}.tmp`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
  return fromFile(file) ?? fromText(text);
}

function fromText(text: string): Source {
  const bytes = Buffer.from(text);
  const start = bytes.indexOf(10) + 1;
  return {
    index: JSON.parse(bytes.toString('utf8', 0, start)) as StructureIndex,
    read: (offset, length) => bytes.toString('utf8', start + offset, start + offset + length),
  };
}

/**
 * The file as a source; undefined when there is none or its index is not readable (then it is built anew). It stays open:
 * what an administrator does to the folder of caches does not concern a process that runs.
 */
function fromFile(file: string): Source | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const pieces: Buffer[] = [];
    for (let newline = -1; newline < 0; ) {
      const piece = Buffer.alloc(PIECE);
      const length = readSync(descriptor, piece, 0, PIECE, pieces.length * PIECE);
      newline = piece.subarray(0, length).indexOf(10);
      pieces.push(piece.subarray(0, newline < 0 ? length : newline));
      if (newline < 0 && length < PIECE) throw new SyntaxError('the file ends within its index');
    }
    const first = Buffer.concat(pieces);
    return {
      index: JSON.parse(first.toString('utf8')) as StructureIndex,
      read: (offset, length) => readText(descriptor, first.length + 1 + offset, length),
    };
  } catch (error) {
    closeSync(descriptor);
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function readText(descriptor: number, position: number, length: number): string {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const read = readSync(descriptor, bytes, done, length - done, position + done);
    if (read === 0) throw new Error('the cache of structures is shorter than its index says');
    done += read;
  }
  return bytes.toString('utf8');
}

/** JSON has no Infinity: `max` is written as `*`. */
function parseStructure(line: string): Structure {
  const structure = JSON.parse(line) as { elements: { max: unknown }[] };
  for (const element of structure.elements) {
    if (element.max === '*') element.max = Number.POSITIVE_INFINITY;
  }
  return structure as unknown as Structure;
}

/** A property of a record made from outside data, where `constructor` is no entry. */
const own = <V>(record: Record<string, V>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
