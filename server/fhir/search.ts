// search-type (search.html): plan, one statement for the page, a Bundle around the stored texts.
import type { Issue } from '../errors.ts';
import { defaultSearchLimits, parseSearch } from '../search/parseSearch.ts';
import type { SearchPlan } from '../search/searchPlan.ts';
import { toCountSql, toSql } from '../search/toSql.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { StoredVersion } from '../store/resources.ts';
import { searchCount, searchPage } from '../store/searchResources.ts';
import { type BundleEntry, bundleText } from './bundleText.ts';
import { operationOutcome } from './operationOutcome.ts';
import { type SubsetRequest, subset } from './subset.ts';

export interface SearchRequest {
  type: string;
  query: [string, string][];
  /** absolute URL of the service base */
  base: string;
  handling: 'strict' | 'lenient';
}

/**
 * A searchset Bundle as JSON text.
 * @throws FhirError 400 for a parameter or value that cannot be searched by
 */
export async function searchType(
  services: Services,
  request: SearchRequest,
  db: Database = services.db,
): Promise<string> {
  const { type, base, query, handling } = request;
  const { defaultPageSize, maxPageSize } = services.config;
  const plan = parseSearch(services.definitions, {
    type,
    query,
    handling,
    baseUrls: [...services.baseUrls, base],
    limits: { ...defaultSearchLimits, defaultCount: defaultPageSize, maxCount: maxPageSize },
  });
  const [found, total] = await Promise.all([
    plan.countOnly ? [] : searchPage(db, type, toSql(plan)),
    plan.countOnly || plan.total !== 'none' ? searchCount(db, toCountSql(plan)) : undefined,
  ]);
  const page = found.slice(0, plan.count);
  const here: [string, string][] = plan.cursor === undefined ? [] : [['_cursor', String(plan.cursor)]];
  const links = [{ relation: 'self', url: link(base, type, [...plan.applied, ...here]) }];
  if (found.length > plan.count && page.length > 0) {
    const next: [string, string][] = [...plan.applied, ['_cursor', String(page.at(-1)!.key)]];
    links.push({ relation: 'next', url: link(base, type, next) });
  }
  const wanted = subsetOf(plan);
  return bundleText({ type: 'searchset', links, ...(total === undefined ? {} : { total }) }, [
    ...page.map((version) => matchEntry(services, base, version, wanted)),
    ...warningEntry(plan.ignored),
  ]);
}

function link(base: string, type: string, query: [string, string][]): string {
  return query.length > 0 ? `${base}/${type}?${new URLSearchParams(query)}` : `${base}/${type}`;
}

function subsetOf({ summary, elements }: SearchPlan): SubsetRequest | undefined {
  if (summary === 'true' || summary === 'text' || summary === 'data') return { summary };
  return elements ? { elements } : undefined;
}

function matchEntry(
  services: Services,
  base: string,
  { type, id, content }: StoredVersion,
  wanted: SubsetRequest | undefined,
): BundleEntry {
  return {
    fullUrl: `${base}/${type}/${id}`,
    resource: wanted ? subset(services, content!, wanted) : content!,
    search: { mode: 'match' },
  };
}

function warningEntry(ignored: Issue[]): BundleEntry[] {
  return ignored.length > 0 ? [{ resource: operationOutcome(ignored), search: { mode: 'outcome' } }] : [];
}
