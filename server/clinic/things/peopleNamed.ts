// The people whom a write newly names have to be there when it is committed: who deletes one of them at the same time waits, or is
// waited for. The FHIR store keeps no referential integrity; the plain form leaves no records of nobody.
import type { WriteResult } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import type { Plan } from './planThings.ts';
import { stillThere } from './refuseNamed.ts';
import type { Seen } from './seen.ts';

const REFERENCE = /"reference":\s?"((?:Patient|Practitioner)\/[A-Za-z0-9\-.]{1,64})"/g;

const peopleIn = (text: string): string[] => [...text.matchAll(REFERENCE)].map(([, name]) => name!);

/** Whom resources name, as `Type/id`. */
export const namedIn = (resources: readonly Resource[]): string[] =>
  resources.length === 0 ? [] : peopleIn(JSON.stringify(resources));

/** Whether a resource names people at all, be it by a search. */
export const namesPeople = (resource: Resource): boolean =>
  /"reference":"(?:Patient|Practitioner)[/?]/.test(JSON.stringify(resource));

/** What a plan has to see of people when it is committed: those whom it newly names, and whom it deletes. */
export function peopleSeen({ op, named }: Plan, results: readonly WriteResult[]): Seen[] {
  const own = results.map(({ type, id }) => `${type}/${id}`);
  if (op === 'delete')
    return own.filter((name) => /^(?:Patient|Practitioner)\//.test(name)).flatMap(stillThere);
  const before = new Set([...named, ...own]);
  const names = results.flatMap(({ content }) => (content === null ? [] : peopleIn(content)));
  return [...new Set(names)].filter((name) => !before.has(name)).flatMap(stillThere);
}
