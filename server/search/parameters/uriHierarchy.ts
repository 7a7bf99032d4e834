// The hierarchies that `:above` and `:below` follow: path segments of a URL, and the dotted parts of a canonical's version
// (search.html#uri, search.html#canonical).

/** Levels of a hierarchy that are indexed, from its root. */
export const mostLevels = 32;

const url = /^https?:\/\/[^/?#]+/i;

/** Whether a uri has a hierarchy of path segments; `urn:oid:` and the like have none. */
export function isUrl(uri: string): boolean {
  return url.test(uri);
}

/** The URLs above a URL by path segments, from the root, none with a slash at its end; a query has its path above it. */
export function urlsAbove(uri: string): string[] {
  const root = url.exec(uri)?.[0];
  if (root === undefined) return [];
  const above: string[] = [];
  for (let i = root.length; i < uri.length && above.length < mostLevels; i++) {
    const isEnd = uri[i] === '?' || uri[i] === '#';
    // No level of its own between two slashes, or between a slash and the query.
    if ((isEnd || uri[i] === '/') && uri[i - 1] !== '/') above.push(uri.slice(0, i));
    if (isEnd) break;
  }
  return above;
}

/** A canonical in its parts; `version` is absent when it names none. */
export function splitCanonical(canonical: string): { url: string; version?: string } {
  const bar = canonical.indexOf('|');
  return bar <= 0 ? { url: canonical } : { url: canonical.slice(0, bar), version: canonical.slice(bar + 1) };
}

/** The versions above a version, from the root: `1.2.3` is below `1` and `1.2`. */
export function versionsAbove(version: string): string[] {
  const parts = version.split('.', mostLevels + 1);
  return parts.slice(1).map((_part, i) => parts.slice(0, i + 1).join('.'));
}
