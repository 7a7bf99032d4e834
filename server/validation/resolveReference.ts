// What a reference leads to, as far as the resource at hand tells (references.html, bundle.html#references): a contained
// resource, an entry of the Bundle around it, or just the type that is written in it.
import type { JudgeScope } from './judgeScope.ts';
import type { JsonObject } from './structureIssues.ts';

export interface Resolved {
  /** where it is at hand */
  readonly resource?: JsonObject;
  /** where it is known */
  readonly type?: string;
}

/** Undefined for a reference to something contained that is not there. */
export function resolveReference(reference: string, scope: JudgeScope): Resolved | undefined {
  const { root } = scope;
  if (reference.startsWith('#')) {
    if (reference === '#') return { resource: root, type: root.resourceType as string };
    const found = root.contained === undefined ? undefined : containedIn(root).get(reference.slice(1));
    return found && { resource: found, type: found.resourceType as string };
  }
  const resource = scope.bundle && entryOf(reference, scope.bundle, scope);
  if (resource) return { resource, type: resource.resourceType as string };
  const sent = scope.sent?.(reference);
  if (sent) return { resource: sent, type: sent.resourceType as string };
  return { type: typeIn(reference, scope.knowledge.definitions.resourceTypes) };
}

/** The type that a literal reference names: `Patient/1`, `http://host/base/Patient/1/_history/2`, `Patient?identifier=…`. */
function typeIn(reference: string, known: ReadonlySet<string>): string | undefined {
  const conditional = /^([A-Z][A-Za-z]*)\?/.exec(reference)?.[1];
  const type =
    conditional ??
    /(?:^|\/)([A-Z][A-Za-z]*)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/.exec(
      reference,
    )?.[1];
  return type !== undefined && known.has(type) ? type : undefined;
}

const containers = new WeakMap<JsonObject, Map<unknown, JsonObject>>();

/** Contained resources by id; of two with the same the first. */
function containedIn(root: JsonObject): Map<unknown, JsonObject> {
  const known = containers.get(root);
  if (known) return known;
  const index = new Map((root.contained as JsonObject[]).toReversed().map((each) => [each.id, each]));
  containers.set(root, index);
  return index;
}

const indexes = new WeakMap<JsonObject, Map<string, JsonObject>>();

function entryOf(
  reference: string,
  bundle: JsonObject,
  { root, knowledge }: JudgeScope,
): JsonObject | undefined {
  const known = indexes.get(bundle) ?? indexEntries(bundle);
  indexes.set(bundle, known);
  const plain = reference.replace(/\/_history\/[^/]*$/, '');
  const found = known.get(reference) ?? known.get(plain);
  if (
    found ||
    /^[a-z][a-z0-9+.-]*:/i.test(plain) ||
    typeIn(plain, knowledge.definitions.resourceTypes) === undefined
  )
    return found;
  // A relative reference is meant relative to the base of the entry that has it.
  const own = ((bundle.entry ?? []) as JsonObject[]).find(({ resource }) => resource === root)?.fullUrl;
  const base =
    typeof own === 'string' && /^https?:/.test(own) ? own.split('/').slice(0, -2).join('/') : undefined;
  return base === undefined ? undefined : known.get(`${base}/${plain}`);
}

/** Entries by fullUrl; in a transaction also as `Type/id`, which is how its entries may name one another. */
function indexEntries(bundle: JsonObject): Map<string, JsonObject> {
  const index = new Map<string, JsonObject>();
  for (const entry of (bundle.entry ?? []) as JsonObject[]) {
    const resource = entry.resource as JsonObject | undefined;
    if (!resource) continue;
    if (typeof entry.fullUrl === 'string') index.set(entry.fullUrl, resource);
    if (resource.id !== undefined) index.set(`${resource.resourceType}/${resource.id}`, resource);
  }
  return index;
}
