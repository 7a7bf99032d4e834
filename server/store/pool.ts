// The pg connection pool of a process.
import { Pool } from 'pg';
import type { Config } from '../config.ts';
import type { Logger } from '../telemetry.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;

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
    application_name: 'salus',
  });
  // Without a listener the event would end the process.
  pool.on('error', (error) => log.warn('an idle database connection broke', { reason: error.message }));
  return pool;
}
