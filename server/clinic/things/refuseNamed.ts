// A thing that others go on to name is not deleted: the FHIR store keeps no referential integrity, and what names it would lead
// nowhere.
import { refuse } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import { referrersOf } from '../../fhir/includeReferrers.ts';
import type { Resource, Services } from '../../services.ts';
import type { Seen } from './seen.ts';
import { nameOf } from './thingParts.ts';

/** What may name it, by which search parameter, and what the plain form calls one and many of them. */
export interface NamedBy {
  type: string;
  by: string;
  what: readonly [one: string, many: string];
}

/** Of each kind, as many are counted. */
const MOST = 100;
/** Other records that a refusal names. */
const MOST_NAMED = 5;

/**
 * Whether others go on to name a thing, which cannot be deleted then.
 * @param known the main resource and what goes with it
 * @param called what people call it
 * @throws FhirError 409 that says by how many of what
 */
export async function refuseNamed(
  services: Services,
  known: readonly Resource[],
  called: string,
  namedBy: readonly NamedBy[],
): Promise<{ seen: readonly Seen[] }> {
  const [main] = known as [Resource];
  const name = encodeURIComponent(nameOf(main));
  const seen = await Promise.all(namedBy.map(({ type, by }) => seenNow(services, type, `${by}=${name}`)));
  const told = seen.flatMap(({ ids: { length } }, i) => {
    const [one, many] = namedBy[i]!.what;
    if (length === 0) return [];
    return [length === 1 ? `1 ${one}` : `${length > MOST ? `more than ${MOST}` : length} ${many}`];
  });
  if (told.length === 0) told.push(...(await otherNames(services, main, new Set(known.map(nameOf)))));
  if (told.length === 0) return { seen: [...seen, ...stillThere(nameOf(main))] };
  const message = `${called} is still named by ${told.join(', ')}: name another one there first, so that none of them leads nowhere.`;
  throw refuse(409, 'business-rule', message);
}

/** What else refers to it, in any place that a search parameter looks at. */
async function otherNames(
  { definitions, baseUrls, db }: Services,
  main: Resource,
  own: ReadonlySet<string>,
): Promise<string[]> {
  const everything = { reverse: true, type: '*', parameter: '*', iterate: false };
  const referred = [{ type: main.resourceType, id: main.id!, resource: main }];
  const count = own.size + MOST_NAMED;
  const context = { definitions, baseUrls };
  const { found } = await referrersOf(db, context, everything, referred, new Set(), count);
  return found
    .map(({ type, id }) => `${type}/${id}`)
    .filter((one) => !own.has(one))
    .slice(0, MOST_NAMED);
}

/**
 * What whoever names a resource has seen: that it is there. Who deletes it meanwhile waits, or is waited for; then the write is
 * planned again.
 * @param reference `Organization/[id]`
 */
export function stillThere(reference: string): Seen[] {
  const [type, id] = reference.split('/') as [string, string];
  return [{ type, query: `_id=${id}`, ids: [id] }];
}

/** What a search finds now, at most {@link MOST} and one more. */
export async function seenNow(services: Services, type: string, query: string): Promise<Seen> {
  const criteria = parseCriteria(services, type, query);
  const found = await findMatches(services, services.db, [criteria], MOST + 1);
  return { type, query, ids: found.get(criteria.text)!.map(({ id }) => id) };
}
