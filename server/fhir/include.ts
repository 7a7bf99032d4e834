// _include and _revinclude (search.html#include): what the matches of a page refer to, what refers to them, and with
// `:iterate` so on. Every page stands alone: what belongs to its matches comes with it, each resource once.
import type { Issue } from '../errors.ts';
import type { ReferenceContext } from '../search/parameters/reference.ts';
import { includeText } from '../search/parseInclude.ts';
import type { Include, SearchPlan } from '../search/searchPlan.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { FoundResource, StoredVersion } from '../store/resources.ts';
import { breathe } from './breathe.ts';
import { type Referred, referrersOf } from './includeReferrers.ts';
import { type FollowedPath, fetchTargets, followedPaths, type Target, targetsOf } from './includeTargets.ts';

/** Included resources of a page. */
export const mostIncluded = 1_000;
/** How far `:iterate` goes from the matches. */
export const mostRounds = 8;
/** Targets fetched in one statement. */
const CHUNK = 1_000;

/** What was included, in the order it was found, and a warning for each include that could not be followed to its end. */
export interface Included {
  resources: StoredVersion[];
  warnings: Issue[];
}

/** One page's includes as they are being followed. */
interface Walk {
  db: Database;
  context: ReferenceContext;
  /** names of what is in the answer or was looked for in vain */
  known: Set<string>;
  /** keys of the current versions in the answer */
  keys: Set<number>;
  found: { stored: StoredVersion; include: Include }[];
  /** includes of which something was left out because the page is full */
  cut: Set<Include>;
}

/**
 * What the includes of a search add to a page of matches.
 * @param base URL that the client used, for references that spell it out
 */
export async function includedResources(
  services: Services,
  db: Database,
  { includes }: Pick<SearchPlan, 'includes'>,
  matches: readonly FoundResource[],
  base?: string,
): Promise<Included> {
  const baseUrls = base === undefined ? services.baseUrls : [...services.baseUrls, base];
  const walk: Walk = {
    db,
    context: { definitions: services.definitions, baseUrls },
    known: new Set(matches.map(({ type, id }) => `${type}/${id}`)),
    keys: new Set(matches.map(({ key }) => key)),
    found: [],
    cut: new Set(),
  };
  let sources: readonly FoundResource[] = matches;
  for (let round = 0; sources.length > 0 && walk.cut.size === 0; round++) {
    const followed = round === 0 ? includes : includes.filter(({ iterate }) => iterate);
    if (followed.length === 0) break;
    const before = walk.found.length;
    await follow(walk, followed, sources);
    const added = walk.found.slice(before);
    if (round === mostRounds && added.length > 0) {
      // Looked at only to know whether anything is left out.
      walk.found.length = before;
      const further = new Set(added.map(({ include }) => include));
      return { resources: walk.found.map(storedOf), warnings: [...further].map(tooFar) };
    }
    sources = added.map(storedOf);
  }
  return { resources: walk.found.map(storedOf), warnings: [...walk.cut].map(tooMany) };
}

const storedOf = ({ stored }: { stored: StoredVersion }): StoredVersion => stored;

/** One round: what `sources` refer to, then what refers to them. */
async function follow(
  walk: Walk,
  includes: readonly Include[],
  sources: readonly FoundResource[],
): Promise<void> {
  const referred: Referred[] = [];
  for (const [index, { type, id, content }] of sources.entries()) {
    await breathe(index);
    referred.push({ type, id, resource: JSON.parse(content!) as Resource });
  }
  await includeTargets(walk, includes, referred);
  for (const include of includes.filter(({ reverse }) => reverse)) {
    const room = mostIncluded - walk.found.length;
    const { found, more } = await referrersOf(walk.db, walk.context, include, referred, walk.keys, room);
    for (const stored of found) add(walk, stored, true, include);
    if (more) walk.cut.add(include);
  }
}

async function includeTargets(
  walk: Walk,
  includes: readonly Include[],
  sources: readonly Referred[],
): Promise<void> {
  const { db, context, known } = walk;
  const paths = new Map<string, FollowedPath[]>();
  const wanted: Target[] = [];
  for (const { type, resource } of sources) {
    const followed = paths.get(type) ?? followedPaths(context.definitions, includes, type);
    paths.set(type, followed);
    for (const target of targetsOf(resource, followed, context)) {
      if (known.has(target.name)) continue;
      known.add(target.name);
      wanted.push(target);
    }
  }
  for (let start = 0; start < wanted.length && walk.cut.size === 0; start += CHUNK) {
    const found = await fetchTargets(db, context.definitions, wanted.slice(start, start + CHUNK));
    for (const { target, stored, current } of found) add(walk, stored, current, target.include);
  }
}

/** Adds what is not there yet, under whatever name it was found: its id, a version, its url. */
function add(walk: Walk, stored: StoredVersion, current: boolean, include: Include): void {
  if (current && walk.keys.has(stored.key)) return;
  if (walk.found.length >= mostIncluded) {
    walk.cut.add(include);
    return;
  }
  if (current) {
    walk.keys.add(stored.key);
    walk.known.add(`${stored.type}/${stored.id}`);
  }
  walk.found.push({ stored, include });
}

function tooMany(include: Include): Issue {
  return {
    severity: 'warning',
    code: 'too-costly',
    diagnostics:
      `'${includeText(include)}' was cut short: a page includes at most ${mostIncluded} resources. ` +
      'Ask for smaller pages with _count, or search for these resources themselves.',
  };
}

function tooFar(include: Include): Issue {
  return {
    severity: 'warning',
    code: 'too-costly',
    diagnostics: `'${includeText(include)}' was followed ${mostRounds} times; what lies further away is left out.`,
  };
}
