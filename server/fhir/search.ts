// search (search.html): plan, settle, one statement for the page, a Bundle around the stored texts.

import { ensureDefinitions, reloadDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import { defaultSearchLimits, parseSearch } from '../search/parseSearch.ts';
import type { Cursor, SearchPlan } from '../search/searchPlan.ts';
import { type PageQuery, toCountSql, toMatchesSql, toSql } from '../search/toSql.ts';
import type { Resource, Services } from '../services.ts';
import { type Database, snapshot } from '../store/database.ts';
import type { FoundResource } from '../store/resources.ts';
import { estimateRows, type Match, searchCount, searchPage } from '../store/searchResources.ts';
import { type BundleEntry, bundleText } from './bundleText.ts';
import { includedResources } from './include.ts';
import { operationOutcome } from './operationOutcome.ts';
import { pageUrl, takeCursor } from './pageLink.ts';
import { watchSearch } from './searchLog.ts';
import { settlePlan } from './settlePlan.ts';
import { mergeChanged, needsStability, type StablePage, stablePage } from './stablePage.ts';
import { type SubsetRequest, subset } from './subset.ts';

export interface SearchRequest {
  /** absent for a search across types */
  type?: string;
  compartment?: { type: string; id: string };
  query: [string, string][];
  /** absolute URL of the service base */
  base: string;
  handling: 'strict' | 'lenient';
  /** where the page begins, for who signs page links itself */
  cursor?: Cursor;
  /** matches to leave out first; bounded by the caller, since they are walked */
  offset?: number;
  /** the most that `_count` may ask for, for who is no client: else MAX_PAGE_SIZE */
  maxCount?: number;
}

/** `_total=estimate` counts this far and asks Postgres beyond. */
const COUNTED = 10_000;

/** A search is planned this often while the search parameters change. */
const MOST_ATTEMPTS = 5;

/**
 * A searchset Bundle as JSON text.
 * @throws FhirError 400 for a parameter or value that cannot be searched by, 503 when it takes too long
 */
export async function searchType(
  services: Services,
  request: SearchRequest,
  db: Database = services.db,
): Promise<string> {
  const began = Date.now();
  const { plan, matches, total } = await find(services, request, db);
  const { base } = request;
  const secret = await services.pageSecret();
  const page = matches.slice(0, plan.count);
  const links = [{ relation: 'self', url: pageUrl(base, plan, plan.cursor, secret) }];
  const last = page.at(-1);
  if (last && matches.length > plan.count) {
    links.push({ relation: 'next', url: pageUrl(base, plan, cursorAt(last, plan, began), secret) });
  }
  const found = page.map(({ resource }) => resource);
  const { resources, warnings } =
    plan.includes.length > 0 && found.length > 0
      ? await includedResources(services, db, plan, found, base)
      : { resources: [], warnings: [] };
  const wanted = subsetOf(plan);
  const outcome = [...plan.ignored, ...warnings];
  return bundleText({ type: 'searchset', links, ...(total === undefined ? {} : { total }) }, [
    ...page.map((match) => matchEntry(services, base, match, wanted)),
    ...resources.map((resource) => includeEntry(services, base, resource, wanted)),
    ...(outcome.length > 0
      ? [{ resource: operationOutcome(outcome), search: { mode: 'outcome' as const } }]
      : []),
  ]);
}

/** What a search finds: the page and one more, which tells whether there is a next one. */
export interface Found {
  plan: SearchPlan;
  matches: Match[];
  total: number | undefined;
}

/**
 * Plans and runs a search; again when another process has changed the search parameters meanwhile.
 * @throws FhirError as {@link searchType}
 */
export async function find(services: Services, request: SearchRequest, db: Database): Promise<Found> {
  for (let attempt = 1; ; attempt++) {
    const revision = services.definitionsRevision;
    let plan: SearchPlan;
    try {
      plan = await planSearch(services, request, db);
    } catch (error) {
      // What is unknown here may have been added by another process.
      await ensureDefinitions(services, db).catch(() => undefined);
      if (services.definitionsRevision === revision || attempt === MOST_ATTEMPTS) throw error;
      continue;
    }
    const { page: found, total, matches } = await readPage(services, plan, db, request.offset);
    if (found.revision !== revision) {
      await reloadDefinitions(services, db);
      // It is the same yet inside the transaction that changes it.
      if (services.definitionsRevision !== revision) {
        if (attempt < MOST_ATTEMPTS) continue;
        throw refuse(503, 'transient', 'The search parameters keep changing; try again in a moment.');
      }
    }
    return { plan, matches, total };
  }
}

/** The matches of a page and the total; further pages of a sorted search as if nobody had changed anything since the first. */
async function readPage(services: Services, plan: SearchPlan, db: Database, offset = 0) {
  const read = async (at: Database, stable?: StablePage) => {
    const sql = after(offset, toSql(withRoom(stable?.plan ?? plan, offset)));
    const one = plan.countOnly ? { ...sql, text: `SELECT * FROM (${sql.text}) none LIMIT 0` } : sql;
    const run = () => Promise.all([searchPage(at, one), count(at, plan)]);
    const [page, total] = await watchSearch(services, plan, sql.text, run, ([{ matches }]) => matches.length);
    if (stable?.warning) plan.ignored.push(stable.warning);
    return { page, total, matches: mergeChanged(plan, page.matches, stable?.changed ?? []) };
  };
  return needsStability(plan)
    ? snapshot(db, async (at) => read(at, await stablePage(services, at, plan)))
    : read(db);
}

const withRoom = (plan: SearchPlan, offset: number): SearchPlan =>
  offset === 0 ? plan : { ...plan, count: plan.count + offset };

/** The page without its first matches. Its text is another for each offset, and not worth preparing. */
const after = (offset: number, page: PageQuery): PageQuery =>
  offset === 0
    ? page
    : {
        ...page,
        text: `SELECT * FROM (${page.text}) everything ORDER BY ${page.order} OFFSET ${offset}`,
        steady: false,
      };

/**
 * The settled plan of a search.
 * @throws FhirError 400 as `parseSearch` and `settlePlan` do, and for a cursor of another search
 */
export async function planSearch(
  services: Services,
  { type, compartment, base, query: given, handling, cursor: place, maxCount }: SearchRequest,
  db: Database,
): Promise<SearchPlan> {
  const { defaultPageSize, maxPageSize, textSearch } = services.config;
  const path = compartment ? `${compartment.type}/${compartment.id}/${type ?? '*'}` : (type ?? '');
  const { query, cursor = place } = takeCursor(path, given, await services.pageSecret());
  const plan = parseSearch(services.definitions, {
    ...(type === undefined ? {} : { type }),
    ...(compartment ? { compartment } : {}),
    ...(cursor ? { cursor } : {}),
    query,
    handling,
    baseUrls: [...services.baseUrls, base],
    limits: { ...defaultSearchLimits, defaultCount: defaultPageSize, maxCount: maxCount ?? maxPageSize },
    textSearch,
  });
  if (plan.summary === 'text' && plan.includes.length > 0) {
    throw refuse(400, 'not-supported', '_summary=text cannot be combined with _include or _revinclude.');
  }
  return settlePlan(services, db, plan);
}

/** The number of all matches, where it is wanted. */
async function count(db: Database, plan: SearchPlan): Promise<number | undefined> {
  if (!plan.countOnly && plan.total === 'none') return undefined;
  if (plan.total !== 'estimate' || plan.countOnly) return searchCount(db, toCountSql(plan));
  const counted = await searchCount(db, toCountSql(plan, COUNTED));
  if (counted < COUNTED) return counted;
  return Math.max(counted, Math.round(await estimateRows(db, toMatchesSql(plan))));
}

/** The place of a match; in a sorted search, with the time of the first page. */
export const cursorAt = (
  { position, sortValues }: Match,
  { sort, cursor }: SearchPlan,
  began: number,
): Cursor => ({
  values: sortValues,
  key: position,
  ...(sort.length > 0 ? { since: cursor ? cursor.since : began } : {}),
});

function subsetOf({ summary, elements }: SearchPlan): SubsetRequest | undefined {
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary };
  return elements ? { elements } : undefined;
}

function matchEntry(
  services: Services,
  base: string,
  { resource: { type, id, content }, part }: Match,
  wanted: SubsetRequest | undefined,
): BundleEntry {
  const text = part === null ? content! : partText(content!, part);
  return {
    fullUrl: `${base}/${type}/${id}${part === null ? '' : `#${part}`}`,
    resource: wanted ? subset(services, text, wanted) : text,
    search: { mode: 'match' },
  };
}

/** A contained resource as text of its own. */
function partText(content: string, part: string): string {
  const { contained } = parseJson(content) as { contained: Resource[] };
  return JSON.stringify(contained.find(({ id }) => id === part));
}

/** `_elements` is about the matches only (search.html#elements); a summary is wanted of everything. */
function includeEntry(
  services: Services,
  base: string,
  { type, id, content }: FoundResource,
  wanted: SubsetRequest | undefined,
): BundleEntry {
  return {
    fullUrl: `${base}/${type}/${id}`,
    resource: wanted && 'summary' in wanted ? subset(services, content!, wanted) : content!,
    search: { mode: 'include' },
  };
}
