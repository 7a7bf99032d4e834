// Uri parameters (search.html#uri) and canonical references (search.html#versions).
import type { Value } from './values.ts';

const URIS = ['uri', 'url', 'canonical', 'oid', 'uuid'];

/** Whether a value of a uri parameter matches: exactly, or as a URL above or below another (never URNs). */
export function matchUri({ type, value }: Value, search: string, modifier?: string): boolean {
  if (!URIS.includes(type)) return false;
  const isCanonical = type === 'canonical';
  if (isCanonical ? matchCanonical(value, search) : value === search) return true;
  if (modifier === 'below') return isUnder(value, search) || (isCanonical && isVersionUnder(value, search));
  return modifier === 'above' && isUnder(search, isCanonical ? value.split('|')[0]! : value);
}

const isUnder = (longer: string, shorter: string): boolean =>
  !/^urn:/i.test(shorter) && longer.startsWith(shorter.endsWith('/') ? shorter : `${shorter}/`);

/** `url|1` is above `url|1.2` (search.html#versions). */
const isVersionUnder = (value: string, search: string): boolean =>
  search.includes('|') && value.startsWith(`${search}.`);

/** A canonical without a version finds every version, one with a version finds this one. */
export function matchCanonical(value: string, search: string): boolean {
  return value === search || (!search.includes('|') && value.split('|')[0] === search);
}
