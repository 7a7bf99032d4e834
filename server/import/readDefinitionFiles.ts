// Definitions from folders, files and FHIR packages (a .tgz of JSON files), one at a time.
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource } from '../services.ts';

export interface DefinitionFile {
  resource: Resource;
  /** where it was read, for messages */
  where: string;
}

/** Of one file in a package; the largest published resources have 10 MB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Of all files in a package: one that unpacks to more is no set of definitions. */
const MOST_BYTES_UNPACKED = 1024 * 1024 * 1024;

/**
 * The resources in these paths; those of a Bundle one by one. Other JSON, such as the index of a package, is left out.
 * @throws Error naming the path that does not exist, holds no JSON, or is too large
 */
export async function* readDefinitionFiles(paths: readonly string[]): AsyncGenerator<DefinitionFile> {
  for (const path of paths) {
    for await (const { where, bytes } of jsonFiles(path)) {
      let content: Resource;
      try {
        content = parseJson(decodeUtf8(bytes)) as Resource;
      } catch (error) {
        throw new Error(`${where}: ${(error as Error).message}`);
      }
      const entries = content?.resourceType === 'Bundle' && Array.isArray(content.entry) ? content.entry : [];
      for (const { resource } of entries as { resource?: Resource }[]) {
        if (typeof resource?.resourceType === 'string') yield { resource, where };
      }
      if (typeof content?.resourceType === 'string' && content.resourceType !== 'Bundle') {
        yield { resource: content, where };
      }
    }
  }
}

interface JsonFile {
  where: string;
  bytes: Uint8Array;
}

async function* jsonFiles(path: string): AsyncGenerator<JsonFile> {
  const found = await stat(path).catch(() => {
    throw new Error(`There is no file or folder ${path}`);
  });
  if (found.isDirectory()) {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name, 'en'))) {
      if (!entry.isFile() || !entry.name.endsWith('.json')) continue;
      const where = join(entry.parentPath, entry.name);
      yield { where, bytes: await readFile(where) };
    }
  } else if (/\.(?:tgz|tar\.gz)$/i.test(path)) yield* packed(path);
  else if (/\.json$/i.test(path)) yield { where: path, bytes: await readFile(path) };
  else throw new Error(`${path} is no folder, .json or .tgz file`);
}

/** The JSON files of a package's own folder; those of its examples and others beside it are not for use. */
async function* packed(path: string): AsyncGenerator<JsonFile> {
  const raw = createReadStream(path);
  const unzipped = raw.pipe(createGunzip());
  const extract = unzipped.pipe(tar.extract());
  for (const stream of [raw, unzipped]) stream.on('error', (error: Error) => extract.destroy(error));
  let total = 0;
  try {
    for await (const entry of extract) {
      const { name, type, size = 0 } = entry.header;
      const where = `${path}:${name}`;
      total += size;
      if (size > MOST_BYTES || total > MOST_BYTES_UNPACKED) throw new Error(`${name} is too large`);
      if (type === 'file' && /^package\/[^/]+\.json$/.test(name)) {
        const parts: Buffer[] = [];
        for await (const part of entry) parts.push(part as Buffer);
        yield { where, bytes: Buffer.concat(parts) };
      } else entry.resume();
    }
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  } finally {
    raw.destroy();
  }
}
