// Lists of things: filters, order, and both page styles; and things as clients get them, with links.
import { FhirError, type Issue } from '../errors.ts';
import { cursorAt } from '../fhir/search.ts';
import type { Services } from '../services.ts';
import type { Bases, Links } from './alertJson.ts';
import type { ClinicResource, Json, SearchTerms } from './clinicResource.ts';
import { type FoundPage, keptPage } from './keptThings.ts';
import { type PageScope, pageToken, readPageToken } from './pageToken.ts';
import { anyOf, anyText, type Parameter, readParameters, truth, wholeNumber } from './readParameters.ts';
import { nameOf, searchThings, type Thing, type ThingSearch } from './thing.ts';
import { textProblem } from './validateThing.ts';

/** Things of a page where the request does not say. */
export const PAGE_SIZE = 50;
export const MOST_PER_PAGE = 1_000;
/** Matches that a page may leave out before it: they are walked. */
export const MOST_OFFSET = 10_000;

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
    return { ...json, ...Object.fromEntries(embedded.map(({ name, values }) => [name, values[i]])), _links };
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
    total: truth,
    limit: wholeNumber(1, largest),
    offset: wholeNumber(0, MOST_OFFSET),
    pageSize: wholeNumber(1, largest),
    pageToken: anyText,
  } as Record<string, Parameter<unknown>>) as Record<string, unknown>;
  const {
    limit,
    offset,
    pageSize,
    pageToken: after,
  } = given as {
    [name in 'limit' | 'offset' | 'pageSize']?: number;
  } & { pageToken?: string };
  const byOffset = limit !== undefined || offset !== undefined;
  if (byOffset && (pageSize !== undefined || after !== undefined)) throw mixed(query);
  for (const [name, { standard }] of Object.entries(resource.filters)) {
    if (standard !== undefined && !Object.hasOwn(within, name)) given[name] ??= standard;
  }
  const names = Object.keys(resource.filters).filter((name) => given[name] !== undefined);
  const values = [
    ...Object.entries(within),
    ...names.map((name): [string, string] => [name, given[name] as string]),
  ];
  const searches = values.map(([name, value]) => resource.filters[name]!.search(value, services));
  const terms: SearchTerms = (await Promise.all(searches)).flat();
  const sort = given.sort as string | undefined;
  const count = Math.min(limit ?? pageSize ?? PAGE_SIZE, largest);
  const secret = await services.pageSecret();
  const scope: PageScope = ['things', path, terms, sort ?? null];
  const cursor = after === undefined ? undefined : (readPageToken(secret, scope, after) as [string])[0];
  const search: ThingSearch = {
    ...{ terms, count, total: given.total === true },
    ...(sort === undefined ? {} : { sort }),
    ...(offset ? { offset } : {}),
  };
  const { things, hasMore, total, last } = await (resource.kept ? keptPage : storedPage)(
    ...([services, resource, search, cursor] as const),
  );
  const nextToken = (): string => pageToken(secret, scope, [last()]);
  const url = (changes: Record<string, string | undefined>): { href: string } => {
    const pairs = query.filter(([name]) => !Object.hasOwn(changes, name));
    for (const [name, value] of Object.entries(changes)) if (value !== undefined) pairs.push([name, value]);
    const text = new URLSearchParams(pairs).toString();
    return { href: `${bases.base}/${path}${text === '' ? '' : `?${text}`}` };
  };
  const _links: Links = { self: url({}) };
  if (byOffset) {
    const next = (offset ?? 0) + things.length;
    // Further on, pages begin where the page before ended.
    if (hasMore && next > MOST_OFFSET) {
      const place = { pageSize: String(count), pageToken: nextToken() };
      _links.next = url({ limit: undefined, offset: undefined, ...place });
    } else if (hasMore) _links.next = url({ offset: String(next) });
    if (offset) _links.prev = url({ offset: String(Math.max(0, offset - count)) });
  } else if (hasMore) _links.next = url({ pageToken: nextToken() });
  if (cursor !== undefined || offset) _links.first = url({ pageToken: undefined, offset: undefined });
  return {
    data: await thingsJson(services, resource, things, (given.include as string[]) ?? [], bases),
    ...(total === undefined ? {} : { total }),
    ...(byOffset ? { limit: count, offset: offset ?? 0 } : {}),
    _links,
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

/** The Link header (RFC 8288) of a page. */
export function linkHeader(links: Links): string | undefined {
  const relations = ['next', 'prev', 'first'].filter((name) => links[name]);
  if (relations.length === 0) return undefined;
  return relations.map((name) => `<${links[name]!.href}>; rel="${name}"`).join(', ');
}

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
  } = schema as { enum?: string[]; format?: string; examples?: unknown[] };
  if (words) return `one of ${words.join(', ')}`;
  if (format) return `a ${format}${examples?.[0] === undefined ? '' : ` such as ${examples[0]}`}`;
  return `a text (${description})`;
}

/** `last_name,-birth_date` → `family,-birthdate` */
function sortParameter({ sorts }: ClinicResource): Parameter<string> {
  const names = Object.keys(sorts);
  return {
    takes: `one or more of ${names.join(', ')}, separated by commas, each once, with - in front for the reverse order`,
    parse: (text) => {
      const keys = text
        .split(',')
        .map((key) => ({ name: key.replace(/^-/, ''), minus: key.startsWith('-') ? '-' : '' }));
      const known = keys.every(({ name }) => Object.hasOwn(sorts, name));
      if (!known || new Set(keys.map(({ name }) => name)).size < keys.length) return undefined;
      return keys.map(({ name, minus }) => `${minus}${sorts[name]}`).join();
    },
  };
}

/** Of the two page styles, a request uses one. */
function mixed(query: readonly [string, string][]): FhirError {
  const names = query.map(([name]) => name).filter((name) => name === 'pageSize' || name === 'pageToken');
  return new FhirError(
    400,
    names.map(
      (name): Issue => ({
        severity: 'error',
        code: 'invalid',
        diagnostics: `Parameter "${name}" belongs to the other page style: use limit and offset, or pageSize and pageToken.`,
        expression: [`http.${name}`],
      }),
    ),
  );
}
