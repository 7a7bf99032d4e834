// ETags and HTTP dates of resource versions (http.html#concurrency, RFC 9110 §8.8, §13.1).
import { refuse } from '../errors.ts';

/** `W/"3"` */
export const etag = (version: number) => `W/"${version}"`;

/**
 * The version of an If-Match value, or `*` for any; weak and strong forms and a bare number are taken.
 * @throws FhirError 400 for anything else
 */
export function parseEtag(header: string): number | '*' {
  const tag = header.trim();
  if (tag === '*') return tag;
  const match = /^(?:W\/)?"(\d{1,9})"$|^(\d{1,9})$/.exec(tag);
  if (!match)
    throw refuse(
      400,
      'value',
      `If-Match must be a version ETag such as W/"3", not "${header.slice(0, 80)}".`,
    );
  return Number(match[1] ?? match[2]);
}

/** Whether a conditional read answers 304: If-None-Match wins over If-Modified-Since, which has whole seconds. */
export function notModified(
  version: number,
  lastUpdated: Date,
  ifNoneMatch: string | undefined,
  ifModifiedSince: string | undefined,
): boolean {
  if (ifNoneMatch !== undefined) {
    return ifNoneMatch
      .split(',')
      .some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === `"${version}"`);
  }
  if (ifModifiedSince === undefined) return false;
  const since = Date.parse(ifModifiedSince);
  return Number.isFinite(since) && Math.floor(lastUpdated.getTime() / 1000) * 1000 <= since;
}
