// Definitions from folders, files and FHIR packages (a .tgz of JSON files), one at a time.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource } from '../services.ts';
import { packageFiles } from './readPackage.ts';

export interface DefinitionFile {
  resource: Resource;
  /** where it was read, for messages */
  where: string;
}

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
      for (const entry of entries as ({ resource?: Resource } | null)[]) {
        const resource = entry?.resource;
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
  } else if (/\.(?:tgz|tar\.gz)$/i.test(path)) {
    for await (const { name, bytes } of packageFiles(path)) yield { where: `${path}: ${name}`, bytes };
  } else if (/\.json$/i.test(path)) yield { where: path, bytes: await readFile(path) };
  else throw new Error(`${path} is no folder, .json or .tgz file`);
}
