// Things of the plain JSON API that are no resources of their own but parts of one, such as the concepts of a code system: all are
// read at once, and pages of them are cut in memory.
import type { Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import type { ClinicResource } from './clinicResource.ts';
import type { Thing, ThingSearch } from './thing.ts';

/** A page, and how it is continued. */
export interface FoundPage {
  things: Thing[];
  hasMore: boolean;
  total?: number;
  /** Where it ends, as JSON. */
  last(): string;
}

/** Where a page ends: the values it is sorted by, the id, and the place in the whole. */
interface Place {
  keys: string[];
  id: string;
  at: number;
}

const collator = new Intl.Collator('en', { numeric: true });

/** Case and accents make no difference. */
const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** The page that a search finds: terms are members and what they begin with; without an order, the newest come first. */
export async function keptPage(
  services: Services,
  resource: ClinicResource,
  { terms, count, sort, total, offset = 0 }: ThingSearch,
  after: string | undefined,
): Promise<FoundPage> {
  const all = await resource.kept!.read(services, services.searchDb);
  const orders = (sort ?? '').split(',').filter(Boolean);
  const place = ({ json, id }: Thing, at: number): Place => ({
    ...{ id, at },
    keys: orders.map((order) => String(json[order.replace(/^-/, '')] ?? '')),
  });
  const compare = (a: Place, b: Place): number => {
    for (const [i, order] of orders.entries()) {
      const difference = collator.compare(a.keys[i]!, b.keys[i]!);
      if (difference !== 0) return order.startsWith('-') ? -difference : difference;
    }
    return b.at - a.at;
  };
  const matches = all
    .map((thing, at) => ({ thing, place: place(thing, at) }))
    .filter(({ thing: { json } }) =>
      terms.every(([member, value]) => folded(String(json[member] ?? '')).startsWith(folded(value))),
    )
    .sort((a, b) => compare(a.place, b.place));
  const end = after === undefined ? undefined : (JSON.parse(after) as Place);
  // What was deleted meanwhile may have moved it.
  const moved = end && all.findIndex(({ id }) => id === end.id);
  const from = end && { ...end, ...(moved !== -1 && { at: moved! }) };
  const rest = from ? matches.filter((each) => compare(each.place, from) > 0) : matches.slice(offset);
  const page = rest.slice(0, count);
  return {
    things: page.map(({ thing }) => thing),
    hasMore: rest.length > page.length,
    ...(total && { total: matches.length }),
    last: () => JSON.stringify(page.at(-1)!.place),
  };
}

/** Those of these ids, by id. */
export async function keptOf(
  services: Services,
  resource: ClinicResource,
  ids: readonly string[],
  db: Database,
): Promise<Map<string, Thing>> {
  const wanted = new Set(ids);
  const all = await resource.kept!.read(services, db);
  return new Map(all.filter(({ id }) => wanted.has(id)).map((thing) => [thing.id, thing]));
}
