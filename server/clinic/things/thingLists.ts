// Lists of things: filters, order, and both page styles; and things as clients get them, with links.
import { cursorAt } from '../../fhir/search.ts';
import type { Services } from '../../services.ts';
import type { Bases, Links } from '../alerts/alertJson.ts';
import type { ClinicResource, Json, SearchTerms } from './clinicResource.ts';
import { type FoundPage, keptPage } from './keptThings.ts';
import { MOST_PER_PAGE, pageAsked, pageLinks, pageMembers, pageParameters } from './pageStyles.ts';
import { type PageScope, pageToken, readPageToken } from './pageToken.ts';
import { anyOf, type Parameter, readParameters } from './readParameters.ts';
import { nameOf, searchThings, type Thing, type ThingSearch } from './thing.ts';
import { textProblem } from './validateThing.ts';

/** One page. What both page styles have; `limit` and `offset` where they were asked for. */
export interface ThingPage {
  data: Json[];
  total?: number;
  limit?: number;
  offset?: number;
  _links: Links;
}

/** A thing as clients get it: its members and `_links`. */
export function thingJson(resource: ClinicResource, thing: Thing, { base, fhirBase }: Bases): Json {
  const self = `${base}/${resource.name}/${encodeURIComponent(thing.id)}`;
  const related = Object.entries(resource.links?.(thing.json) ?? {});
  const below = Object.keys(resource.sublists ?? {});
  const place = resource.kept?.fhirPath(thing) ?? nameOf(thing.main);
  return {
    ...thing.json,
    _links: {
      self: { href: self },
      ...Object.fromEntries(below.map((name) => [name, { href: `${self}/${name}` }])),
      ...Object.fromEntries(related.map(([name, path]) => [name, { href: `${base}/${path}` }])),
      fhir: { href: `${fhirBase}/${place}` },
    },
  };
}

/** Things as clients get them, with what they ask to be included. */
export async function thingsJson(
  services: Services,
  resource: ClinicResource,
  things: readonly Thing[],
  include: readonly string[],
  bases: Bases,
): Promise<Json[]> {
  const mains = things.map(({ main }) => main);
  const embedded = await Promise.all(
    include.map(async (name) => {
      const values = await resource.embeds![name]!.load(services, services.searchDb, mains);
      return { name, values };
    }),
  );
  return things.map((thing, i) => {
    const { _links, ...json } = thingJson(resource, thing, bases);
    const members = embedded.flatMap(({ name, values }) => {
      const { value, hasMore } = values[i]!;
      return [[name, value], ...(hasMore ? [[`${name}_more`, true]] : [])];
    });
    return { ...json, ...Object.fromEntries(members), _links };
  });
}

/** The parameter `include` of a kind of thing, where it has any. */
export function includeParameter({ embeds }: ClinicResource): { include?: Parameter<string[]> } {
  const names = Object.keys(embeds ?? {});
  return names.length === 0 ? {} : { include: anyOf(...names) };
}

/**
 * One page of things.
 * @param path below the base: `patients`
 * @param within further filters, by name, which the path tells
 * @throws FhirError 400 for parameters
 */
export async function thingPage(
  services: Services,
  resource: ClinicResource,
  query: readonly [string, string][],
  bases: Bases,
  { path = resource.name, within = {} }: { path?: string; within?: Record<string, string> } = {},
): Promise<ThingPage> {
  const largest = Math.min(MOST_PER_PAGE, services.config.maxPageSize);
  const given = readParameters(query, {
    ...filterParameters(resource, within),
    sort: sortParameter(resource),
    ...includeParameter(resource),
    ...pageParameters(largest),
  } as Record<string, Parameter<unknown>>) as Record<string, unknown>;
  const asked = pageAsked(query, given, largest);
  const { count, offset } = asked;
  for (const [name, { standard }] of Object.entries(resource.filters)) {
    if (standard !== undefined && !Object.hasOwn(within, name)) given[name] ??= standard;
  }
  const names = Object.keys(resource.filters).filter((name) => given[name] !== undefined);
  const values = [
    ...Object.entries(within),
    ...names.map((name): [string, string] => [name, given[name] as string]),
  ];
  const searches = values.map(([name, value]) => resource.filters[name]!.search(value, services));
  const live = (resource.withdrawing?.live ?? []).map(([name, value]): SearchTerms[number] => [name, value]);
  const terms: SearchTerms = [...(await Promise.all(searches)).flat(), ...live];
  const sort = (given.sort ?? (resource.standardSort && sortOf(resource, resource.standardSort))) as
    | string
    | undefined;
  const secret = await services.pageSecret();
  const scope: PageScope = ['things', path, terms, sort ?? null];
  const { token } = asked;
  const cursor = token === undefined ? undefined : (readPageToken(secret, scope, token) as [string])[0];
  const search: ThingSearch = {
    ...{ terms, count, total: asked.total },
    ...(sort === undefined ? {} : { sort }),
    ...(offset ? { offset } : {}),
  };
  const { things, hasMore, total, last } = await (resource.kept ? keptPage : storedPage)(
    ...([services, resource, search, cursor] as const),
  );
  return {
    data: await thingsJson(services, resource, things, (given.include as string[]) ?? [], bases),
    ...pageMembers(asked, total),
    _links: pageLinks(`${bases.base}/${path}`, query, asked, {
      given: things.length,
      ...(hasMore && { nextToken: () => pageToken(secret, scope, [last()]) }),
    }),
  };
}

async function storedPage(
  services: Services,
  resource: ClinicResource,
  search: ThingSearch,
  after: string | undefined,
): Promise<FoundPage> {
  const cursor = after === undefined ? {} : { cursor: JSON.parse(after) };
  const { things, matches, plan, total } = await searchThings(services, resource, { ...search, ...cursor });
  return {
    ...{ things, hasMore: matches.length > things.length },
    ...(total === undefined ? {} : { total }),
    last: () => JSON.stringify(cursorAt(matches[things.length - 1]!, plan, began(after))),
  };
}

/** When the first page was read: now, where this is the first. */
const began = (cursor: string | undefined): number =>
  (cursor === undefined ? undefined : (JSON.parse(cursor).since as number | undefined)) ?? Date.now();

function filterParameters({ filters }: ClinicResource, within: Record<string, string>) {
  const open = Object.entries(filters).filter(([name]) => !Object.hasOwn(within, name));
  return Object.fromEntries(
    open.map(([name, { schema, description }]): [string, Parameter<string>] => [
      name,
      {
        takes: takenBy(schema, description),
        parse: (text) => (text !== '' && textProblem(schema, text) === undefined ? text : undefined),
      },
    ]),
  );
}

function takenBy(schema: Json, description: string): string {
  const {
    enum: words,
    format,
    examples,
    description: value,
  } = schema as { enum?: string[]; format?: string; examples?: unknown[]; description?: string };
  if (words) return `one of ${words.join(', ')}`;
  if (format) return `a ${format}${examples?.[0] === undefined ? '' : ` such as ${examples[0]}`}`;
  if (value) return `${value}${examples?.[0] === undefined ? '' : `, such as ${examples[0]}`}`;
  return `a text (${description})`;
}

/** `last_name,-birth_date` → `family,-birthdate` */
function sortParameter({ sorts }: ClinicResource): Parameter<string> {
  const names = Object.keys(sorts);
  return {
    takes: `one or more of ${names.join(', ')}, separated by commas, each once, with - in front for the reverse order`,
    parse: (text) => sortOf({ sorts }, text),
  };
}

/** In FHIR's terms; undefined for what it cannot be sorted by. */
function sortOf({ sorts }: Pick<ClinicResource, 'sorts'>, text: string): string | undefined {
  const keys = text
    .split(',')
    .map((key) => ({ name: key.replace(/^-/, ''), minus: key.startsWith('-') ? '-' : '' }));
  const known = keys.every(({ name }) => Object.hasOwn(sorts, name));
  if (!known || new Set(keys.map(({ name }) => name)).size < keys.length) return undefined;
  return keys.map(({ name, minus }) => `${minus}${sorts[name]}`).join();
}
