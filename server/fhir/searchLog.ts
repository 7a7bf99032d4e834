// What the log says of searches: which were slow, and which read all of something because of their shape. Names of
// parameters and types, never values: those are patient data.

import type { FhirError } from '../errors.ts';
import { refuse } from '../errors.ts';
import { parameterNames, planHash, scans, searchName } from '../search/planShape.ts';
import type { SearchPlan } from '../search/searchPlan.ts';
import type { Services } from '../services.ts';

type LogServices = Pick<Services, 'config' | 'log'>;

const periodMs = 60_000;
/** Shapes told apart in one period; a client could make up any number. */
const mostShapes = 100;

/** The shapes of scanning searches that were logged in the current period, and how many searches were not. */
interface Period {
  began: number;
  shapes: Set<string>;
  unlogged: number;
}

const periods = new WeakMap<object, Period>();

/**
 * Logs a search that took longer than SLOW_SEARCH (warn), or else one that may read all of something (info; each shape once
 * a minute and process, the rest counted). `milliseconds` of all its statements, `rows` on the page; absent when it failed.
 */
export function logSearch(
  services: LogServices,
  plan: SearchPlan,
  sqlText: string,
  milliseconds: number,
  rows?: number,
): void {
  const { log, config } = services;
  const slow = config.slowSearch > 0 && milliseconds > config.slowSearch;
  const reasons = scans(plan);
  if (!slow && reasons.length === 0) return;
  const fields = {
    search: searchName(plan),
    parameters: parameterNames(plan),
    plan: planHash(sqlText),
    ms: Math.round(milliseconds),
    ...(rows === undefined ? { failed: true } : { rows }),
    ...(reasons.length > 0 ? { scans: reasons } : {}),
  };
  if (slow) {
    log.warn('slow search', fields);
    return;
  }
  const unlogged = admit(services, fields.plan);
  if (unlogged !== undefined) log.info('search without a narrowing index', { ...fields, ...unlogged });
}

/** Undefined when the shape has had its line; otherwise what to add to the line: how many went unlogged before. */
function admit(services: LogServices, shape: string): { unlogged?: number } | undefined {
  const now = performance.now();
  let period = periods.get(services);
  const before = period?.unlogged ?? 0;
  const fresh = !period || now - period.began >= periodMs;
  if (!period || fresh) {
    period = { began: now, shapes: new Set(), unlogged: 0 };
    periods.set(services, period);
  }
  if (period.shapes.has(shape) || period.shapes.size >= mostShapes) {
    period.unlogged++;
    return undefined;
  }
  period.shapes.add(shape);
  return fresh && before > 0 ? { unlogged: before } : {};
}

/**
 * Runs the statements of a search and logs it, also when it fails.
 * @throws FhirError 503 that says how to narrow the search when it took longer than SEARCH_TIMEOUT
 */
export async function watchSearch<T>(
  services: LogServices,
  plan: SearchPlan,
  sqlText: string,
  work: () => Promise<T>,
  rowsOf: (result: T) => number,
): Promise<T> {
  const began = performance.now();
  let rows: number | undefined;
  try {
    const result = await work();
    rows = rowsOf(result);
    return result;
  } catch (error) {
    throw (error as { code?: unknown }).code === QUERY_CANCELED ? tooSlow(plan) : error;
  } finally {
    logSearch(services, plan, sqlText, performance.now() - began, rows);
  }
}

const QUERY_CANCELED = '57014';

function tooSlow(plan: SearchPlan): FhirError {
  const reasons = scans(plan);
  const why = reasons.length > 0 ? ` (${reasons.join('; ')})` : '';
  const counted = plan.total === 'accurate' ? ' leave out _total=accurate,' : '';
  const refusal = refuse(
    503,
    'timeout',
    `The search took too long and was stopped${why}. Narrow it by a code, a patient, an identifier or a date,${counted} or try again later.`,
  );
  refusal.headers['Retry-After'] = '1';
  return refusal;
}
