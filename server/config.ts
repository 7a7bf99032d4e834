// Settings, read once from the environment. SETTINGS is the only list of them: parsing and `--help` come from it, and a test
// compares the README.
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';

/** One setting: its environment variable, its default as one would write it, what it means, and how its text is read. */
export interface Setting<T> {
  name: string;
  default: string;
  meaning: string;
  /** Throws an Error that says what was expected. */
  parse(text: string): T;
}

/** Every setting, by its name in the code. An empty variable counts as absent. */
export const SETTINGS = {
  host: setting('HOST', '127.0.0.1', 'Address to listen on; `0.0.0.0` for all', hostName),
  port: setting('PORT', '8080', 'Port to listen on; 0 takes a free one', wholeNumber(0, 65_535)),
  dataDir: setting('DATA_DIR', '.data', 'Folder of the embedded database', (text) => resolve(text)),
  databaseUrl: setting(
    'DATABASE_URL',
    '',
    'Postgres 15 or newer to use in place of the embedded one, `postgres://user:password@host:5432/database`',
    postgresUrl,
  ),
  baseUrl: setting(
    'BASE_URL',
    '',
    'Public URL of the FHIR base behind a proxy, such as `https://example.org/fhir/R4`; by default as each request asked for it',
    webUrl,
  ),
  logLevel: setting(
    'LOG_LEVEL',
    'info',
    '`error`, `warn`, `info` or `debug`',
    oneOf('error', 'warn', 'info', 'debug'),
  ),
  workers: setting(
    'WORKERS',
    'auto',
    'Processes that serve requests; `auto` is the number of cores, at most 4',
    (text) => (text === 'auto' ? Math.min(4, availableParallelism()) : wholeNumber(1, 64)(text)),
  ),
  poolSize: setting(
    'POOL_SIZE',
    '5',
    'Database connections of each worker; searches have half as many more to themselves',
    wholeNumber(1, 500),
  ),
  bodyLimit: setting(
    'BODY_LIMIT',
    '64MB',
    'Largest request body, in bytes or with `kB`, `MB` or `GB`',
    byteCount,
  ),
  defaultPageSize: setting(
    'DEFAULT_PAGE_SIZE',
    '50',
    'Entries of a page when `_count` is absent',
    wholeNumber(1, 10_000),
  ),
  maxPageSize: setting(
    'MAX_PAGE_SIZE',
    '1000',
    'Most entries of a page, whatever `_count` says',
    wholeNumber(1, 10_000),
  ),
  corsOrigins: setting(
    'CORS_ORIGINS',
    'http://localhost:*,http://127.0.0.1:*',
    'Origins whose browser apps may call the server, separated by commas; `:*` stands for any port, `*` for any origin, `none` for none',
    origins,
  ),
  apiRateLimit: setting(
    'API_RATE_LIMIT',
    '6000',
    'Requests to `/api` that one client address may make in a minute, counted by each worker; 0 for no limit',
    wholeNumber(0, 999_999_999),
  ),
  trustProxy: setting(
    'TRUST_PROXY',
    'none',
    'Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed, so that API_RATE_LIMIT counts the clients behind them: addresses and networks separated by commas, `loopback`, `linklocal`, `uniquelocal`, or `none`',
    proxies,
  ),
  conditionalDelete: setting(
    'CONDITIONAL_DELETE',
    'single',
    '`single` refuses a conditional delete that matches several resources, `multiple` deletes them all',
    oneOf('single', 'multiple'),
  ),
  profilePolicy: setting(
    'PROFILE_POLICY',
    'warn',
    'What the profiles that a resource claims (`meta.profile`) mean for its write: `ignore` nothing, `warn` its faults are warnings for who asks with `Prefer: return=OperationOutcome`, `enforce` they refuse it',
    oneOf('ignore', 'warn', 'enforce'),
  ),
  vitals: setting(
    'VITALS',
    'annotate',
    'What is done with vital signs: `annotate` judges them and adds interpretation and reference range to Observations that have none, `observe` does the same but adds nothing to what clients send, `off` leaves them alone',
    oneOf('annotate', 'observe', 'off'),
  ),
  scoreWindow: setting(
    'SCORE_WINDOW',
    '60min',
    'How far the readings of one early-warning score may lie apart, with `s`, `min` or `h`; at least `1s`',
    scoreWindow,
  ),
  textSearch: setting(
    'TEXT_SEARCH',
    'on',
    '`on` indexes words for `_text`, `_content` and `:text`, `off` refuses these; after switching it on again, existing resources need `$reindex`',
    (text) => oneOf('on', 'off')(text) === 'on',
  ),
  statementTimeout: setting(
    'STATEMENT_TIMEOUT',
    '60s',
    'Longest time for one database statement, with `ms`, `s` or `min`; 0 for no limit',
    milliseconds,
  ),
  searchTimeout: setting(
    'SEARCH_TIMEOUT',
    '20s',
    'Longest time for one statement of a search, with `ms`, `s` or `min`; 0 for STATEMENT_TIMEOUT alone, which bounds it too',
    milliseconds,
  ),
  slowSearch: setting(
    'SLOW_SEARCH',
    '1s',
    'A search that takes longer is logged, with names of parameters but no values; 0 for none',
    milliseconds,
  ),
  explain: setting(
    'EXPLAIN',
    'off',
    '`on` lets clients ask with `Prefer: explain` how a search is carried out; for development only: the answer is SQL with its values, which are patient data',
    (text) => oneOf('on', 'off')(text) === 'on',
  ),
  shutdownGrace: setting(
    'SHUTDOWN_GRACE',
    '10s',
    'How long running requests may go on when the server is told to stop, with `ms`, `s` or `min`',
    milliseconds,
  ),
} as const satisfies Record<string, Setting<unknown>>;

/** The settings of this process. Durations are in milliseconds, sizes in bytes; `''` stands for an absent text. */
export type Config = { readonly [Key in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Key]['parse']> };

/** Mistakes in the settings: one message each, all of them at once. */
export class ConfigError extends Error {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(problems.join('; '));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Reads and checks all settings. Throws a {@link ConfigError} that names every mistake. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, { name, default: fallback, parse }] of Object.entries(SETTINGS)) {
    const text = env[name]?.trim() || fallback;
    try {
      values[key] = text === '' ? '' : parse(text);
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`);
    }
  }
  const config = values as Config;
  if (problems.length === 0 && config.defaultPageSize > config.maxPageSize) {
    problems.push(
      `DEFAULT_PAGE_SIZE: ${config.defaultPageSize} is larger than MAX_PAGE_SIZE (${config.maxPageSize})`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** The environment of this process: the only place that looks at it. */
export function processEnvironment(): Record<string, string | undefined> {
  return process.env;
}

function setting<T>(name: string, fallback: string, meaning: string, parse: (text: string) => T): Setting<T> {
  return { name, default: fallback, meaning, parse };
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
    if (value >= least && value <= most) return value;
    throw new Error(`"${text}" is not a whole number from ${least} to ${most}`);
  };
}

function oneOf<const T extends string>(...choices: T[]): (text: string) => T {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw new Error(`"${text}" is not one of ${choices.join(', ')}`);
  };
}

function byteCount(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,12})\s*([kmg]?b?)$/i.exec(text) ?? [];
  const factor = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[unit.toLowerCase().slice(0, 1)];
  const bytes = Number(digits) * (factor ?? Number.NaN);
  // Past this V8 cannot hold the body as one string.
  if (bytes >= 1024 && bytes <= 500 * 1024 ** 2) return bytes;
  throw new Error(`"${text}" is not a size from 1kB to 500MB, such as 64MB`);
}

function milliseconds(text: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9})\s*(ms|s|min|h)?$/.exec(text) ?? [];
  const duration =
    Number(digits) * { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }[unit as 'ms' | 's' | 'min' | 'h'];
  // Postgres and Node's timers both count milliseconds in 31 bits.
  if (duration < 2 ** 31) return duration;
  throw new Error(`"${text}" is not a duration such as 500ms, 30s, 2min or 1h`);
}

function scoreWindow(text: string): number {
  const duration = milliseconds(text);
  if (duration >= 1000) return duration;
  throw new Error(
    `"${text}" is shorter than a second: give the readings of a score more time, such as 60min or 1h`,
  );
}

function hostName(text: string): string {
  if (/^[\w.:%-]+$/.test(text)) return text;
  throw new Error(`"${text}" is not an address or host name such as 127.0.0.1`);
}

/** The text is not repeated in the message: it may hold a password. */
function postgresUrl(text: string): string {
  const url = parseUrl(text, ['postgres:', 'postgresql:']);
  if (url && url.pathname.length > 1) return text;
  throw new Error('not of the form postgres://user:password@host:5432/database (special characters as %XX)');
}

function webUrl(text: string): string {
  const url = parseUrl(text, ['http:', 'https:']);
  if (url && !url.search && !url.hash && !url.username && !url.password) return text.replace(/\/+$/, '');
  throw new Error(`"${text}" is not an http or https URL without query, such as https://example.org/fhir/R4`);
}

function origins(text: string): string[] {
  if (text === 'none') return [];
  return text.split(',').map((part) => {
    const origin = part.trim();
    if (origin === '*') return origin;
    const url = parseUrl(origin.replace(/:\*$/, ''), ['http:', 'https:']);
    if (url && url.origin === origin.replace(/:\*$/, '')) return origin;
    throw new Error(`"${origin}" is not an origin such as https://app.example.org`);
  });
}

function proxies(text: string): string[] {
  if (text === 'none') return [];
  return text.split(',').map((part) => {
    const proxy = part.trim();
    if (['loopback', 'linklocal', 'uniquelocal'].includes(proxy)) return proxy;
    const [address = '', bits, ...more] = proxy.split('/');
    const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)]!;
    const isRange =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= most);
    if (most > 0 && isRange && more.length === 0) return proxy;
    throw new Error(
      `"${proxy}" is not an address or network such as 10.0.0.0/8, nor loopback, linklocal or uniquelocal`,
    );
  });
}

function parseUrl(text: string, protocols: string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && protocols.includes(url.protocol) ? url : undefined;
}
