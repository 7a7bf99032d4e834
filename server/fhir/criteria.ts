// Conditional interactions and conditional references: from search criteria to the one identity they mean.
import { refuse } from '../errors.ts';
import { parseQuery } from '../search/parseQuery.ts';
import { parseSearch, soleTokenHash } from '../search/parseSearch.ts';
import type { SearchPlan } from '../search/searchPlan.ts';
import { toKeysSql } from '../search/toSql.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { Identity } from '../store/resources.ts';
import { identitiesByHash, searchIdentities } from '../store/searchResources.ts';
import { settlePlan } from './settlePlan.ts';

/** Criteria parsed once per request; `text` names them in locks and messages, the same however they were spelled. */
export interface Criteria {
  type: string;
  text: string;
  plan: SearchPlan;
}

/**
 * Parses the criteria of a conditional interaction or reference. Always strict: an ignored parameter would match
 * more than was meant.
 * @throws FhirError 400 for unknown parameters, or when nothing would be filtered
 */
export function parseCriteria(services: Services, type: string, query: string): Criteria {
  // Some clients repeat the type: `If-None-Exist: Patient?identifier=…`.
  const pairs = parseQuery(query.startsWith(`${type}?`) ? query.slice(type.length + 1) : query);
  const plan = parseSearch(services.definitions, {
    type,
    query: pairs,
    handling: 'strict',
    baseUrls: services.baseUrls,
    textSearch: services.config.textSearch,
  });
  const [search] = plan.searches;
  if (search?.criteria.length === 0) {
    throw refuse(
      400,
      'required',
      `Conditional requests need at least one search parameter: ${type}?${query}`,
    );
  }
  if (plan.sort.length > 0 || plan.includes.length > 0 || plan.searches.some(({ contained }) => contained)) {
    throw refuse(
      400,
      'not-supported',
      `Conditional requests select by search parameters only, without order, includes or contained resources: ${type}?${query}`,
    );
  }
  return { type, text: `${type}?${canonicalQuery(pairs)}`, plan };
}

/** Parameters in one order and one spelling, readable: only what would read as something else is escaped. */
function canonicalQuery(pairs: [string, string][]): string {
  const escaped = (text: string) => text.replace(/[%&+#]/g, encodeURIComponent);
  return pairs
    .map(([name, value]) => `${escaped(name).replaceAll('=', '%3D')}=${escaped(value)}`)
    .sort()
    .join('&');
}

/** Finds at most `limit` identities for each criteria text; single-token criteria share one statement. */
export async function findMatches(
  services: Services,
  db: Database,
  criteria: Criteria[],
  limit: number,
): Promise<Map<string, Identity[]>> {
  const found = new Map<string, Identity[]>();
  const distinct = new Map(criteria.map((c) => [c.text, c]));
  const byHash: { text: string; type: string; hash: bigint }[] = [];
  for (const { text, type, plan } of distinct.values()) {
    const hash = soleTokenHash(plan);
    if (hash !== undefined) byHash.push({ text, type, hash });
    else {
      const { searches } = await settlePlan(services, db, plan);
      found.set(text, await searchIdentities(db, type, toKeysSql(searches[0]!, limit)));
    }
  }
  if (byHash.length > 0) {
    const searches = new Map(byHash.map(({ type, hash }) => [hash, { type, hash }]));
    const identities = await identitiesByHash(db, [...searches.values()], limit);
    for (const { text, hash } of byHash) found.set(text, identities.get(hash) ?? []);
  }
  return found;
}
