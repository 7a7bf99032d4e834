// Uri parameters (search.html#uri) and canonical references (search.html#versions).
import type { Value } from './values.ts';

const URIS = ['uri', 'url', 'canonical', 'oid', 'uuid'];

/** Whether a value of a uri parameter matches: exactly, or as a URL above or below another (never URNs). */
export function matchUri({ type, value }: Value, search: string, modifier?: string): boolean {
  if (!URIS.includes(type)) return false;
  if (modifier === 'below') return value === search || isUnder(value, search);
  if (modifier === 'above') return value === search || isUnder(search, value);
  return type === 'canonical' ? matchCanonical(value, search) : value === search;
}

const isUnder = (longer: string, shorter: string): boolean =>
  !/^urn:/i.test(shorter) && longer.startsWith(shorter.endsWith('/') ? shorter : `${shorter}/`);

/** A canonical without a version finds every version, one with a version finds this one. */
export function matchCanonical(value: string, search: string): boolean {
  return value === search || (!search.includes('|') && value.split('|')[0] === search);
}
