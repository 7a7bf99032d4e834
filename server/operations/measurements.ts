// The measurements that $stats is about: values of Observations and of their components, by the codes asked for. Of a panel
// they are those of its components and members, each by its own code (observation-operation-stats.html).
import { refuse } from '../errors.ts';
import { breathe } from '../fhir/breathe.ts';
import { planSearch } from '../fhir/search.ts';
import { watchSearch } from '../fhir/searchLog.ts';
import { careDatePaths } from '../search/careDatePaths.ts';
import { resolveReference } from '../search/parameters/reference.ts';
import { toMatchesSql } from '../search/toSql.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type MeasuredObservation, measuredById, measuredObservations } from '../store/observations.ts';
import { codeName, conceptNames, groupByCode, type StoredConcept } from './codeGroups.ts';
import type { StatsParameters } from './statsParameters.ts';

/** Observations that are read at most. */
export const MOST_OBSERVATIONS = 20_000;
/** Panels within panels. */
const MOST_LEVELS = 8;

/** A Quantity as it is stored. */
export interface StoredQuantity {
  value?: number;
  comparator?: string;
  unit?: string;
  system?: string;
  code?: string;
}

/** One value, of an Observation or of a component of it. */
export interface Measurement {
  /** of the Observation */
  key: number;
  /** when, in milliseconds: the beginning of the effective time, or its end where it has none */
  time?: number;
  code: StoredConcept;
  quantity?: StoredQuantity;
  /** why there is no quantity, or none that counts */
  problem?: 'no value' | 'no Quantity' | 'modifier extension';
}

/** All measurements with one code, newest first. */
export interface MeasurementGroup {
  code: StoredConcept;
  measurements: Measurement[];
}

interface ReadObservation {
  id: string;
  subject: string;
  measurements: Measurement[];
  /** names of its own code */
  names: readonly string[];
  /** ids of the Observations it is a panel of */
  members: string[];
}

/**
 * The measurements of a subject, group by group: the codes in the order asked for, then what panels consist of. A code that
 * only panels have stands for their parts and has no group.
 * @throws FhirError 400 when there are too many
 */
export async function measurementGroups(
  services: Services,
  db: Database,
  base: string,
  asked: StatsParameters,
): Promise<MeasurementGroup[]> {
  const read = reader(services, base);
  const wanted = new Map(asked.codes.map((code) => [codeName(code.system, code.code), code]));
  const found: ReadObservation[] = [];
  for (const [i, observation] of (await findObservations(services, db, base, asked)).entries()) {
    found.push(read(observation));
    await breathe(i);
  }
  const panels = found.filter(({ names }) => names.some((name) => wanted.has(name)));
  const paths = careDatePaths(services.definitions, 'Observation');
  const whole = await withMembers(found, panels, async (ids) =>
    (await measuredById(db, ids, paths, asked.period)).map(read),
  );

  const groups = new Map<string, Measurement[]>([...wanted.keys()].map((name) => [name, []]));
  const parts: Measurement[] = [];
  for (const observation of new Set([...found, ...whole])) {
    for (const measurement of observation.measurements) {
      const names = [...new Set(conceptNames(measurement.code))].filter((name) => wanted.has(name));
      for (const name of names) groups.get(name)!.push(measurement);
      if (names.length === 0 && whole.has(observation)) parts.push(measurement);
    }
  }
  const ofPanels = new Set(panels.flatMap(({ names }) => names));
  const own = [...groups]
    .filter(([name, measurements]) => measurements.length > 0 || !ofPanels.has(name))
    .map(([name, measurements]) => ({
      code: askedConcept(wanted.get(name)!, name, measurements),
      measurements,
    }));
  const names = groupByCode(parts.map(({ code }) => code));
  const byName = Map.groupBy(parts.keys(), (i) => names[i]!);
  const others = [...byName.values()].map((places) => {
    const measurements = places.map((i) => parts[i]!);
    return { code: measurements[0]!.code, measurements };
  });
  const all = [...own, ...others];
  for (const { measurements } of all) measurements.sort(newestFirst);
  return all;
}

/** The code as it was asked for, with a display where one is known. */
function askedConcept(
  { system, code, display }: StatsParameters['codes'][number],
  name: string,
  measurements: readonly Measurement[],
): StoredConcept {
  const known = measurements
    .flatMap((measurement) => measurement.code.coding ?? [])
    .find((coding) => coding.display !== undefined && conceptNames({ coding: [coding] })[0] === name);
  const text = display ?? known?.display;
  return { coding: [{ system, code, ...(text === undefined ? {} : { display: text }) }] };
}

const newestFirst = (a: Measurement, b: Measurement): number =>
  (b.time ?? Number.NEGATIVE_INFINITY) - (a.time ?? Number.NEGATIVE_INFINITY) || b.key - a.key || 0;

async function findObservations(
  services: Services,
  db: Database,
  base: string,
  { subject, codes, period }: StatsParameters,
): Promise<MeasuredObservation[]> {
  const tokens = codes.map(({ system, code }) => `${escaped(system)}|${escaped(code)}`);
  const query: [string, string][] = [
    ['subject', escaped(subject)],
    ['combo-code', tokens.join(',')],
  ];
  // Whatever overlaps the period by a millisecond.
  if (period && Number.isFinite(period.low)) query.push(['date', bound('gt', period.low, -1)]);
  if (period && Number.isFinite(period.high)) query.push(['date', bound('lt', period.high, 1)]);
  const plan = await planSearch(services, { type: 'Observation', query, base, handling: 'strict' }, db);
  const matches = toMatchesSql(plan);
  const paths = careDatePaths(services.definitions, 'Observation');
  const read = () => measuredObservations(db, matches, { paths, most: MOST_OBSERVATIONS });
  const found = await watchSearch(services, plan, matches.text, read, (rows) => rows.length);
  if (found.length > MOST_OBSERVATIONS) throw tooMany();
  return found;
}

/** A comparison with the millisecond next to an end; the first and the last that dates have, have none. */
function bound(prefix: 'gt' | 'lt', end: number, step: 1 | -1): string {
  const next = new Date(end + step);
  const isDate = next.getUTCFullYear() >= 1 && next.getUTCFullYear() <= 9999;
  return isDate ? `${prefix}${next.toISOString()}` : `${prefix[0]}e${new Date(end).toISOString()}`;
}

const escaped = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

const tooMany = () =>
  refuse(
    400,
    'too-costly',
    `These are more than ${MOST_OBSERVATIONS} Observations: ask for a shorter duration or period, or for fewer codes.`,
  );

/** The panels with their members, their members' members and so on; only Observations of the same subject are members. */
async function withMembers(
  found: readonly ReadObservation[],
  panels: readonly ReadObservation[],
  readById: (ids: string[]) => Promise<ReadObservation[]>,
): Promise<Set<ReadObservation>> {
  const byId = new Map(found.map((observation) => [observation.id, observation]));
  const whole = new Set(panels);
  let level = 0;
  for (let next = [...panels]; next.length > 0; level++) {
    const ids = [...new Set(next.flatMap(({ members }) => members))];
    const unread = ids.filter((id) => !byId.has(id));
    if (unread.length > 0) {
      if (level === MOST_LEVELS) {
        throw refuse(400, 'too-costly', `There are more than ${MOST_LEVELS} levels of panels within panels.`);
      }
      if (byId.size + unread.length > MOST_OBSERVATIONS) throw tooMany();
      for (const member of await readById(unread)) byId.set(member.id, member);
    }
    const subject = panels[0]!.subject;
    next = ids
      .flatMap((id) => byId.get(id) ?? [])
      .filter((member) => member.subject === subject && !whole.has(member));
    for (const member of next) whole.add(member);
  }
  return whole;
}

interface Content {
  code: StoredConcept;
  subject?: { reference?: string };
  hasMember?: { reference?: string }[];
  component?: Valued[];
}

type Valued = { code: StoredConcept; valueQuantity?: StoredQuantity; modifierExtension?: unknown };

/** Reads an Observation into its measurements. */
function reader(services: Services, base: string): (observation: MeasuredObservation) => ReadObservation {
  const context = { definitions: services.definitions, baseUrls: [...services.baseUrls, base] };
  return ({ key, id, low, high, content }) => {
    const observation = JSON.parse(content) as Content & Valued;
    const { code, subject, component = [], hasMember = [] } = observation;
    const time = [low, high].find((end) => end !== null && Number.isFinite(end)) ?? undefined;
    const measurement = (part: Valued): Measurement => ({
      key,
      ...(time === undefined ? {} : { time }),
      code: part.code,
      ...(part.valueQuantity ? { quantity: part.valueQuantity } : {}),
      ...problemOf(part, observation.modifierExtension !== undefined),
    });
    const isPanelOnly =
      component.length + hasMember.length > 0 &&
      !hasValue(observation) &&
      !('dataAbsentReason' in observation);
    const members = hasMember.flatMap(({ reference }) => {
      const [type, member] = resolveReference(reference ?? '', context).value.split('/');
      return type === 'Observation' && member !== undefined ? [member] : [];
    });
    return {
      id,
      subject: resolveReference(subject?.reference ?? '', context).value,
      measurements: [...(isPanelOnly ? [] : [observation]), ...component].map(measurement),
      names: conceptNames(code),
      members,
    };
  };
}

const hasValue = (part: object): boolean => Object.keys(part).some((name) => /^_?value[A-Z]/.test(name));

function problemOf(part: Valued, isModified: boolean): Pick<Measurement, 'problem'> {
  // It may say that the value is something else, and nothing here knows what.
  if (isModified || part.modifierExtension !== undefined) return { problem: 'modifier extension' };
  if (part.valueQuantity) return part.valueQuantity.value === undefined ? { problem: 'no value' } : {};
  return { problem: hasValue(part) ? 'no Quantity' : 'no value' };
}
