// --explain: on which statements Postgres spends its time, from pg_stat_statements, with the plans of the first ones.
import type { Client } from 'pg';
import { type BenchServer, withClient } from './benchServer.ts';

/** A statement and what it cost, in milliseconds. */
export interface StatementCost {
  text: string;
  calls: number;
  total: number;
  mean: number;
  rows: number;
  /** how often it was planned, and the mean time of that */
  plans: number;
  meanPlan: number;
}

const TOP = 12;
const PLANNED = 4;
const PLANNABLE = /^\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE)\b/i;

/** Has Postgres load pg_stat_statements from its next start on. @throws Error when this Postgres comes without it */
export function preloadStatistics(server: BenchServer): Promise<void> {
  return withClient(server.databaseUrl(), async (client) => {
    const { rowCount } = await client.query(
      "SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements'",
    );
    if (rowCount === 0) throw new Error('--explain: this Postgres comes without pg_stat_statements');
    await client.query("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
  });
}

/** Undoes {@link preloadStatistics}, for a database that later runs use again. */
export function unloadStatistics(server: BenchServer): Promise<void> {
  return withClient(server.databaseUrl(), async (client) => {
    await client.query('ALTER SYSTEM RESET shared_preload_libraries');
    await client.query('ALTER SYSTEM RESET pg_stat_statements.track_planning');
  });
}

/** Starts counting anew. */
export function resetStatistics(server: BenchServer): Promise<void> {
  return withClient(server.databaseUrl(), async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    // A statement that is planned each time costs more by that than by being carried out.
    await client.query('ALTER SYSTEM SET pg_stat_statements.track_planning = on');
    await client.query('SELECT pg_reload_conf()');
    await client.query('SELECT pg_stat_statements_reset()');
  });
}

/** The costliest statements since {@link resetStatistics}, ready to print; floors and the benchmark's own are among them. */
export function topStatements(server: BenchServer): Promise<string[]> {
  return withClient(server.databaseUrl(), async (client) => {
    const { rows } = await client.query<StatementCost>(
      `SELECT s.query AS text, s.calls::int, s.total_exec_time + s.total_plan_time AS total,
         s.mean_exec_time AS mean, s.rows::int, s.plans::int, s.mean_plan_time AS "meanPlan"
       FROM pg_stat_statements s ORDER BY total DESC LIMIT $1`,
      [TOP],
    );
    const lines = rows.map(({ text, calls, total, mean, rows: count, plans, meanPlan }) => {
      const planned = plans > 0 ? `, planned ${plans} × ${meanPlan.toFixed(2)} ms` : '';
      const head = `${(total / 1000).toFixed(2)} s  ${calls} × ${mean.toFixed(2)} ms, ${count} rows${planned}`;
      return `${head.padEnd(70)} ${text.replaceAll(/\s+/g, ' ').slice(0, 150)}`;
    });
    for (const { text } of rows.filter((row) => PLANNABLE.test(row.text)).slice(0, PLANNED)) {
      lines.push('', text.replaceAll(/\s+/g, ' ').slice(0, 150), ...(await planOf(client, text)));
    }
    return lines;
  });
}

async function planOf(client: Client, text: string): Promise<string[]> {
  try {
    const { rows } = await client.query(`EXPLAIN (GENERIC_PLAN) ${text}`);
    return rows.map((row) => `    ${row['QUERY PLAN']}`);
  } catch (error) {
    return [`    (no plan: ${(error as Error).message})`];
  }
}
