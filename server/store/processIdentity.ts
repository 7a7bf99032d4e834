// Tells one process from a later one with the same pid: lock files must outlive `kill -9` and not be fooled by pid reuse.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A string that differs between any two processes that ever had this pid on this machine, or undefined when no such process
 * runs. Linux: boot id and start time in ticks from /proc; elsewhere the start time that `ps` prints.
 */
export function processIdentity(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  if (process.platform !== 'linux') return psField(pid, 'lstart=');
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name (field 2) may hold spaces and brackets, so fields are counted from its closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

/**
 * Whether `pid` runs with `directory` as its working folder (a Postgres server and all its children do); `undefined` when
 * the system does not let us see.
 */
export function runsInDirectory(pid: number, directory: string): boolean | undefined {
  if (processIdentity(pid) === undefined) return false;
  if (process.platform !== 'linux') return psField(pid, 'command=')?.includes(directory);
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? undefined : false;
  }
}

function psField(pid: number, field: string): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', field, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return output.trim() || undefined;
  } catch {
    return undefined;
  }
}
