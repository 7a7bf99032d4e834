// Uri parameters (search.html#uri): exact match; a canonical is also found without its version. `:above` looks up every
// URL above the one asked for, `:below` a row that each stored URL has for every URL above itself.

import { boundedCache } from '../../boundedCache.ts';
import type { IndexPath, ParameterPath } from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { hash64 } from '../hash64.ts';
import { unescapeValue } from '../splitValue.ts';
import { tokenForm } from './token.ts';
import { isUrl, mostLevels, splitCanonical, urlsAbove, versionsAbove } from './uriHierarchy.ts';

/** Most resources of a type claim the same profile, so that it is kept as a trait. */
const formOf = (id: string): string => (id.endsWith('.meta.profile') ? 'profile' : 'uri');
const belowFormOf = (id: string): string => `${formOf(id)}/below`;

/** Emits the rows of one uri value at an index path. */
export function uriEmitter({
  id,
  dataType,
  mandatory,
}: IndexPath): (value: unknown, tokens: bigint[]) => void {
  const form = formOf(id);
  const below = belowFormOf(id);
  const present = mandatory ? undefined : hash64(id, tokenForm.present, '');
  const rows = (text: string): bigint[] => {
    const { url, version } = dataType === 'canonical' ? splitCanonical(text) : { url: text };
    const hashes = [hash64(id, form, text), ...urlsAbove(url).map((above) => hash64(id, below, above))];
    if (version === undefined) return hashes;
    const versions = versionsAbove(version).map((above) => hash64(id, below, `${url}|${above}`));
    return [...hashes, hash64(id, form, url), ...versions];
  };
  const rowsOf = form === 'profile' ? boundedCache(256, rows) : rows;
  return (value, tokens) => {
    if (typeof value !== 'string') return;
    tokens.push(...rowsOf(value));
    if (present !== undefined) tokens.push(present);
  };
}

/** The hashes a uri search value matches. @throws FhirError 400 when it is empty */
export function matchUri(parameter: string, paths: readonly ParameterPath[], text: string): bigint[] {
  const uri = unescapeValue(text);
  if (uri === '') throw refuse(400, 'value', `Search parameter '${parameter}' has an empty value.`);
  return paths.map(({ path }) => hash64(path.id, formOf(path.id), uri));
}

/**
 * The hashes of `:below`: the URL itself, and rows of URLs under it by path segments; with a version (canonicals only)
 * those of versions that start with it.
 * @throws FhirError 400 when it is no URL, or deeper than what is indexed
 */
export function matchUriBelow(parameter: string, paths: readonly ParameterPath[], text: string): bigint[] {
  const uri = hierarchicalUri(parameter, 'below', text);
  return paths.flatMap(({ path }) => {
    const exact = (value: string): bigint => hash64(path.id, formOf(path.id), value);
    const { url, version } = partsAt(path, uri);
    if (version !== undefined) return [exact(uri), hash64(path.id, belowFormOf(path.id), uri)];
    const bare = url.replace(/\/+$/, '');
    return [exact(bare), exact(`${bare}/`), hash64(path.id, belowFormOf(path.id), bare)];
  });
}

/**
 * The hashes of `:above`: the URL itself and every URL above it; with a version (canonicals only) that version and those
 * it starts with.
 * @throws FhirError 400 when it is no URL, or deeper than what is indexed
 */
export function matchUriAbove(parameter: string, paths: readonly ParameterPath[], text: string): bigint[] {
  const uri = hierarchicalUri(parameter, 'above', text);
  return paths.flatMap(({ path }) => {
    const exact = (value: string): bigint => hash64(path.id, formOf(path.id), value);
    const { url, version } = partsAt(path, uri);
    if (version !== undefined) {
      return [exact(uri), ...versionsAbove(version).map((above) => exact(`${url}|${above}`))];
    }
    const bare = url.replace(/\/+$/, '');
    const levels = [...new Set([...urlsAbove(url), bare])];
    return [...new Set([url, ...levels.flatMap((level) => [level, `${level}/`])])].map(exact);
  });
}

function partsAt({ dataType }: IndexPath, uri: string): { url: string; version?: string } {
  return dataType === 'canonical' ? splitCanonical(uri) : { url: uri };
}

/** The search value of `:above` or `:below`, unescaped. */
function hierarchicalUri(parameter: string, modifier: 'above' | 'below', text: string): string {
  const uri = unescapeValue(text);
  if (!isUrl(uri)) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}:${modifier}' takes an http or https URL, whose path segments are a hierarchy, not '${uri}'.`,
    );
  }
  const { url, version = '' } = splitCanonical(uri);
  if (urlsAbove(url).length >= mostLevels || versionsAbove(version).length >= mostLevels) {
    throw refuse(
      400,
      'too-long',
      `Search parameter '${parameter}:${modifier}' takes at most ${mostLevels} levels of a URL.`,
    );
  }
  return uri;
}
