// Whom readings are of: patients, encounters and devices as rows name them, looked up for many rows at once.
import { type Criteria, findMatches, parseCriteria } from '../../fhir/criteria.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';

/** `Type/[id]`, or why there is none. */
export type Found = { reference: string } | { problem: string };

/** More than one is ambiguous, however many there are. */
const enough = 3;

/**
 * Finds resources of a type by what rows call them: `Type/[id]`, an identifier as `system|value`, or its bare value. Two
 * statements, however many there are.
 */
export async function findNamed(
  services: Services,
  type: 'Patient' | 'Encounter' | 'Device',
  names: Iterable<string>,
): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  const ids = new Map<string, string>();
  const searches = new Map<string, Criteria>();
  for (const name of new Set(names)) {
    const id = idIn(type, name);
    if (id !== undefined) ids.set(name, id);
    else if (name.endsWith('|') && name.indexOf('|') === name.length - 1) {
      // As a search it would find whoever has any identifier of that system.
      found.set(name, { problem: `"${name}" names a system without a value: write system|value.` });
    } else searches.set(name, parseCriteria(services, type, `identifier=${identifierQuery(name)}`));
  }
  if (ids.size > 0) {
    const there = new Set((await readContents(services.db, type, [...ids.values()])).map(({ id }) => id));
    for (const [name, id] of ids) {
      found.set(name, there.has(id) ? { reference: name } : { problem: `There is no ${name}.` });
    }
  }
  if (searches.size > 0) {
    const matches = await findMatches(services, services.db, [...searches.values()], enough);
    for (const [name, { text }] of searches) {
      found.set(name, theOne(type, name, [...new Set((matches.get(text) ?? []).map(({ id }) => id))]));
    }
  }
  return found;
}

/** The encounters among these (`Encounter/[id]`) → their subject. */
export async function subjectsOf(
  services: Services,
  encounters: Iterable<string>,
): Promise<Map<string, string | undefined>> {
  const ids = [...new Set(encounters)].map((reference) => reference.slice('Encounter/'.length));
  if (ids.length === 0) return new Map();
  const contents = await readContents(services.db, 'Encounter', ids);
  return new Map(
    contents.map(({ id, content }) => {
      const { subject } = parseJson(content) as { subject?: { reference?: string } };
      return [`Encounter/${id}`, subject?.reference];
    }),
  );
}

const idIn = (type: string, name: string): string | undefined =>
  name.startsWith(`${type}/`) ? /^[A-Za-z0-9\-.]{1,64}$/.exec(name.slice(type.length + 1))?.[0] : undefined;

/** A text as it stands in the value of a search: what separates values there is escaped. */
export const escaped = (text: string): string => encodeURIComponent(text.replace(/[\\,$|]/g, '\\$&'));

/** `system|value`, or a value by itself. */
function identifierQuery(name: string): string {
  const at = name.indexOf('|');
  return at < 0 ? escaped(name) : `${escaped(name.slice(0, at))}|${escaped(name.slice(at + 1))}`;
}

function theOne(type: string, name: string, ids: readonly string[]): Found {
  const [id, ...others] = ids;
  if (id === undefined) {
    const advice = name.includes('|') ? '' : ` Name a resource as ${type}/[id].`;
    return { problem: `No ${type} has the identifier "${name}".${advice}` };
  }
  if (others.length === 0) return { reference: `${type}/${id}` };
  const advice = name.includes('|') ? `use ${type}/[id]` : 'name its system too, as system|value';
  return { problem: `Several ${type} resources have the identifier "${name}": ${advice}.` };
}
