// Resources of this server by canonical url (references.html#canonical): the version that is named, or else the latest.
import { parametersOf } from '../definitions/parametersOf.ts';
import { refuse } from '../errors.ts';
import { matchUri } from '../search/parameters/uri.ts';
import type { Services } from '../services.ts';
import { canonicalsOf } from '../store/canonicals.ts';
import type { Database } from '../store/database.ts';
import { readCurrent, readMany } from '../store/resources.ts';

type Json = Record<string, unknown>;

/** Resources with one canonical url that are looked at. */
const MOST_VERSIONS = 1000;

/** Urls that are asked for in one statement, and contents that are held at a time. */
const AT_ONCE = 50;

/** The resource with a canonical url: the version asked for, or the latest. */
export async function readCanonical(
  services: Services,
  db: Database,
  type: string,
  url: string,
  version: string | undefined,
): Promise<Json | undefined> {
  const canonical = version === undefined ? url : `${url}|${version}`;
  return (await readCanonicals(services, db, type, [canonical])).get(canonical);
}

/**
 * Likewise of many (`url` or `url|version`), by what was asked for; those that are not stored are left out.
 * @throws FhirError 400 (too-costly) when there are more versions of them than are looked at
 */
export async function readCanonicals(
  services: Services,
  db: Database,
  type: string,
  canonicals: readonly string[],
): Promise<Map<string, Json>> {
  const contents = new Map<string, Json>();
  for (let start = 0; start < canonicals.length; start += AT_ONCE) {
    const ids = await idsOf(services, db, type, canonicals.slice(start, start + AT_ONCE));
    const stored = await readMany(
      db,
      [...new Set(ids.values())].map((id) => ({ type, id })),
    );
    const byId = new Map(stored.map(({ id, content }) => [id, content]));
    for (const [canonical, id] of ids) {
      const content = byId.get(id);
      if (content) contents.set(canonical, JSON.parse(content) as Json);
    }
  }
  return contents;
}

async function idsOf(
  services: Services,
  db: Database,
  type: string,
  canonicals: readonly string[],
): Promise<Map<string, string>> {
  const asked = canonicals.map((canonical) => ({ canonical, parts: splitCanonical(canonical) }));
  const versions = await findVersions(
    services,
    db,
    type,
    asked.map(({ parts: [url] }) => url),
  );
  const byUrl = Map.groupBy(versions, ({ url }) => url);
  const ids = new Map<string, string>();
  for (const { canonical, parts } of asked) {
    const [url, version] = parts;
    const latest = latestOf(byUrl.get(url) ?? [], version);
    if (latest) ids.set(canonical, latest.id);
  }
  return ids;
}

/** A stored resource with its canonical url and its business version. */
export interface StoredVersion {
  url: string;
  id: string;
  version?: string;
}

/**
 * All stored resources of a type that have one of these urls, the newest first.
 * @throws FhirError 400 (too-costly) when there are more than are looked at
 */
export async function findVersions(
  { definitions }: Services,
  db: Database,
  type: string,
  urls: readonly string[],
): Promise<StoredVersion[]> {
  // NamingSystem has no url.
  const paths = parametersOf(definitions, type).get('url')?.paths ?? [];
  const urlOf = new Map<bigint, string>();
  for (const url of urls) {
    if (url === '') continue;
    for (const hash of matchUri('url', paths, url.replace(/[\\,$|]/g, '\\$&'))) urlOf.set(hash, url);
  }
  if (urlOf.size === 0) return [];
  const most = MOST_VERSIONS * urlOf.size;
  const stored = await canonicalsOf(db, type, [...urlOf.keys()], most + 1);
  if (stored.length > most) {
    const which = urlOf.size === 1 ? `the url ${urls[0]}` : `one of ${urlOf.size} urls`;
    throw refuse(400, 'too-costly', `More than ${most} stored ${type} resources have ${which}.`);
  }
  return stored.map(({ hash, ...rest }) => ({ url: urlOf.get(hash)!, ...rest }));
}

/** Of those with the version asked for, or of all, the latest; they come newest first, so that of equal versions the newest stays. */
function latestOf(
  candidates: readonly StoredVersion[],
  version: string | undefined,
): StoredVersion | undefined {
  return candidates
    .filter((candidate) => version === undefined || candidate.version === version)
    .reduce<StoredVersion | undefined>(
      (best, next) => (best && compareVersions(next.version, best.version) <= 0 ? best : next),
      undefined,
    );
}

/** `url|version` in two. */
export function splitCanonical(canonical: string): [url: string, version: string | undefined] {
  const bar = canonical.indexOf('|');
  return bar < 0 ? [canonical, undefined] : [canonical.slice(0, bar), canonical.slice(bar + 1)];
}

/** `[type]/[id]`, relative or under one of this server's URLs. */
export async function readReference(
  { baseUrls }: Services,
  db: Database,
  type: string,
  reference: string,
  version: string | undefined,
): Promise<Json | undefined> {
  const base = baseUrls.find((url) => reference.startsWith(`${url}/`));
  const [named, id = '', ...rest] = (base ? reference.slice(base.length + 1) : reference).split('/');
  if (named !== type || rest.length > 0 || !/^[A-Za-z0-9\-.]{1,64}$/.test(id)) return undefined;
  const found = await readContent(db, type, id);
  return version === undefined || found?.version === version ? found : undefined;
}

/** The current content of a resource; undefined where there is none. */
export async function readContent(db: Database, type: string, id: string): Promise<Json | undefined> {
  const stored = await readCurrent(db, type, id);
  return stored?.content ? (JSON.parse(stored.content) as Json) : undefined;
}

/**
 * Orders business versions: part by part, numbers by value and others as text (`4.0.1` < `4.0.10`, `2019-01` < `2020-01`);
 * none comes before any, and a pre-release (`1.0.0-draft`) before its release.
 */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [l, r] = [left[i], right[i]];
    const order = comparePart(l, r);
    if (order !== 0) return order;
  }
  return 0;
}

const partsOf = (version: string): string[] => version.match(/\d+|[^\d.\-+_\s]+/g) ?? [];

/** A number is above nothing, nothing above a word, and a number above a word. */
function comparePart(a: string | undefined, b: string | undefined): number {
  const rank = (part: string | undefined): number => (part === undefined ? 1 : /^\d/.test(part) ? 2 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === undefined || b === undefined) return 0;
  if (rank(a) === 2) return Number(BigInt(a) - BigInt(b) > 0n) - Number(BigInt(a) - BigInt(b) < 0n);
  return a < b ? -1 : a > b ? 1 : 0;
}
