// Things of the plain JSON API as they are stored: found by id or by a search, each with the resources it is made of.
import { createHash } from 'node:crypto';
import { refuse } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import { includedResources } from '../../fhir/include.ts';
import { type Found, find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Cursor } from '../../search/searchPlan.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import type { FoundResource } from '../../store/resources.ts';
import type { ClinicResource, Json, SearchTerms } from './clinicResource.ts';
import { keptOf } from './keptThings.ts';
import { token } from './searchTerms.ts';
import { fhirIdIn, identifiersIn } from './thingIds.ts';
import { groupParts, nameOf, partsOfTypes } from './thingParts.ts';

export { nameOf } from './thingParts.ts';

/** A thing with what it is made of. */
export interface Thing {
  id: string;
  main: Resource;
  parts: Resource[];
  json: Json;
  /** its ETag */
  tag: string;
}

/** Which things, and in what order. */
export interface ThingSearch {
  terms: SearchTerms;
  count: number;
  /** FHIR `_sort` */
  sort?: string;
  total?: boolean;
  cursor?: Cursor;
  offset?: number;
}

/** Main resources whose parts are read at once; ids looked up at once. */
const CHUNK = 100;
/** Resources with one identifier that are looked at; more than one of the kind are refused. */
const MOST_NAMESAKES = 10;
/** Longest id that is looked for. */
const LONGEST_ID = 255;

/** The plain form of a main resource and its parts. */
export function thingOf(resource: ClinicResource, main: Resource, found: Resource[], words?: unknown): Thing {
  const parts = resource.isPart ? found.filter((part) => resource.isPart!(part, main)) : found;
  const json = resource.toJson(main, parts, words);
  const others = words === undefined ? [] : [JSON.stringify(json)];
  return { id: String(json.id), main, parts, json, tag: tagOf(main, parts, others) };
}

/** `W/"3"`; with parts, a digest of their versions follows, and of what else is told. */
function tagOf({ meta }: Resource, parts: readonly Resource[], others: readonly string[]): string {
  if (parts.length === 0 && others.length === 0) return `W/"${meta?.versionId}"`;
  const versions = [...parts.map((part) => `${nameOf(part)}/${part.meta?.versionId}`).sort(), ...others];
  const digest = createHash('sha256').update(versions.join()).digest('base64url').slice(0, 8);
  return `W/"${meta?.versionId}-${digest}"`;
}

/**
 * The things that a search finds.
 * @throws FhirError 400 for values that cannot be searched by, 503 when it takes too long
 */
export async function searchThings(
  services: Services,
  resource: ClinicResource,
  { terms, count, sort, total, cursor, offset }: ThingSearch,
  db: Database = services.searchDb,
): Promise<Found & { things: Thing[] }> {
  const { types } = resource;
  const { narrowed, others } = narrowedBy(terms);
  const parts = narrowed ? partsOfTypes(services, resource.parts, narrowed) : resource.parts;
  const query: [string, string][] = [
    ...resource.scope.map(([name, value]): [string, string] => [name, value]),
    ...(narrowed || types.length > 1 ? [['_type', (narrowed ?? types).join()] as [string, string]] : []),
    ...others,
    ...parts.map(([kind, path]): [string, string] => [kind, path]),
    ['_count', String(count)],
  ];
  if (sort) query.push(['_sort', sort]);
  if (total) query.push(['_total', 'accurate']);
  const base = services.baseUrls[0]!;
  const place = { ...(cursor && { cursor }), ...(offset && { offset }) };
  const found = await find(
    services,
    {
      ...(types.length === 1 && { type: types[0] }),
      query,
      base,
      handling: 'strict',
      maxCount: count,
      ...place,
    },
    db,
  );
  const mains = found.matches.slice(0, found.plan.count).map((match) => match.resource);
  return { ...found, things: await withParts(services, resource, found, mains, db) };
}

/** The types that filters narrow the things to, and the other terms: of no type at all where two of them contradict each other. */
function narrowedBy(terms: SearchTerms): { narrowed?: string[]; others: SearchTerms } {
  const [first, ...more] = terms.flatMap(([name, value]) => (name === '_type' ? [value.split(',')] : []));
  if (!first) return { others: terms };
  const narrowed = first.filter((type) => more.every((some) => some.includes(type)));
  // Nothing is as old as that.
  if (narrowed.length === 0) return { others: [['_lastUpdated', 'lt1000']] };
  return { narrowed, others: terms.filter(([name]) => name !== '_type') };
}

async function withParts(
  services: Services,
  resource: ClinicResource,
  { plan }: Found,
  mains: FoundResource[],
  db: Database,
): Promise<Thing[]> {
  const things: Thing[] = [];
  const words = mains.length === 0 ? undefined : await resource.wordsNow?.(services, db);
  for (let start = 0; start < mains.length; start += CHUNK) {
    const chunk = mains.slice(start, start + CHUNK);
    const included = plan.includes.length === 0 ? [] : await partsOf(services, plan, chunk, db);
    const parsed = chunk.map(({ content }) => parseJson(content!) as Resource);
    const groups = groupParts(services, plan.includes, parsed, included);
    for (const [i, main] of parsed.entries()) things.push(thingOf(resource, main, groups[i]!, words));
  }
  return things;
}

/** What some main resources are made of; of fewer at a time where it is too much at once. */
async function partsOf(
  services: Services,
  plan: Found['plan'],
  mains: FoundResource[],
  db: Database,
): Promise<Resource[]> {
  const { resources, warnings } = await includedResources(services, db, plan, mains);
  if (warnings.length === 0) return resources.map(({ content }) => parseJson(content!) as Resource);
  const [first] = mains;
  if (mains.length === 1) {
    throw refuse(
      422,
      'too-costly',
      `${first!.type}/${first!.id} has too many parts: ${warnings[0]!.diagnostics}`,
    );
  }
  const half = Math.ceil(mains.length / 2);
  const parts = new Map<string, Resource>();
  for (const some of [mains.slice(0, half), mains.slice(half)]) {
    for (const part of await partsOf(services, plan, some, db)) parts.set(nameOf(part), part);
  }
  return [...parts.values()];
}

/**
 * The things of these ids: the identifier's value, or the FHIR id where there is no such identifier. What is not there is left out.
 * @throws FhirError 409 where an id stands for several
 */
export async function findThings(
  services: Services,
  resource: ClinicResource,
  ids: readonly string[],
  db: Database = services.db,
): Promise<Map<string, Thing>> {
  if (resource.kept) return keptOf(services, resource, ids, db);
  const found = new Map<string, Thing>();
  const wanted = new Set(ids.filter((id) => id !== '' && id.length <= LONGEST_ID && !id.includes('\0')));
  const own = [...wanted].flatMap((id) => fhirIdIn(id) ?? []);
  const fhirIds = [...new Set([...(await identified(services, resource, [...wanted], db)), ...own])];
  for (let start = 0; start < fhirIds.length; start += CHUNK) {
    const chunk = fhirIds.slice(start, start + CHUNK);
    const search = {
      terms: [['_id', chunk.join()]] as SearchTerms,
      count: chunk.length * resource.types.length,
    };
    const { things } = await searchThings(services, resource, search, db);
    for (const thing of things) {
      for (const id of namesOf(resource, thing).filter((one) => wanted.has(one))) {
        if (found.has(id)) throw several(resource, id);
        found.set(id, thing);
      }
    }
  }
  return found;
}

/** The FHIR ids of resources with these values of the thing's identifier: by the index of single tokens, whatever the statistics. */
async function identified(
  services: Services,
  { types, system }: ClinicResource,
  values: readonly string[],
  db: Database,
): Promise<string[]> {
  const criteria = values.flatMap((value) =>
    types.map((type) =>
      parseCriteria(services, type, `identifier=${encodeURIComponent(token(system, value))}`),
    ),
  );
  if (criteria.length === 0) return [];
  const matches = await findMatches(services, db, criteria, MOST_NAMESAKES);
  return [...matches.values()].flatMap((some) => some.map(({ id }) => id));
}

/** The ids that lead to a thing: one of several records that became one has those of all, and tells the first. */
function namesOf({ system: of }: ClinicResource, { id, main }: Thing): string[] {
  return [...new Set([id, ...identifiersIn(main, of)])];
}

const several = ({ title, types, system }: ClinicResource, id: string) =>
  refuse(
    409,
    'multiple-matches',
    `Several ${types.join(' or ')} resources have the identifier ${system}|${id.slice(0, 80)}: take it from all but one through the FHIR endpoint, so that it names one ${title}.`,
  );

/** @throws FhirError 404; 409 as {@link findThings} */
export async function findThing(
  services: Services,
  resource: ClinicResource,
  id: string,
  db: Database = services.db,
): Promise<Thing> {
  const thing = (await findThings(services, resource, [id], db)).get(id);
  if (!thing) throw await noThing(services, resource, id);
  return thing;
}

/** The refusal of an id that nothing has. */
export async function noThing(services: Services, resource: ClinicResource, id: string) {
  const { title, name } = resource;
  const hint = await resource.elsewhere?.(services, id);
  return refuse(
    404,
    'not-found',
    `There is no ${title} with the id "${id.slice(0, 80)}": GET /api/v1/${name} lists those there are.${hint === undefined ? '' : ` ${hint}`}`,
  );
}
