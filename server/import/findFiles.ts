// Which files an import reads, and in which order: hospitals (organizations, locations), then practitioners, then all
// else, because patient data refers to the first two by identifier.
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface ImportFile {
  path: string;
  bytes: number;
  kind: 'bundle' | 'ndjson';
  gzip: boolean;
  /** files of one phase are loaded before the next phase begins */
  phase: number;
}

const KINDS = /\.(json|ndjson)(\.gz)?$/i;
const PHASES = [/hospital|^(?:organization|location)\b/i, /practitioner/i];

/**
 * Files below the given paths. A folder is searched to any depth for .json and .ndjson files (also .gz); a file named
 * by itself must be one. `left` are files a folder had besides.
 * @throws Error when a path does not exist or a named file is of another kind
 */
export async function findFiles(paths: string[]): Promise<{ files: ImportFile[]; left: string[] }> {
  const files: ImportFile[] = [];
  const left: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => {
      throw new Error(`There is no file or folder ${path}`);
    });
    if (!found.isDirectory()) {
      const file = asFile(path, found.size);
      if (!file) throw new Error(`${path} is neither .json nor .ndjson (nor either with .gz)`);
      files.push(file);
      continue;
    }
    for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const inside = join(entry.parentPath, entry.name);
      // Bulk export clients leave their own log beside what they fetched.
      const file = entry.name === 'log.ndjson' ? undefined : asFile(inside, (await stat(inside)).size);
      if (file) files.push(file);
      else left.push(inside);
    }
  }
  files.sort((a, b) => a.phase - b.phase || b.bytes - a.bytes || a.path.localeCompare(b.path, 'en'));
  return { files, left };
}

function asFile(path: string, bytes: number): ImportFile | undefined {
  const match = KINDS.exec(path);
  if (!match) return undefined;
  const phase = PHASES.findIndex((pattern) => pattern.test(basename(path)));
  return {
    path,
    bytes,
    kind: match[1]!.toLowerCase() === 'json' ? 'bundle' : 'ndjson',
    gzip: match[2] !== undefined,
    phase: phase < 0 ? PHASES.length : phase,
  };
}
