// Calls and conditions that a CRM tells for the first time of people who are stored: where the same one was entered here, it is that
// one, and goes by its id from then on.
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { instant } from '../care/bookingAppointment.ts';
import type { Reference } from '../fhirParts.ts';
import { nameOf } from '../things/thingParts.ts';
import type { CrmUnit } from './crmUnit.ts';
import type { Lookup } from './planUnit.ts';

interface Known {
  stored: Lookup;
  before: Lookup;
}

/** Units with the ids by which their parts are stored, and what is to be remembered of ids that stand for others. */
export interface Adopted {
  units: CrmUnit[];
  aliases: { type: string; id: string; told: Resource }[];
}

/** How a person's parts are found, by type. */
const PERSON: Readonly<Record<string, string>> = { Appointment: 'actor', Condition: 'subject' };
/** Parts of one person that are compared. */
const MOST_PARTS = 1_000;

/** @param wasTold whether the CRM told of stored resources, by their names */
export async function adoptParts(
  services: Services,
  units: readonly CrmUnit[],
  known: Known,
  wasTold: (resources: readonly Resource[]) => Promise<Lookup>,
): Promise<Adopted> {
  const aliases: Adopted['aliases'] = [];
  const adopted: CrmUnit[] = [];
  for (const unit of units) {
    const ids = new Map<string, string>();
    for (const resource of unit.resources) {
      const { id } = known.before(resource) ?? resource;
      if (id !== resource.id) ids.set(nameOf(resource), id!);
    }
    const fresh = unit.resources.filter(
      (each) => each.resourceType in PERSON && !known.before(each) && !known.stored(each),
    );
    if (fresh.length > 0 && known.stored(unit.main)) {
      for (const [part, same] of await entered(services, unit, fresh, wasTold)) {
        const { resourceType, id } = part;
        ids.set(nameOf(part), same.id!);
        aliases.push({ type: resourceType, id: id!, told: { resourceType, id: same.id! } });
      }
    }
    adopted.push(ids.size === 0 ? unit : renamed(unit, ids));
  }
  return { units: adopted, aliases };
}

/** The parts that were entered here, by those that are told. */
async function entered(
  services: Services,
  { main, resources }: CrmUnit,
  fresh: readonly Resource[],
  wasTold: (resources: readonly Resource[]) => Promise<Lookup>,
): Promise<Map<Resource, Resource>> {
  const taken = new Set(resources.map(nameOf));
  const same = new Map<Resource, Resource>();
  for (const [type, parts] of Map.groupBy(fresh, ({ resourceType }) => resourceType)) {
    const query: [string, string][] = [
      [PERSON[type]!, nameOf(main)],
      ['_count', String(MOST_PARTS)],
    ];
    const request = { type, query, base: services.baseUrls[0]!, handling: 'strict' as const };
    const { matches } = await find(services, { ...request, maxCount: MOST_PARTS }, services.db);
    const there = matches.map(({ resource }) => parseJson(resource.content!) as Resource);
    const told = await wasTold(there);
    for (const part of parts) {
      // A call that the CRM told at another time is another call.
      const found = there.find(
        (other) => !taken.has(nameOf(other)) && isSame(part, other) && (type === 'Condition' || !told(other)),
      );
      if (!found) continue;
      taken.add(nameOf(found));
      same.set(part, found);
    }
  }
  return same;
}

interface Concept {
  coding?: { system?: string; code?: string }[];
  text?: string;
}

function isSame(one: Resource, other: Resource): boolean {
  if (one.resourceType === 'Condition') return isSameConcept(one.code as Concept, other.code as Concept);
  const [kind] = (one.serviceType ?? []) as Concept[];
  const isOfKind = ((other.serviceType ?? []) as Concept[]).some(({ text }) => text === kind?.text);
  const [a, b] = [dateOf(one), dateOf(other)];
  if (!isOfKind || other.status === 'entered-in-error' || a === undefined || b === undefined) return false;
  const isTimed = a.includes('T') && b.includes('T');
  const [x, y] = [a, b].map((date) => new Date(instant(date)).toISOString());
  return isTimed ? x === y : x!.slice(0, 10) === y!.slice(0, 10);
}

/** When a call is, as it is told. */
const dateOf = ({ requestedPeriod = [], start }: Resource): string | undefined =>
  (requestedPeriod as { start?: string }[])[0]?.start ?? (start as string | undefined);

function isSameConcept({ coding: [own] = [], text }: Concept = {}, other: Concept = {}): boolean {
  if (!own) return text !== undefined && other.text === text;
  return (other.coding ?? []).some(({ system, code }) => system === own.system && code === own.code);
}

/** The unit with other ids of its parts, wherever they are referred to. */
function renamed(unit: CrmUnit, ids: ReadonlyMap<string, string>): CrmUnit {
  const resources = unit.resources.map((resource) => {
    const { resourceType } = resource;
    const id = ids.get(nameOf(resource)) ?? resource.id;
    const text = JSON.stringify(resource, (_, value: Reference) => {
      const to = typeof value?.reference === 'string' && ids.get(value.reference);
      return to ? { ...value, reference: `${value.reference!.split('/')[0]}/${to}` } : value;
    });
    return { ...(JSON.parse(text) as Resource), resourceType, id: id! };
  });
  return { ...unit, main: resources[0]!, resources };
}
