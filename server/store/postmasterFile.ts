// Reads the `postmaster.pid` that Postgres keeps in a cluster, and deals with one left by a server that nobody watches now.
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processIdentity, runsInDirectory } from './processIdentity.ts';

/** A Postgres server that runs on a cluster: its pid, where it listens (an address or its socket's folder). */
export interface Postmaster {
  pid: number;
  host: string;
  port: number;
  ready: boolean;
}

// Higher than any pid the kernel hands out.
const NO_PID = 2 ** 31 - 1;
const FAST_STOP_MS = 120_000;
const IMMEDIATE_STOP_MS = 10_000;

/** The server that runs on the cluster in `directory`/data, if one does. */
export function findPostmaster(directory: string): Postmaster | undefined {
  const lines = readLines(join(directory, 'data', 'postmaster.pid'));
  const pid = Number(lines[0]);
  if (!pid || runsInDirectory(pid, realpathSync(join(directory, 'data'))) !== true) return undefined;
  return {
    pid,
    port: Number(lines[3]),
    host: lines[4] || lines[5] || '',
    ready: lines[7]?.trim() === 'ready',
  };
}

/**
 * Makes way for a new server on the cluster: one that was left running when its parent was killed is stopped (true), and a
 * lock file whose pid now belongs to some other process no longer blocks.
 */
export async function clearPostmaster(directory: string): Promise<boolean> {
  const found = findPostmaster(directory);
  if (found) {
    await stopProcess(found.pid);
    return true;
  }
  disarm(join(directory, 'data', 'postmaster.pid'));
  rmSync(join(directory, '.s.PGSQL.5432.lock'), { force: true });
  return false;
}

/**
 * Postgres refuses to start while any process has the pid in its lock file. The file is kept, with a pid that no process has:
 * from its other lines Postgres sees whether sessions of the old server still use its shared memory.
 */
function disarm(lockFile: string): void {
  const lines = readLines(lockFile);
  if (!processIdentity(Number(lines[0]))) return;
  lines[0] = String(NO_PID);
  writeFileSync(lockFile, lines.join('\n'));
}

async function stopProcess(pid: number): Promise<void> {
  const identity = processIdentity(pid);
  const gone = async (timeout: number) => {
    for (const end = Date.now() + timeout; Date.now() < end; await pause(10)) {
      if (processIdentity(pid) !== identity) return true;
    }
    return false;
  };
  for (const [signal, timeout] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
  ] as const) {
    process.kill(pid, signal);
    if (await gone(timeout)) return;
  }
  throw new Error(`A Postgres of an earlier run (process ${pid}) does not stop: stop it, then start again`);
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
