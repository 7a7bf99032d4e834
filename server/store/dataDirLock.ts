// Lets one process at a time use DATA_DIR. The lock is a file that names its holder, so that it survives `kill -9` of the
// holder without blocking the next start.
//
// Files are numbered, and the lock is held by the process that the highest number names, while it lives. To take a dead
// holder's lock means to create the next number, which the file system lets one contender do. Nobody ever removes the highest
// number (a released lock is marked, not removed): removing is where lock files race.
import { randomUUID } from 'node:crypto';
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './processIdentity.ts';

/** Who holds a lock: `purpose` is the command it runs, `identity` tells it from a later process with the same pid. */
interface Holder {
  pid: number;
  identity: string;
  purpose: string;
}

/** A lock that is held until `release`. */
export interface DataDirLock {
  release(): void;
}

/** Thrown when another living process holds the lock. */
export class DataDirInUse extends Error {
  readonly purpose: string;

  constructor(dataDir: string, holder: Holder) {
    super(`${dataDir} is in use by \`salus ${holder.purpose}\` (process ${holder.pid})`);
    this.name = 'DataDirInUse';
    this.purpose = holder.purpose;
  }
}

const LOCK_FILE = /^lock\.(\d+)$/;

/** Takes the lock on `dataDir`, which must exist. Throws {@link DataDirInUse}. */
export function lockDataDir(dataDir: string, purpose: string): DataDirLock {
  const mine: Holder = { pid: process.pid, identity: processIdentity(process.pid) ?? '', purpose };
  for (;;) {
    const highest = highestNumber(dataDir);
    const holder = readHolder(dataDir, highest);
    if (holder) throw new DataDirInUse(dataDir, holder);
    const number = highest + 1;
    if (!createComplete(dataDir, number, JSON.stringify(mine))) continue;
    if (highestNumber(dataDir) !== number) {
      // Others took and gave up higher numbers, and removed the lower ones, while we were about to create ours.
      rmSync(lockFile(dataDir, number));
      continue;
    }
    for (const lower of numbers(dataDir)) {
      if (lower < number) rmSync(lockFile(dataDir, lower), { force: true });
    }
    return { release: () => markReleased(dataDir, number) };
  }
}

function numbers(dataDir: string): number[] {
  return readdirSync(dataDir).flatMap((name) => LOCK_FILE.exec(name)?.slice(1).map(Number) ?? []);
}

function highestNumber(dataDir: string): number {
  return Math.max(0, ...numbers(dataDir));
}

/** The living holder that a lock file names, if any. */
function readHolder(dataDir: string, number: number): Holder | undefined {
  if (number === 0) return undefined;
  let holder: Partial<Holder>;
  try {
    holder = JSON.parse(readFileSync(lockFile(dataDir, number), 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Gone: somebody else took the next number. Not JSON: a power cut emptied the file, so its writer is gone too.
    if (code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { pid, identity, purpose } = holder;
  if (!pid || !purpose) return undefined;
  return processIdentity(pid) === identity ? (holder as Holder) : undefined;
}

/** Creates a lock file with its whole content at once; false when it exists already. */
function createComplete(dataDir: string, number: number, content: string): boolean {
  const draft = join(dataDir, `lock.${randomUUID()}`);
  writeFileSync(draft, content, { mode: 0o644 });
  try {
    linkSync(draft, lockFile(dataDir, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
  }
}

function markReleased(dataDir: string, number: number): void {
  const draft = join(dataDir, `lock.${randomUUID()}`);
  writeFileSync(draft, '{}');
  renameSync(draft, lockFile(dataDir, number));
}

function lockFile(dataDir: string, number: number): string {
  return join(dataDir, `lock.${number}`);
}
