// What a search URL searches (http.html#search): one type, all types, or a compartment.
import { refuse } from '../errors.ts';
import { checkCompartment } from '../search/compartmentCriterion.ts';
import type { Services } from '../services.ts';
import { checkId } from './resourceId.ts';

/** Without a type all types, or those of the compartment. */
export interface SearchScope {
  type?: string;
  compartment?: { type: string; id: string };
}

/** General parameters, which say nothing of what is wanted. */
const GENERAL = new Set(['_format', '_pretty']);

/**
 * The scope of `type?…`, `?…` and `type/id/inner?…`, where `inner` is a type or `*`; the type exists.
 * @throws FhirError 400 for an id that is none, for a search of everything without any parameter and for `_contained` in
 * a compartment; 404 where there is no such compartment
 */
export function searchScope(
  { definitions }: Services,
  { type, id, inner = '*' }: { type?: string; id?: string; inner?: string },
  query: readonly (readonly [string, string])[],
): SearchScope {
  if (type === undefined) {
    if (query.every(([name]) => GENERAL.has(name))) {
      throw refuse(
        400,
        'required',
        'A search across all types needs parameters, as in ?_lastUpdated=gt2024-01-01&_type=Patient,Observation; ' +
          'metadata says what this server offers.',
      );
    }
    return {};
  }
  if (id === undefined) return { type };
  checkCompartment(definitions, type, inner);
  // What puts a resource into a compartment are its own references; one that is contained has its container's place.
  if (query.some(([name, value]) => name === '_contained' && value !== 'false')) {
    throw refuse(
      400,
      'not-supported',
      `_contained cannot be combined with a compartment: search ${inner === '*' ? 'each type' : inner} by its references instead.`,
    );
  }
  return { ...(inner === '*' ? {} : { type: inner }), compartment: { type, id: checkId(id) } };
}
