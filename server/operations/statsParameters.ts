// Parameters of $stats (observation-operation-stats.html), read once and checked.
import { refuse } from '../errors.ts';
import { rangeParameter } from '../fhir/rangeParameter.ts';
import { codeName } from './codeGroups.ts';
import { type NamedParameters, namedParameters } from './namedParameters.ts';
import type { OperationRequest } from './operationRequest.ts';
import { STATISTICS } from './statistics.ts';
import { codingCode } from './systemAndCode.ts';

/** A code whose values are asked for. */
export interface AskedMeasurement {
  system: string;
  code: string;
  display?: string;
}

export interface StatsParameters {
  /** `Patient/123`, or a URL */
  subject: string;
  /** each once */
  codes: AskedMeasurement[];
  /** absent: of all times. As it goes into the answer, and in milliseconds; open ends are ±Infinity */
  period?: { start?: string; end?: string; low: number; high: number };
  /** each once, in the order asked for */
  statistics: string[];
  include: boolean;
  limit?: number;
}

const MOST_CODES = 100;
/** More than 1,000 years. */
const MOST_HOURS = 9_000_000;

/** Names that the definition of the operation itself uses beside the codes. */
const ALIASES: Readonly<Record<string, string>> = { max: 'maximum', min: 'minimum' };

const TABLE = {
  subject: { kind: 'text', type: 'uri' },
  code: { kind: 'text', many: true },
  system: { kind: 'text', type: 'uri' },
  coding: { kind: 'datatype', type: 'Coding', many: true },
  duration: { kind: 'decimal' },
  period: { kind: 'datatype', type: 'Period' },
  statistic: { kind: 'text', type: 'code', many: true },
  include: { kind: 'boolean' },
  limit: { kind: 'integer' },
} as const;

/**
 * @param now milliseconds, the end of a duration
 * @throws FhirError 400 that names the parameter
 */
export function statsParameters(request: OperationRequest, now: number): StatsParameters {
  const given = namedParameters(request, 'stats', TABLE);
  const include = given.flag('include') ?? false;
  const limit = given.integer('limit');
  if (limit === 0) throw refuse(400, 'value', '"limit" must be a whole number above 0.', 'limit');
  const period = periodOf(given, now);
  return {
    subject: subjectOf(given),
    codes: codesOf(given),
    ...(period ? { period } : {}),
    statistics: statisticsOf(given),
    include,
    ...(limit === undefined ? {} : { limit }),
  };
}

function subjectOf(given: NamedParameters): string {
  const subject = given.text('subject');
  if (subject === undefined) {
    throw refuse(400, 'required', '$stats needs "subject", as in subject=Patient/123.', 'subject');
  }
  if (/^[A-Z][A-Za-z]*\/[A-Za-z0-9.-]{1,64}$|^[a-z][a-z0-9+.-]*:\S+$/.test(subject)) return subject;
  const message = `"subject" is a reference such as Patient/123 or an absolute URL, not "${subject}".`;
  throw refuse(400, 'value', message, 'subject');
}

function codesOf(given: NamedParameters): AskedMeasurement[] {
  const system = given.text('system');
  const codes = given.texts('code');
  if (codes.length > 0 && system === undefined) {
    const message =
      '"code" needs "system", the url of its code system, or use "coding" in a Parameters body.';
    throw refuse(400, 'required', message, 'system');
  }
  if (system !== undefined && codes.length === 0) {
    throw refuse(400, 'required', '"system" is that of "code", which is missing.', 'code');
  }
  const codings = given.given
    .filter(({ name }) => name === 'coding')
    .map(({ value }) => codingCode(value as Record<string, unknown>, 'coding'));
  const asked = [...codes.map((code) => ({ system: system!, code })), ...codings];
  if (asked.length === 0) {
    const message = '$stats needs "code" with "system", or "coding": what was measured.';
    throw refuse(400, 'required', message, 'code');
  }
  const byName = new Map<string, AskedMeasurement>();
  for (const { system: url, code, ...more } of asked) {
    const display = 'display' in more ? (more.display as string | undefined) : undefined;
    const name = codeName(url, code);
    if (!byName.has(name))
      byName.set(name, { system: url, code, ...(display === undefined ? {} : { display }) });
  }
  if (byName.size <= MOST_CODES) return [...byName.values()];
  throw refuse(400, 'too-costly', `At most ${MOST_CODES} codes can be asked for at once.`, 'code');
}

function periodOf(given: NamedParameters, now: number): StatsParameters['period'] {
  const duration = given.decimal('duration');
  const period = given.object('period');
  if (duration !== undefined && period) {
    throw refuse(400, 'value', 'Give either "duration" or "period", not both.', 'period');
  }
  if (duration !== undefined) {
    if (!(duration > 0 && duration <= MOST_HOURS)) {
      throw refuse(400, 'value', `"duration" is a number of hours above 0, not ${duration}.`, 'duration');
    }
    const low = Math.round(now - duration * 3_600_000);
    return { start: new Date(low).toISOString(), end: new Date(now).toISOString(), low, high: now };
  }
  if (!period) return undefined;
  const end = (name: 'start' | 'end'): string | undefined => {
    const text = period[name];
    if (text === undefined || typeof text === 'string') return text;
    throw refuse(400, 'value', `period.${name} must be a dateTime.`, `period.${name}`);
  };
  const [start, last] = [end('start'), end('end')];
  if (start === undefined && last === undefined) {
    throw refuse(400, 'required', '"period" needs a start or an end.', 'period');
  }
  const low = start === undefined ? Number.NEGATIVE_INFINITY : rangeParameter('period.start', start).low;
  const high = last === undefined ? Number.POSITIVE_INFINITY : rangeParameter('period.end', last).high;
  if (low > high) throw refuse(400, 'value', 'period.start is after period.end.', 'period');
  return {
    ...(start === undefined ? {} : { start }),
    ...(last === undefined ? {} : { end: last }),
    low,
    high,
  };
}

function statisticsOf(given: NamedParameters): string[] {
  const names = given.texts('statistic').map((name) => ALIASES[name] ?? name);
  if (names.length === 0) {
    const message = `$stats needs "statistic": ${[...STATISTICS.keys()].join(', ')}.`;
    throw refuse(400, 'required', message, 'statistic');
  }
  const unknown = names.find((name) => !STATISTICS.has(name));
  if (unknown === undefined) return [...new Set(names)];
  const message = `There is no statistic "${unknown}"; known: ${[...STATISTICS.keys()].join(', ')}.`;
  throw refuse(400, 'code-invalid', message, 'statistic');
}
