// What the benchmark has started: processes and folders, undone in reverse order at the end, on failure and on Ctrl-C.
import { type ChildProcess, spawn } from 'node:child_process';

type Undo = () => Promise<unknown> | unknown;

const KILL_AFTER_MS = 30_000;
const undos: { what: string; undo: Undo }[] = [];
let undoing: Promise<void> | undefined;

/** Notes how to undo something; the returned function undoes it now instead. */
export function onEnd(what: string, undo: Undo): () => Promise<void> {
  const entry = { what, undo };
  undos.push(entry);
  return async () => {
    const at = undos.indexOf(entry);
    if (at < 0) return;
    undos.splice(at, 1);
    await undo();
  };
}

/** Undoes everything, last first. A second call waits for the first. */
export function undoAll(): Promise<void> {
  undoing ??= (async () => {
    for (let entry = undos.pop(); entry; entry = undos.pop()) {
      try {
        await entry.undo();
      } catch (error) {
        console.error(`bench: could not clean up ${entry.what}: ${(error as Error).message}`);
      }
    }
  })();
  return undoing;
}

/** Whether the end has begun: what fails from now on fails for that reason. */
export const isEnding = (): boolean => undoing !== undefined;

/** Makes Ctrl-C and SIGTERM clean up before the process ends. */
export function undoOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      console.error(`bench: ${signal}, stopping what was started`);
      void undoAll().finally(() => process.exit(130));
    });
  }
}

/** A child process with the promise of its end. */
export interface Running {
  child: ChildProcess;
  pid: number;
  /** its exit code, or the signal's name */
  ended: Promise<number | string>;
  /** SIGTERM, and SIGKILL when that does not help */
  stop(): Promise<void>;
}

/** Starts a process on this Node, noted for {@link undoAll}. `fd` takes its standard output and error. */
export function startNode(
  args: string[],
  { env = {}, fd, ipc = false }: { env?: Record<string, string>; fd?: number; ipc?: boolean } = {},
): Running {
  const output = fd ?? 'inherit';
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', output, output, ...(ipc ? ['ipc' as const] : [])],
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal!));
  });
  const undo = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    await ended;
    clearTimeout(timer);
  };
  const stop = onEnd(args[0]!, undo);
  void ended.then(stop);
  return { child, pid: child.pid!, ended, stop };
}
