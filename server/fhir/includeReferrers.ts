// What refers to resources, for _revinclude (search.html#include): index rows of their identity or canonical url.
import type { Definitions } from '../definitions/definitions.ts';
import type { ParameterPath, SearchParameter } from '../definitions/searchParameter.ts';
import { collectValues } from '../search/collectValues.ts';
import { isCanonical, referenceParameters } from '../search/includesOf.ts';
import {
  matchReference,
  type ReferenceContext,
  referenceHash,
  resolveReference,
} from '../search/parameters/reference.ts';
import type { Include } from '../search/searchPlan.ts';
import type { Resource } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type KeyOfType, newestByHash, readByKeys } from '../store/includes.ts';
import type { StoredVersion } from '../store/resources.ts';

/** Index rows asked for in one statement. */
const CHUNK = 10_000;

/** A resource that others may refer to, as parsed JSON. */
export interface Referred {
  type: string;
  id: string;
  resource: Resource;
}

/** A place where resources of a type may refer to others. */
interface ReferringPath {
  type: string;
  parameter: SearchParameter;
  path: ParameterPath;
}

/**
 * Resources that refer to any of `referred` as the include says, newest first.
 * @param known keys of what need not be found again
 * @param limit how many are wanted; `more` tells that others may be there
 */
export async function referrersOf(
  db: Database,
  context: ReferenceContext,
  include: Include,
  referred: readonly Referred[],
  known: ReadonlySet<number>,
  limit: number,
): Promise<{ found: StoredVersion[]; more: boolean }> {
  const rows: { type: string; hash: bigint }[] = [];
  for (const [type, some] of Map.groupBy(referred, (one) => one.type)) {
    for (const path of pathsTo(context.definitions, include, type)) {
      for (const one of some)
        for (const hash of hashesOf(path, one, context)) rows.push({ type: path.type, hash });
    }
  }
  const keys = new Map<number, KeyOfType>();
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = rows.slice(start, start + CHUNK);
    for (const one of await newestByHash(db, chunk, limit + known.size + 1)) {
      if (!known.has(one.key)) keys.set(one.key, one);
    }
  }
  const newest = [...keys.values()].sort((a, b) => b.key - a.key);
  const found = await readByKeys(db, newest.slice(0, limit));
  return { found: exactly(found, include, referred, context), more: newest.length > limit };
}

/** Where an include looks for references to resources of `target`. */
function pathsTo(
  definitions: Definitions,
  { type, parameter: wanted, targetType }: Include,
  target: string,
): ReferringPath[] {
  if (targetType !== undefined && targetType !== target) return [];
  const found = new Map<string, ReferringPath>();
  for (const source of type === '*' ? definitions.resourceTypes : [type]) {
    for (const parameter of referenceParameters(definitions, source)) {
      if (wanted !== '*' && wanted !== parameter.code) continue;
      for (const path of parameter.paths) {
        if (path.targetType !== undefined && path.targetType !== target) continue;
        // A wildcard has hundreds of places to look at: those that may not hold such a reference are left out.
        if (wanted === '*' && path.path.targets && !path.path.targets.includes(target)) continue;
        found.set(`${path.path.id} ${path.path.dataType}`, { type: source, parameter, path });
      }
    }
  }
  return [...found.values()];
}

function hashesOf(
  { parameter, path }: ReferringPath,
  { type, id, resource }: Referred,
  context: ReferenceContext,
): bigint[] {
  const byIdentity = referenceHash(path.path, type, id);
  const { url } = resource;
  if (!isCanonical(path) || typeof url !== 'string' || url === '') return [byIdentity];
  const text = url.replace(/[\\,$|]/g, '\\$&');
  return [byIdentity, ...matchReference({ ...parameter, paths: [path] }, text, context)];
}

/** Rows of a canonical do not tell which version it names, if any; the texts do. */
function exactly(
  found: StoredVersion[],
  include: Include,
  referred: readonly Referred[],
  context: ReferenceContext,
): StoredVersion[] {
  const { definitions } = context;
  const pathsOf = new Map<string, ParameterPath[]>();
  for (const type of new Set(found.map((one) => one.type))) {
    const parameters = referenceParameters(definitions, type).filter(
      ({ code }) => include.parameter === '*' || include.parameter === code,
    );
    pathsOf.set(
      type,
      parameters.flatMap(({ paths }) => paths),
    );
  }
  if (![...pathsOf.values()].some((paths) => paths.some(isCanonical))) return found;

  const identities = new Set(referred.map(({ type, id }) => `${type}/${id}`));
  const canonicals = new Set(referred.flatMap(({ resource }) => canonicalNames(resource)));
  const means = (value: unknown, path: ParameterPath): boolean => {
    const held = value as { reference?: unknown; resourceType?: unknown; id?: unknown } | string;
    if (typeof held === 'string') {
      const [plain = ''] = held.split('#');
      const [address = ''] = plain.split('|');
      return canonicals.has(plain) || identities.has(resolveReference(address, context).value);
    }
    const text =
      path.path.dataType === 'Resource' ? `${held?.resourceType}/${held?.id}` : String(held?.reference);
    return identities.has(resolveReference(text, context).value);
  };
  return found.filter(({ type, content }) => {
    const paths = pathsOf.get(type)!;
    if (!paths.some(isCanonical)) return true;
    const resource: unknown = JSON.parse(content!);
    return paths.some((path) => collectValues(resource, path.path.steps).some((value) => means(value, path)));
  });
}

/** How a canonical can name a resource: its url, alone or with its version. */
function canonicalNames({ url, version }: Resource): string[] {
  if (typeof url !== 'string') return [];
  return typeof version === 'string' ? [url, `${url}|${version}`] : [url];
}
