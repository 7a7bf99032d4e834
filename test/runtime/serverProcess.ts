// Starts the real server (or another command) as a process for the tests of this folder, and reads its log.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { processIdentity, runsInDirectory } from '../../server/store/processIdentity.ts';

const SALUS = fileURLToPath(new URL('../../bin/salus.js', import.meta.url));

/** A line of the log. */
export interface LogLine {
  level: string;
  message: string;
  [field: string]: unknown;
}

/** A command of Salus that runs. */
export interface SalusProcess {
  pid: number;
  log: LogLine[];
  stdout(): string;
  stderr(): string;
  /** The log line with this message; the `n`th, where several come. Rejects when the process ends without. */
  logged(message: string, n?: number): Promise<LogLine>;
  /** How it ended: `0`, or a signal's name. */
  ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];

/** Runs `salus …` with these settings and no others. */
export function startSalus(args: string[], settings: Record<string, string>): SalusProcess {
  const child = spawn(process.execPath, [SALUS, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const log: LogLine[] = [];
  let [stdout, stderr, rest] = ['', '', ''];
  let wake = Promise.withResolvers<void>();
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    log.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
    wake.resolve();
    wake = Promise.withResolvers();
  });
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  let over = false;
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      over = true;
      wake.resolve();
      resolve(code ?? signal!);
    });
  });
  const logged = async (message: string, n = 1): Promise<LogLine> => {
    for (;;) {
      const found = log.filter((line) => line.message === message)[n - 1];
      if (found) return found;
      if (over) throw new Error(`ended without logging "${message}":\n${stdout}${stderr}`);
      await wake.promise;
    }
  };
  return {
    pid: child.pid!,
    log,
    stdout: () => stdout,
    stderr: () => stderr,
    logged,
    ended,
    kill: (signal) => child.kill(signal),
  };
}

/** A new folder, open to the user that Postgres runs as; removed by {@link cleanUp}. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'salus-run-'));
  chmodSync(folder, 0o711);
  folders.push(folder);
  return folder;
}

/** Ends what the tests left running and removes their folders: for `afterAll`. */
export async function cleanUp(): Promise<void> {
  const ends = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
  for (const folder of folders.splice(0)) {
    const pid = postmasterPid(folder);
    if (pid && runsInDirectory(pid, join(folder, 'postgres/data'))) {
      process.kill(pid, 'SIGQUIT');
      await gone(pid);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The pid in the lock file of the database in a DATA_DIR. */
export function postmasterPid(dataDir: string): number | undefined {
  try {
    return Number(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

/** Waits until the process has ended. */
export async function gone(pid: number): Promise<void> {
  while (processIdentity(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
}
