// Makes (initdb), starts and stops one Postgres server on a folder. Who may use the folder is embeddedPostgres.ts's matter.
// Layout of the folder: `data` (the cluster), `password` (of the superuser, mode 0600) and the server's Unix socket.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PostgresBinaries, PostgresUser } from './postgresBinaries.ts';

/** The superuser's name; initdb gives it the random password kept in the folder. */
export const POSTGRES_ROLE = 'salus';

// `sun_path` holds 104 bytes on macOS and 108 on Linux, the final NUL included.
const LONGEST_SOCKET_PATH = 103;
const SOCKET_PORT = 5432;
const STOP_TIMEOUT_MS = 60_000;

/** What is needed to run Postgres on a folder. `log` gets Postgres's own messages, `level` being a level of our logger. */
export interface ClusterOptions {
  binaries: PostgresBinaries;
  user: PostgresUser;
  directory: string;
  settings: Record<string, string | number>;
  /** The TCP port where no Unix socket can be used; by default a free one. */
  port?: number;
  /** Gives up a start. */
  signal?: AbortSignal;
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
}

/** A running Postgres server that is our child. */
export interface RunningCluster {
  pid: number;
  port: number;
  /** A connection string for a database of this server. */
  url(database: string): string;
  /** Settles when the server has ended, with its last complaint or how it ended. */
  exited: Promise<string>;
  /** `fast` ends sessions and writes a checkpoint; `immediate` leaves recovery to the next start. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
}

/** Whether `directory` holds a finished cluster. Throws when we may not look: it must not pass for absent then. */
export function isCluster(directory: string): boolean {
  return statSync(join(directory, 'data', 'PG_VERSION'), { throwIfNoEntry: false }) !== undefined;
}

/**
 * Makes a new cluster: UTF-8, byte order, Unicode upper and lower case. It is built beside its place and renamed when it is
 * complete and on disk, so that a start that was interrupted leaves nothing that looks like a cluster.
 */
export async function createCluster(
  options: Pick<ClusterOptions, 'binaries' | 'user' | 'directory'> & { sync?: boolean },
): Promise<void> {
  const { binaries, user, directory, sync = true } = options;
  // A name of its own: an initdb whose parent was killed may still be writing to an earlier one.
  const staging = `${directory}.new-${randomBytes(4).toString('hex')}`;
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  const passwordFile = join(staging, 'password');
  writeFileSync(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (user.owner) for (const path of [staging, passwordFile]) chownSync(path, user.owner.uid, user.owner.gid);

  const major = await majorVersion(binaries, user);
  const locale =
    major >= 17
      ? ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
      : ['--locale=C', `--lc-ctype=${process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'}`];
  await run(binaries.initdb, user, [
    `--pgdata=${join(staging, 'data')}`,
    `--username=${POSTGRES_ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--data-checksums',
    ...locale,
    ...(sync ? [] : ['--no-sync']),
  ]);
  if (sync) for (const path of [passwordFile, staging]) syncPath(path);
  renameSync(staging, directory);
  if (sync) syncPath(dirname(directory));
  const abandoned = readdirSync(dirname(directory)).filter((name) =>
    name.startsWith(`${basename(directory)}.new-`),
  );
  for (const name of abandoned) rmSync(join(dirname(directory), name), { recursive: true, force: true });
}

/**
 * Starts Postgres on the cluster in `directory` and waits until it takes connections, however long crash recovery lasts.
 * It listens on a Unix socket in the folder (mode 0700), or where the path is too long for one on a free port of 127.0.0.1.
 * Rejects with Postgres's last complaint when it ends before that.
 */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { binaries, user, directory, settings, log } = options;
  const overSocket = usesSocket(directory);
  const port = overSocket ? SOCKET_PORT : (options.port ?? (await freePort()));
  const everything: Record<string, string | number> = {
    listen_addresses: overSocket ? '' : '127.0.0.1',
    port,
    unix_socket_directories: overSocket ? directory : '',
    unix_socket_permissions: '0700',
    lc_messages: 'C',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_line_prefix: '',
    // Statements, parameters and details of errors can hold health data: they stay out of the log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...settings,
  };
  const args = ['-D', join(directory, 'data')];
  for (const [name, value] of Object.entries(everything)) args.push('-c', `${name}=${value}`);

  // Detached: in its own process group, Ctrl-C in a terminal reaches only us, and requests can finish before Postgres stops.
  const child = launch(binaries.postgres, user, args, { detached: true });
  const stopOnExit = () => child.kill('SIGINT');
  process.once('exit', stopOnExit);

  child.stdout!.resume();
  let complaint = '';
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stderr! }).on('line', (line) => {
    const [, severity = 'LOG', message = line] = /^([A-Z]+\d?):\s+(.*)$/.exec(line) ?? [];
    if (severity === 'FATAL' || severity === 'PANIC' || !/^[A-Z]+\d?:\s/.test(line)) complaint = message;
    log(logLevel(severity, message), message);
    if (message.includes('database system is ready to accept connections')) ready.resolve();
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) =>
      resolve(complaint || (signal ? `ended by ${signal}` : `ended with code ${code}`)),
    );
  });
  exited.then(() => process.removeListener('exit', stopOnExit));
  const failed = exited.then((reason) => {
    throw new Error(`Postgres did not start: ${reason}`);
  });
  failed.catch(() => undefined);
  const giveUp = () => child.kill('SIGINT');
  options.signal?.addEventListener('abort', giveUp);
  await Promise.race([ready.promise, failed]).finally(() =>
    options.signal?.removeEventListener('abort', giveUp),
  );

  const url = (database: string) =>
    connectionString(directory, overSocket ? directory : '127.0.0.1', port, database);
  return { pid: child.pid!, port, url, exited, stop: (mode = 'fast') => stopChild(child, mode, exited) };
}

/** The connection string of a database on the cluster in `directory`; `host` is an address or the socket's folder. */
export function connectionString(directory: string, host: string, port: number, database: string): string {
  const password = readFileSync(join(directory, 'password'), 'utf8').trim();
  return `postgres://${POSTGRES_ROLE}:${password}@${encodeURIComponent(host)}:${port}/${database}`;
}

function usesSocket(directory: string): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${SOCKET_PORT}`)) <= LONGEST_SOCKET_PATH;
}

function logLevel(severity: string, message: string): 'debug' | 'info' | 'warn' | 'error' {
  if (severity === 'PANIC') return 'error';
  if (severity === 'FATAL') return message.includes('the database system is') ? 'debug' : 'warn';
  return /recover|redo|interrupted|terminated|crash/.test(message) ? 'info' : 'debug';
}

async function stopChild(
  child: ChildProcess,
  mode: 'fast' | 'immediate',
  exited: Promise<string>,
): Promise<void> {
  child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  const timer = setTimeout(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

function launch(
  program: string,
  user: PostgresUser,
  args: string[],
  extra: { detached?: boolean } = {},
): ChildProcess {
  const [command, ...rest] = [...user.prefix, program, ...args];
  return spawn(command!, rest, {
    ...extra,
    ...(user.prefix.length > 0 ? {} : user.owner),
    // The user may not be allowed into our working folder; PG* variables of our environment are not meant for this server.
    cwd: '/',
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function run(program: string, user: PostgresUser, args: string[]): Promise<string> {
  const child = launch(program, user, args);
  let [output, errors] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code === 0) return output;
  const reason =
    errors
      .trim()
      .split('\n')
      .find((line) => /error|fatal/i.test(line)) ??
    errors.trim() ??
    `code ${code}`;
  throw new Error(`${program} failed: ${reason}`);
}

async function majorVersion(binaries: PostgresBinaries, user: PostgresUser): Promise<number> {
  return Number(/\) (\d+)/.exec(await run(binaries.postgres, user, ['--version']))?.[1]);
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
