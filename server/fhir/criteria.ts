// Conditional interactions and conditional references: from search criteria to the one identity they mean.
import { refuse } from '../errors.ts';
import { parseQuery } from '../search/parseQuery.ts';
import { parseSearch, soleTokenHash } from '../search/parseSearch.ts';
import type { SearchPlan } from '../search/searchPlan.ts';
import { toSql } from '../search/toSql.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { Identity } from '../store/resources.ts';
import { identitiesByHash, searchIdentities } from '../store/searchResources.ts';

/** Criteria parsed once per request; `text` names them in locks and messages. */
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
  const plan = parseSearch(services.definitions, {
    type,
    query: parseQuery(query),
    handling: 'strict',
    baseUrls: services.baseUrls,
  });
  if (plan.criteria.length === 0) {
    throw refuse(400, 'required', `Conditional requests need at least one search parameter: ${type}?${query}`);
  }
  return { type, text: `${type}?${query}`, plan };
}

/** Finds at most `limit` identities for each criteria text; single-token criteria share one statement. */
export async function findMatches(
  db: Database,
  criteria: Criteria[],
  limit: number,
): Promise<Map<string, Identity[]>> {
  const found = new Map<string, Identity[]>();
  const distinct = new Map(criteria.map((c) => [c.text, c]));
  const byHash: { text: string; type: string; hash: bigint }[] = [];
  for (const { text, type, plan } of distinct.values()) {
    const hash = limit <= 2 ? soleTokenHash(plan) : undefined;
    if (hash !== undefined) byHash.push({ text, type, hash });
    else found.set(text, await searchIdentities(db, type, toSql({ ...plan, count: limit - 1 })));
  }
  if (byHash.length > 0) {
    const identities = await identitiesByHash(db, byHash);
    for (const { text, hash } of byHash) found.set(text, identities.get(hash) ?? []);
  }
  return found;
}
