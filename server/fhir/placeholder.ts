// Placeholders: the minimal resource that stands in for the target of a conditional reference nobody has loaded yet.
import { parseQuery } from '../search/parseQuery.ts';
import type { Resource } from '../services.ts';

const IDENTIFIER = /^([^|]+)\|([^|,]+)$/;
/** Types whose only required content an identifier can satisfy; Synthea refers to these. */
const TYPES = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Location',
  'Patient',
  'Device',
  'Medication',
]);

/**
 * A resource with nothing but the identifier of `Type?identifier=system|value`; undefined when the reference says
 * more than one identifier or the type needs more.
 */
export function placeholderFor(type: string, reference: string): Resource | undefined {
  const query = parseQuery(reference.slice(reference.indexOf('?') + 1));
  const [pair] = query;
  const match = query.length === 1 && pair?.[0] === 'identifier' ? IDENTIFIER.exec(pair[1]) : null;
  if (!match || !TYPES.has(type)) return undefined;
  return {
    resourceType: type,
    meta: { tag: [{ system: 'https://salus.dev/fhir/CodeSystem/origin', code: 'placeholder' }] },
    identifier: [{ system: match[1], value: match[2] }],
  };
}
