// Which files an import reads, and in which order. Patient data refers to hospitals (organizations, locations) and
// practitioners by identifier, so these come first, and each data set has its own: a folder that holds such files is
// loaded whole before the next one, whose hospitals might carry the same identifiers. Folders without any come last.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';

export interface ImportFile {
  path: string;
  bytes: number;
  kind: 'bundle' | 'ndjson';
  gzip: boolean;
  /** files of one step are loaded before the next step begins */
  step: number;
}

const KINDS = /\.(json|ndjson)(\.gz)?$/i;
const PHASES = [/hospital|^(?:organization|location)\b/i, /practitioner/i];

/**
 * Files below the given paths. A folder is searched to any depth for .json and .ndjson files (also .gz), but not what is hidden; a file named
 * by itself must be one. `left` are files a folder had besides.
 * @throws Error when a path does not exist or a named file is of another kind
 */
export async function findFiles(paths: string[]): Promise<{ files: ImportFile[]; left: string[] }> {
  const files: Found[] = [];
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
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    entries.sort((a, b) => a.parentPath.localeCompare(b.parentPath, 'en'));
    for (const entry of entries) {
      if (!entry.isFile() || isHidden(entry.parentPath.slice(path.length)) || isHidden(entry.name)) continue;
      const inside = join(entry.parentPath, entry.name);
      // Bulk export clients leave their own log beside what they fetched.
      const file = entry.name === 'log.ndjson' ? undefined : asFile(inside, (await stat(inside)).size);
      if (file) files.push(file);
      else left.push(inside);
    }
  }
  return { files: inSteps(files), left };
}

/** Such as the `.data` of a server that was started in the folder. */
const isHidden = (path: string): boolean => path.split(sep).some((name) => name.startsWith('.'));

type Found = Omit<ImportFile, 'step'> & { phase: number };

/** Gives each file its step: data sets in the order they were named or found, inside each hospitals, practitioners, rest. */
function inSteps(found: Found[]): ImportFile[] {
  const complete = new Set(
    found.filter(({ phase }) => phase < PHASES.length).map(({ path }) => dirname(path)),
  );
  const sets = [...new Set(found.map(({ path }) => dirname(path)))].filter((folder) => complete.has(folder));
  const setOf = (path: string) => (complete.has(dirname(path)) ? sets.indexOf(dirname(path)) : sets.length);
  return found
    .map(({ phase, ...file }) => ({ ...file, step: setOf(file.path) * (PHASES.length + 1) + phase }))
    .sort((a, b) => a.step - b.step || b.bytes - a.bytes || a.path.localeCompare(b.path, 'en'));
}

function asFile(path: string, bytes: number): Found | undefined {
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
