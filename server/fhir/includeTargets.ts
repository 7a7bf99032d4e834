// What the references of a resource lead to, for _include (search.html#include): local resources, versions of them where
// one is named, and resources known by their canonical url (references.html#canonical).
import type { Definitions } from '../definitions/definitions.ts';
import type { ParameterPath, SearchParameter } from '../definitions/searchParameter.ts';
import { collectValues } from '../search/collectValues.ts';
import { isCanonical, pathTargets, referenceParameters, urlParameter } from '../search/includesOf.ts';
import { type ReferenceContext, resolveReference } from '../search/parameters/reference.ts';
import { matchUri } from '../search/parameters/uri.ts';
import type { Include } from '../search/searchPlan.ts';
import type { Resource } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type CanonicalProbe, readByCanonical, readNamedVersions } from '../store/includes.ts';
import { readMany, type StoredVersion } from '../store/resources.ts';

/** A place of a resource type that an include follows. */
export interface FollowedPath {
  include: Include;
  parameter: SearchParameter;
  path: ParameterPath;
}

/** Something that a reference leads to. `name` tells the same target from another. */
export type Target = { include: Include; name: string } & (
  | { kind: 'current'; type: string; id: string }
  | { kind: 'version'; type: string; id: string; version: number }
  | { kind: 'canonical'; url: string; version?: string; types: string[] }
);

/** What the includes follow in resources of one type. */
export function followedPaths(
  definitions: Definitions,
  includes: readonly Include[],
  type: string,
): FollowedPath[] {
  return includes
    .filter((include) => !include.reverse && (include.type === '*' || include.type === type))
    .flatMap((include) =>
      referenceParameters(definitions, type)
        .filter(({ code }) => include.parameter === '*' || include.parameter === code)
        .flatMap((parameter) => parameter.paths.map((path) => ({ include, parameter, path }))),
    );
}

/** The targets of a resource at these paths, in the order of the paths; one may be there more than once. */
export function targetsOf(
  resource: Resource,
  paths: readonly FollowedPath[],
  context: ReferenceContext,
): Target[] {
  return paths.flatMap((followed) =>
    collectValues(resource, followed.path.path.steps).flatMap((value) => targetOf(value, followed, context)),
  );
}

function targetOf(value: unknown, followed: FollowedPath, context: ReferenceContext): Target[] {
  const { include, path } = followed;
  if (isCanonical(path)) return typeof value === 'string' ? canonicalTargets(value, followed, context) : [];
  if (typeof value !== 'object' || value === null) return [];
  const { reference, resourceType, id } = value as Record<string, unknown>;
  // A resource held inside another (Bundle.entry[0]) is found by what it is called.
  const text = path.path.dataType === 'Resource' ? `${resourceType}/${id}` : reference;
  // What is contained in a resource comes with it.
  if (typeof text !== 'string' || text.startsWith('#')) return [];
  return literalTarget(text, include, [path.targetType, include.targetType], context);
}

/** A reference to a resource of this server; none for one elsewhere, or of another type than was asked for. */
function literalTarget(
  text: string,
  include: Include,
  wanted: (string | undefined)[],
  context: ReferenceContext,
): Target[] {
  const { value, type, versioned } = resolveReference(text, context);
  if (type === undefined || !value.startsWith(`${type}/`)) return [];
  if (wanted.some((one) => one !== undefined && one !== type)) return [];
  const id = value.slice(type.length + 1);
  if (versioned === undefined) return [{ include, kind: 'current', name: value, type, id }];
  const version = Number(/\/_history\/([1-9]\d{0,8})$/.exec(versioned)?.[1] ?? 0);
  return version === 0 ? [] : [{ include, kind: 'version', name: versioned, type, id, version }];
}

/** A canonical under our own base may be the address of a resource, its url, or both. */
function canonicalTargets(
  text: string,
  { include, parameter, path }: FollowedPath,
  context: ReferenceContext,
): Target[] {
  const [plain = ''] = text.split('#');
  const [url = '', version] = plain.split('|');
  const all = pathTargets(context.definitions, parameter, path);
  const types = include.targetType === undefined ? all : all.filter((type) => type === include.targetType);
  const addressed = literalTarget(url, include, [path.targetType, include.targetType], context);
  if (url === '' || types.length === 0) return addressed;
  const named = version === undefined || version === '' ? {} : { version };
  return [...addressed, { include, kind: 'canonical', name: `${plain} ${types}`, url, ...named, types }];
}

/** What is there of the targets, in their order; deleted resources are not. */
export async function fetchTargets(
  db: Database,
  definitions: Definitions,
  targets: readonly Target[],
): Promise<{ target: Target; stored: StoredVersion; current: boolean }[]> {
  const current = targets.filter((target) => target.kind === 'current');
  const versions = targets.filter((target) => target.kind === 'version');
  const canonicals = targets.filter((target) => target.kind === 'canonical');
  const found = new Map<string, { stored: StoredVersion; current: boolean }>();
  if (current.length > 0) {
    for (const stored of await readMany(db, current)) {
      if (!stored.deleted) found.set(`${stored.type}/${stored.id}`, { stored, current: true });
    }
  }
  if (versions.length > 0) {
    for (const each of await readNamedVersions(db, versions)) {
      found.set(`${each.stored.type}/${each.stored.id}/_history/${each.stored.version}`, each);
    }
  }
  const probes = canonicals.flatMap((target, canonical) => probesOf(definitions, target, canonical));
  if (probes.length > 0) {
    for (const [canonical, stored] of await readByCanonical(db, probes)) {
      found.set(canonicals[canonical]!.name, { stored, current: true });
    }
  }
  return targets.flatMap((target) => {
    const each = found.get(target.name);
    return each ? [{ target, ...each }] : [];
  });
}

/** The rows by which resources of each possible type say that a url is theirs. */
function probesOf(
  definitions: Definitions,
  { url, version, types }: Extract<Target, { kind: 'canonical' }>,
  canonical: number,
): CanonicalProbe[] {
  return types.flatMap((type) => {
    const { code, paths } = urlParameter(definitions, type)!;
    return matchUri(code, paths, url.replace(/[\\,$|]/g, '\\$&')).map((hash) => ({
      canonical,
      type,
      hash,
      version,
    }));
  });
}
