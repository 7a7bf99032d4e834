// Bundles as JSON text, put together around resource texts that are not parsed on the way (bundle.html).

export interface BundleLink {
  relation: string;
  url: string;
}

export interface BundleEntry {
  fullUrl?: string;
  /** JSON text of the resource */
  resource?: string;
  search?: { mode: 'match' | 'include' | 'outcome' };
  request?: { method: string; url: string };
  response?: { status: string; location?: string; etag?: string; lastModified?: string; outcome?: unknown };
}

export interface BundleHead {
  type: string;
  id?: string;
  total?: number;
  links?: BundleLink[];
}

/** Everything before the first entry; close with {@link bundleEnd}. */
export function bundleStart(head: BundleHead): string {
  const { type, id, total, links } = head;
  const start = {
    resourceType: 'Bundle',
    ...(id === undefined ? {} : { id }),
    meta: { lastUpdated: new Date().toISOString() },
    type,
    ...(total === undefined ? {} : { total }),
    ...(links && links.length > 0 ? { link: links } : {}),
  };
  return JSON.stringify(start).slice(0, -1);
}

/** One entry as text. */
export function entryText({ fullUrl, resource, search, request, response }: BundleEntry): string {
  const parts: string[] = [];
  if (fullUrl !== undefined) parts.push(`"fullUrl":${JSON.stringify(fullUrl)}`);
  if (resource !== undefined) parts.push(`"resource":${resource}`);
  if (search) parts.push(`"search":${JSON.stringify(search)}`);
  if (request) parts.push(`"request":${JSON.stringify(request)}`);
  if (response) parts.push(`"response":${JSON.stringify(response)}`);
  return `{${parts.join(',')}}`;
}

/** A whole Bundle. An empty list of entries is left out, as FHIR JSON forbids empty arrays. */
export function bundleText(head: BundleHead, entries: BundleEntry[]): string {
  const start = bundleStart(head);
  return entries.length > 0 ? `${start},"entry":[${entries.map(entryText).join(',')}]}` : `${start}}`;
}
