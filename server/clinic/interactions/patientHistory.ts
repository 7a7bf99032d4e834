// One timeline of a patient: several searches, each in the order of its own dates, merged newest first. A page token says how far
// each of them was read.

import { cursorAt, find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Cursor } from '../../search/searchPlan.ts';
import type { Resource, Services } from '../../services.ts';
import type { Match } from '../../store/searchResources.ts';
import type { Bases } from '../alerts/alertJson.ts';
import type { Page } from '../alerts/alerts.ts';
import type { Json } from '../things/clinicResource.ts';
import { MOST_PER_PAGE, pageAsked, pageLinks, pageMembers, pageParameters } from '../things/pageStyles.ts';
import { pageToken, readPageToken } from '../things/pageToken.ts';
import { anyOf, readParameters } from '../things/readParameters.ts';
import { KINDS, type Kind, pathOf, type Source, sources } from './historySources.ts';
import type { PatientOf } from './interactions.ts';
import type { Concept } from './interactionTerms.ts';

/** Each page reads as many of every kind. */
export const MOST_OF_HISTORY = 200;

const QUERY = {
  kind: anyOf(...KINDS),
  ...pageParameters(MOST_OF_HISTORY),
};

/** Where each source goes on, by its place; null where there is nothing more. */
type Places = Record<string, Cursor | null>;

/**
 * One page of all that is known of a patient, newest first; what has no time comes last.
 * @throws FhirError 400 for parameters
 */
export async function patientHistory(
  services: Services,
  patient: PatientOf,
  query: readonly [string, string][],
  bases: Bases,
): Promise<Page<Json>> {
  const given = readParameters(query, QUERY);
  const { kind: wanted = KINDS } = given;
  const asked = pageAsked(query, given, MOST_OF_HISTORY);
  const scope = ['history', patient.reference, [...wanted].sort()];
  const secret = await services.pageSecret();
  const of = { patient, wanted, began: Date.now() };
  let places: Places | undefined =
    asked.token === undefined ? {} : JSON.parse(readPageToken(secret, scope, asked.token)[0] as string);
  for (let left = asked.offset; left > 0 && places; left -= MOST_PER_PAGE) {
    ({ places } = await readOn(services, of, places, Math.min(left, MOST_PER_PAGE)));
  }
  const page = places && (await readOn(services, of, places, asked.count));
  const { entries = [], places: next } = page ?? {};
  const total = asked.total ? await countAll(services, of) : undefined;
  const path = `${bases.base}/${pathOf(patient)}/history`;
  return {
    data: entries.map(({ match, place }) => entryJson(sources[place]!, match, patient, bases)),
    ...pageMembers(asked, total),
    _links: pageLinks(path, query, asked, {
      given: entries.length,
      ...(next && { nextToken: () => pageToken(secret, scope, [JSON.stringify(next)]) }),
    }),
  };
}

/** Whose timeline of what is read, and since when. */
interface Timeline {
  patient: PatientOf;
  wanted: readonly Kind[];
  began: number;
}

interface Entry {
  match: Match;
  /** its source */
  place: number;
}

/** The next entries of a timeline, and where it goes on after them: undefined at its end. */
async function readOn(
  services: Services,
  { patient, wanted, began }: Timeline,
  places: Places,
  count: number,
): Promise<{ entries: Entry[]; places: Places | undefined }> {
  const lists = await Promise.all(
    sources.map((source, place) =>
      wanted.includes(source.kind) && places[place] !== null
        ? read(services, source, patient, { count, cursor: places[place] })
        : undefined,
    ),
  );
  const all = lists
    .flatMap((list, place) => timed(list?.matches ?? []).map((each, at) => ({ ...each, place, at })))
    .sort((a, b) => (a.time === b.time ? a.place - b.place || a.at - b.at : b.time - a.time));
  const entries = all.slice(0, count);
  const next: Places = {};
  for (const [place, list] of lists.entries()) {
    const own = entries.filter((entry) => entry.place === place);
    const last = own.at(-1);
    if (!list || list.matches.length === own.length) next[place] = null;
    else if (last) next[place] = cursorAt(last.match, list.plan, began);
    else if (places[place]) next[place] = places[place]!;
  }
  return { entries, places: all.length > entries.length ? next : undefined };
}

async function countAll(services: Services, { patient, wanted }: Timeline): Promise<number> {
  const counted = await Promise.all(
    sources
      .filter(({ kind }) => wanted.includes(kind))
      .map((source) => read(services, source, patient, { count: 1, total: true })),
  );
  return counted.reduce((sum, { total }) => sum + total!, 0);
}

/** One more than a page of a source, so that the merge knows whether there is more. */
function read(
  services: Services,
  { type, terms, sort }: Source,
  patient: PatientOf,
  { count, cursor, total }: { count: number; cursor?: Cursor | null | undefined; total?: boolean },
) {
  const query: [string, string][] = [
    ...terms.map(([name, value]): [string, string] => [name, value]),
    ['subject', patient.reference],
    ['_sort', `-${sort}`],
    ['_count', String(count)],
    ...(total ? [['_total', 'accurate'] as [string, string]] : []),
  ];
  const base = services.baseUrls[0]!;
  const place = { maxCount: count, ...(cursor && { cursor }) };
  return find(services, { type, query, base, handling: 'strict', ...place }, services.searchDb);
}

/** Matches with what their search sorts by as a number, which never rises: none is given before one that precedes it there. */
function timed(matches: readonly Match[]): { match: Match; time: number }[] {
  let before = Number.POSITIVE_INFINITY;
  return matches.map((match) => {
    const [value] = match.sortValues;
    const time = value == null ? Number.NaN : Date.parse(value);
    before = Number.isNaN(time) ? Number.NEGATIVE_INFINITY : Math.min(before, time);
    return { match, time: before };
  });
}

function entryJson(
  { kind, time, path }: Source,
  { resource }: Match,
  patient: PatientOf,
  bases: Bases,
): Json {
  const content = parseJson(resource.content!) as Resource;
  const reference = `${resource.type}/${resource.id}`;
  const types = (content.type ?? []) as Concept[];
  const own = path?.(content, patient);
  return {
    kind,
    time: time(content),
    text: titleOf(kind === 'interaction' ? (types[0] ?? {}) : ((content.code ?? {}) as Concept)),
    status: content.status ?? codeOf(content.clinicalStatus),
    ...resultOf(content),
    resource: reference,
    _links: {
      ...(own !== undefined && { self: { href: `${bases.base}/${own}` } }),
      fhir: { href: `${bases.fhirBase}/${reference}` },
    },
  };
}

const codeOf = (concept: unknown) => (concept as Concept | undefined)?.coding?.[0]?.code;
const titleOf = ({ text, coding = [] }: Concept) => text ?? coding[0]?.display ?? coding[0]?.code;

/** What it says: the value of a reading, the conclusion of a study. */
function resultOf({ valueQuantity, valueCodeableConcept, component, conclusion }: Resource): Json {
  if (conclusion !== undefined) return { value: conclusion };
  if (valueCodeableConcept) return { value: titleOf(valueCodeableConcept) };
  type Amount = { value?: unknown; unit?: string };
  const amounts = valueQuantity
    ? [valueQuantity as Amount]
    : ((component ?? []) as { valueQuantity?: Amount }[]).flatMap((part) => part.valueQuantity ?? []);
  if (amounts.length === 0) return {};
  const [{ unit }] = amounts as [Amount];
  const value = amounts.length === 1 ? amounts[0]!.value : amounts.map((each) => each.value).join('/');
  return { value, ...(unit !== undefined && { unit }) };
}
