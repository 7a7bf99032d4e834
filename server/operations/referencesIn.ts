// References in a stored resource, found in its text without parsing it.
//
// A quote inside a JSON string is always escaped, so the characters `"reference":` can only be a property name.

const TARGET = /^([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/;

/** Adds `Type/id` of each literal reference, and of each attachment url that points to a Binary, to `found`. */
export function referencesIn(text: string, base: string, found: Set<string>): void {
  collect(text, '"reference":', base, found);
  if (text.includes('"Binary/') || text.includes('/Binary/')) {
    const urls = new Set<string>();
    collect(text, '"url":', base, urls);
    for (const url of urls) if (url.startsWith('Binary/')) found.add(url);
  }
}

function collect(text: string, name: string, base: string, found: Set<string>): void {
  const own = `${base}/`;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at)) {
    at += name.length;
    if (text.charCodeAt(at) === 32) at++;
    if (text.charCodeAt(at) !== 34) continue;
    const end = text.indexOf('"', at + 1);
    const value = text.slice(at + 1, end);
    at = end + 1;
    if (found.has(value)) continue;
    const target = TARGET.exec(value.startsWith(own) ? value.slice(own.length) : value);
    if (target) found.add(target[1]!);
  }
}
