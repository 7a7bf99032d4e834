// The pg connection pool of a process.
import { Pool } from 'pg';
import type { Config } from '../config.ts';
import type { Logger } from '../telemetry.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

/** How many connections searches have beside those of POOL_SIZE. */
export function searchPoolSize(poolSize: number): number {
  return Math.max(2, Math.ceil(poolSize / 2));
}

/**
 * A pool for searches outside of transactions: of its own, so that slow ones cannot keep reads and writes waiting for a
 * connection, and with SEARCH_TIMEOUT, which costs no round trip this way.
 */
export function createSearchPool(
  config: Pick<Config, 'databaseUrl' | 'poolSize' | 'statementTimeout' | 'searchTimeout'>,
  log: Pick<Logger, 'warn'>,
): Pool {
  const limits = [config.searchTimeout, config.statementTimeout].filter((limit) => limit > 0);
  return createPool(
    {
      ...config,
      poolSize: searchPoolSize(config.poolSize),
      statementTimeout: limits.length > 0 ? Math.min(...limits) : 0,
    },
    log,
  );
}

/**
 * A pool of at most `POOL_SIZE` connections to `config.databaseUrl`. A connection that breaks while idle (the database was
 * restarted) is dropped and replaced on next use.
 */
export function createPool(
  config: Pick<Config, 'databaseUrl' | 'poolSize' | 'statementTimeout'>,
  log: Pick<Logger, 'warn'>,
): Pool {
  const pool = new Pool({
    connectionString: config.databaseUrl,
    max: config.poolSize,
    statement_timeout: config.statementTimeout || undefined,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    // Compiling a plan takes longer than all but the longest searches; an index is in memory or on a disk without arms.
    options: '-c jit=off -c random_page_cost=1.1',
    application_name: 'salus',
  });
  // Without a listener the event would end the process. A database that stops after the pool may still reach a connection that is closing.
  pool.on('error', (error) => {
    if (!pool.ending) log.warn('an idle database connection broke', { reason: error.message });
  });
  return pool;
}
