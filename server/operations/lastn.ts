// Observation/$lastn (observation-operation-lastn.html): of what a search finds, the latest Observations of each code.
import { ensureDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import { type BundleEntry, bundleText } from '../fhir/bundleText.ts';
import { includedResources } from '../fhir/include.ts';
import { operationOutcome } from '../fhir/operationOutcome.ts';
import { planSearch } from '../fhir/search.ts';
import { watchSearch } from '../fhir/searchLog.ts';
import { type SubsetRequest, subset } from '../fhir/subset.ts';
import { careDatePaths } from '../search/careDatePaths.ts';
import { resolveReference } from '../search/parameters/reference.ts';
import type { SearchPlan } from '../search/searchPlan.ts';
import { toMatchesSql } from '../search/toSql.ts';
import type { Services } from '../services.ts';
import { type Database, snapshot } from '../store/database.ts';
import { type LatestObservation, latestObservations, observationsByKey } from '../store/observations.ts';
import { byCodeUnit, groupByCode, type StoredConcept } from './codeGroups.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';

/** Observations that are looked at, and those that are answered with. */
const MOST_MATCHES = 50_000;
const MOST_ENTRIES = 5_000;

export const lastn: Operation = {
  name: 'lastn',
  definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
  levels: { type: ['Observation'], instance: [] },
  run,
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const { max, query } = readParameters(request);
  const { base, type } = request;
  yield await snapshot(db, async (at) => {
    await ensureDefinitions(services, at);
    const plan = await planSearch(services, { type, query, base, handling: 'strict' }, at);
    const latest = await latestOf(services, at, plan, max, base);
    const entries = plan.countOnly ? [] : await entriesOf(services, at, plan, latest, base);
    const applied = new URLSearchParams([['max', String(max)], ...plan.applied]);
    const links = [{ relation: 'self', url: `${base}/${type}/$lastn?${applied}` }];
    return bundleText({ type: 'searchset', links, total: latest.length }, entries);
  });
}

/** What the answer has an order and a size of its own for, or cannot group. */
const REFUSED: Readonly<Record<string, string>> = {
  _count: 'the size of the answer follows from max, the number of Observations for each code',
  _cursor: 'the answer is one page',
  _sort: 'the answer is ordered by code, then newest first',
  _contained: 'only Observations of their own are grouped',
  _containedType: 'only Observations of their own are grouped',
};

/** Search parameters that have a code in their expression, and category. */
const CODES = /^(?:category|code|(?:combo|component)-code)$|^(?:(?:combo|component)-)?code-value-[a-z]+$/;

function readParameters({ query }: OperationRequest): { max: number; query: [string, string][] } {
  let max: number | undefined;
  for (const [name, value] of query) {
    if (name !== 'max') {
      const why = Object.hasOwn(REFUSED, name) ? REFUSED[name] : undefined;
      if (why) throw refuse(400, 'not-supported', `"${name}" cannot be used with $lastn: ${why}.`, name);
      continue;
    }
    if (max !== undefined) throw refuse(400, 'value', 'Parameter "max" may be given once.', 'max');
    if (!/^[1-9]\d{0,8}$/.test(value)) {
      throw refuse(400, 'value', `"max" must be a whole number above 0, not "${value}".`, 'max');
    }
    max = Number(value);
  }
  const search = query.filter(([name]) => name !== 'max');
  const names = search.map(([name]) => /^([^.:]*)(?::([^.]*))?/.exec(name)!);
  const hasSubject = names.some(
    ([, name, modifier]) => (name === 'patient' || name === 'subject') && modifier !== 'missing',
  );
  if (!hasSubject) {
    const message = '$lastn needs the subject: give "patient" or "subject", as in patient=Patient/123.';
    throw refuse(400, 'required', message, 'patient');
  }
  if (!names.some(([, name]) => CODES.test(name!))) {
    const message =
      '$lastn needs "category" or a search parameter with a code, as in category=vital-signs or code=http://loinc.org|8867-4.';
    throw refuse(400, 'required', message, 'category');
  }
  return { max: max ?? 1, query: search };
}

/** The latest of each group, group by group. */
async function latestOf(
  services: Services,
  db: Database,
  plan: SearchPlan,
  max: number,
  base: string,
): Promise<LatestObservation[]> {
  const matches = toMatchesSql(plan);
  const paths = careDatePaths(services.definitions, 'Observation');
  const read = () => latestObservations(db, matches, { paths, max, most: MOST_MATCHES });
  const found = await watchSearch(services, plan, matches.text, read, (rows) => rows?.length ?? MOST_MATCHES);
  if (!found) {
    const message = `There are more than ${MOST_MATCHES} Observations to choose from: narrow them by date, category or code.`;
    throw refuse(400, 'too-costly', message);
  }
  const context = { definitions: services.definitions, baseUrls: [...services.baseUrls, base] };
  const groups = groupByCode(found.map(({ code }) => code as StoredConcept));
  const named = found.map((observation, i) => {
    const { reference } = (observation.subject ?? {}) as { reference?: unknown };
    const subject =
      typeof reference === 'string'
        ? resolveReference(reference, context).value
        : JSON.stringify(observation.subject);
    return { observation, subject, group: groups[i]! };
  });
  named.sort(
    (a, b) =>
      byCodeUnit(a.subject, b.subject) ||
      byCodeUnit(a.group, b.group) ||
      newestFirst(a.observation, b.observation),
  );
  const latest: LatestObservation[] = [];
  let place = 0;
  for (const [i, { observation, subject, group }] of named.entries()) {
    const before = named[i - 1];
    const isFirst = before?.subject !== subject || before.group !== group;
    place = isFirst ? 1 : place + 1;
    if (place <= max) latest.push(observation);
    // Of the same time as the last that counts: one more, which takes no place.
    else if (isTie(before!.observation, observation) && latest.at(-1) === before!.observation) {
      latest.push(observation);
    }
  }
  if (latest.length > MOST_ENTRIES) {
    const message =
      `These are ${latest.length} Observations, and at most ${MOST_ENTRIES} are given at once: ` +
      'ask for a smaller max, or narrow them by date, category or code.';
    throw refuse(400, 'too-costly', message);
  }
  return latest;
}

/** Latest start first, then latest end; without a time last. */
function newestFirst(a: LatestObservation, b: LatestObservation): number {
  if (a.low === null || b.low === null) {
    return Number(a.low === null) - Number(b.low === null) || b.key - a.key;
  }
  return descending(a.low, b.low) || descending(a.high!, b.high!) || b.key - a.key;
}

const descending = (a: number, b: number): number => (a === b ? 0 : a < b ? 1 : -1);

const isTie = (a: LatestObservation, b: LatestObservation): boolean =>
  a.low !== null && a.low === b.low && a.high === b.high;

async function entriesOf(
  services: Services,
  db: Database,
  plan: SearchPlan,
  latest: readonly LatestObservation[],
  base: string,
): Promise<BundleEntry[]> {
  const found = await observationsByKey(
    db,
    latest.map(({ key }) => key),
  );
  const { resources, warnings } =
    plan.includes.length > 0 && found.length > 0
      ? await includedResources(services, db, plan, found, base)
      : { resources: [], warnings: [] };
  const wanted = subsetOf(plan);
  const outcome = [...plan.ignored, ...warnings];
  const entry = (mode: 'match' | 'include', whole: boolean) => (resource: (typeof found)[number]) => ({
    fullUrl: `${base}/${resource.type}/${resource.id}`,
    resource: wanted && !whole ? subset(services, resource.content!, wanted) : resource.content!,
    search: { mode },
  });
  return [
    ...found.map(entry('match', false)),
    ...resources.map(entry('include', wanted !== undefined && 'elements' in wanted)),
    ...(outcome.length > 0
      ? [{ resource: operationOutcome(outcome), search: { mode: 'outcome' as const } }]
      : []),
  ];
}

function subsetOf({ summary, elements }: SearchPlan): SubsetRequest | undefined {
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary };
  return elements ? { elements } : undefined;
}
