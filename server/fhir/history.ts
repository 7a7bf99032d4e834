// history of an instance, a type or the system (http.html#history).
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { countHistory, type HistoryCursor, readHistory } from '../store/history.ts';
import { readCurrent, type StoredVersion } from '../store/resources.ts';
import { type BundleEntry, bundleText } from './bundleText.ts';
import { missing } from './planChange.ts';
import { rangeParameter } from './rangeParameter.ts';

export interface HistoryRequest {
  /** absolute URL of the service base, without a trailing slash */
  base: string;
  type?: string;
  id?: string;
  query: [string, string][];
}

/**
 * A history Bundle as JSON text, newest version first, a page at a time.
 * @throws FhirError 400 for parameters history does not have, 404 for an identity that was never used
 */
export async function history(
  services: Services,
  request: HistoryRequest,
  db: Database = services.db,
): Promise<string> {
  const { type, id, base } = request;
  const options = readOptions(services, request);
  if (type !== undefined && id !== undefined && !(await readCurrent(db, type, id)))
    throw missing(type, id, undefined);
  const { count, ...query } = options;
  const versions = await readHistory(db, { ...query, limit: count + 1, ...(id === undefined ? {} : { id }) });
  const page = versions.slice(0, count);
  const path = [base, type, id, '_history'].filter((part) => part !== undefined).join('/');
  const applied = request.query.filter(([name]) => name !== '_cursor');
  const links = [{ relation: 'self', url: link(path, request.query) }];
  if (versions.length > count && page.length > 0) {
    const last = page.at(-1)!;
    const cursor = [last.lastUpdated.getTime(), last.key, last.version].join('.');
    links.push({ relation: 'next', url: link(path, [...applied, ['_cursor', cursor]]) });
  }
  const total = type !== undefined && id !== undefined ? await countHistory(db, type, id) : undefined;
  const unfiltered = query.since === undefined && query.at === undefined;
  return bundleText(
    { type: 'history', links, ...(total !== undefined && unfiltered ? { total } : {}) },
    page.map((version) => historyEntry(base, version)),
  );
}

function link(path: string, query: [string, string][]): string {
  return query.length > 0 ? `${path}?${new URLSearchParams(query)}` : path;
}

function historyEntry(base: string, version: StoredVersion): BundleEntry {
  const name = `${version.type}/${version.id}`;
  const created = version.version === 1;
  const status = version.deleted ? '204 No Content' : created ? '201 Created' : '200 OK';
  return {
    fullUrl: `${base}/${name}`,
    ...(version.content === null ? {} : { resource: version.content }),
    request: { method: version.method, url: version.method === 'POST' ? version.type : name },
    response: {
      status,
      etag: `W/"${version.version}"`,
      lastModified: version.lastUpdated.toISOString(),
    },
  };
}

/** General parameters that belong to the transport. */
const TRANSPORT = new Set(['_format', '_pretty']);

function readOptions(services: Services, { type, query }: HistoryRequest) {
  let count = services.config.defaultPageSize;
  let since: number | undefined;
  let at: { low: number; high: number } | undefined;
  let cursor: HistoryCursor | undefined;
  let types = type === undefined ? [...services.definitions.resourceTypes] : [type];
  for (const [name, value] of query) {
    if (name === '_count') count = Math.min(wholeNumber(name, value), services.config.maxPageSize);
    else if (name === '_since') since = rangeParameter(name, value).low;
    else if (name === '_at') at = rangeParameter(name, value);
    else if (name === '_cursor') cursor = readCursor(value);
    else if (name === '_type' && type === undefined) types = value.split(',');
    else if (!TRANSPORT.has(name)) {
      throw refuse(
        400,
        'not-supported',
        `history has no parameter "${name}": use _count, _since, _at or _type.`,
      );
    }
  }
  const unknown = types.find((name) => !services.definitions.resourceTypes.has(name));
  if (unknown !== undefined) throw refuse(400, 'value', `_type: "${unknown}" is no resource type.`);
  return {
    types,
    count,
    ...(since === undefined ? {} : { since }),
    ...(at === undefined ? {} : { at }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw refuse(400, 'value', `${name} must be a whole number, not "${value}".`);
  return Number(value);
}

function readCursor(value: string): HistoryCursor {
  const match = /^(\d{1,14})\.(\d{1,16})\.(\d{1,9})$/.exec(value);
  if (!match) throw refuse(400, 'value', 'The paging link is damaged: take it from the Bundle as it is.');
  return { lastUpdated: Number(match[1]), key: Number(match[2]), version: Number(match[3]) };
}
