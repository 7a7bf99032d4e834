// One attempt at a set of writes inside a transaction: lock, match, read, plan, rewrite links, index, store.
// Every step starts from the prepared requests, so an attempt that loses a race can simply be made again.
import type { PoolClient } from 'pg';
import { refuse } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { type Database, lockNames } from '../store/database.ts';
import { type Identity, readMany, type StoredVersion } from '../store/resources.ts';
import { type Change, writeResources } from '../store/writeResources.ts';
import { findMatches } from './criteria.ts';
import { identitiesOf } from './matchRules.ts';
import { placeholderFor } from './placeholder.ts';
import { type Planned, planChange, type WriteResult } from './planChange.ts';
import type { Prepared } from './prepareWrites.ts';
import { findLinks } from './references.ts';
import { newId } from './resourceId.ts';
import { exactSource, sameContent, stamped } from './resourceText.ts';
import { type LinkTargets, rewriteLinks } from './rewriteLinks.ts';
import type { WriteOptions } from './write.ts';

interface Attempt {
  services: Services;
  db: Database;
  /** whether `db` is a transaction, in which rows and criteria can be locked */
  locks: boolean;
  round: Prepared[];
  options: WriteOptions;
  /** takes the refusal of one request: throws it, or notes it as that request's result */
  refused: (index: number, error: unknown) => void;
}

/** A request with one identity it concerns, before and after planning. */
interface Target extends Identity {
  prepared: Prepared;
  planned?: Planned;
}

/** Most identities one conditional delete may remove. */
const conditionalDeleteMax = (services: Services) => (services.config.conditionalDelete === 'multiple' ? 1_000 : 1);

const ORDER = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2 };
const nameOf = ({ type, id }: Identity) => `${type}/${id}`;

/**
 * Makes one attempt. Requests that must wait for an earlier one on the same identity come back as `postponed`.
 * @throws WriteConflict when another client was faster
 */
export async function attemptWrites(
  attempt: Attempt,
): Promise<{ written: Map<number, WriteResult>; postponed: Prepared[] }> {
  const { services, db, options, refused } = attempt;
  const round = attempt.round.toSorted((a, b) => ORDER[a.request.method] - ORDER[b.request.method]);
  const matches = await lockAndMatch(attempt);
  const { targets, postponed } = chooseTargets(attempt, round, matches);
  const current = await readTargets(attempt, targets);

  const planned = targets.filter((target) => {
    try {
      const { request } = target.prepared;
      const found = current.get(nameOf(target));
      target.planned =
        request.method === 'POST' && found && !found.deleted
          ? { ...target, change: 'matched', current: found, version: found.version }
          : planChange(request, target.id, found, services.validate);
      return true;
    } catch (error) {
      refused(target.prepared.index, error);
      return false;
    }
  }) as (Target & { planned: Planned })[];

  const now = Date.now();
  const changes: Change[] = [];
  const written = new Map<number, WriteResult>();
  const links = linkTargets(planned, matches, options);
  changes.push(...placeholders(attempt, planned, links, now));
  for (const { prepared, planned: plan } of planned) {
    try {
      const change = finish(services, prepared, plan, links, now);
      if (change) changes.push(change);
      const result = resultOf(plan, change);
      const before = written.get(prepared.index);
      written.set(prepared.index, before ? { ...before, alsoDeleted: (before.alsoDeleted ?? 0) + 1 } : result);
    } catch (error) {
      refused(prepared.index, error);
    }
  }
  if (changes.length > 0) await writeResources(db, changes);
  return { written, postponed };
}

/** Locks the criteria under which something may be created, then finds what every criteria matches. */
async function lockAndMatch({ services, db, locks, round, options }: Attempt): Promise<Map<string, Identity[]>> {
  const created = round.flatMap((p) => (p.criteria && p.request.method !== 'DELETE' ? [p.criteria.text] : []));
  const references = round.flatMap((p) => p.references);
  if (options.placeholders) created.push(...references.map((criteria) => criteria.text));
  if (locks) await lockNames(db as PoolClient, created);
  const deleting = round.flatMap((p) => (p.criteria && p.request.method === 'DELETE' ? [p.criteria] : []));
  const single = round.flatMap((p) => (p.criteria && p.request.method !== 'DELETE' ? [p.criteria] : []));
  const matches = await findMatches(db, [...single, ...references], 2);
  for (const [text, found] of await findMatches(db, deleting, conditionalDeleteMax(services) + 1)) {
    matches.set(text, found);
  }
  return matches;
}

function chooseTargets(
  { services, options, refused }: Attempt,
  round: Prepared[],
  matches: Map<string, Identity[]>,
): { targets: Target[]; postponed: Prepared[] } {
  const taken = new Map<string, number>();
  const deleted = new Set<string>();
  const targets: Target[] = [];
  const postponed: Prepared[] = [];
  for (const prepared of round) {
    const { request, index, criteria } = prepared;
    try {
      // What this transaction deletes is gone for the conditions evaluated after it.
      const found = (criteria && matches.get(criteria.text))?.filter((match) => !deleted.has(nameOf(match)));
      const identities = identitiesOf(prepared, found, conditionalDeleteMax(services));
      const rival = identities.map(nameOf).find((name) => taken.has(name));
      if (rival !== undefined && !options.atomic) {
        postponed.push(prepared);
        continue;
      }
      if (rival !== undefined) {
        throw refuse(400, 'duplicate', `${rival} is the target of entry ${options.entryIndex?.[taken.get(rival)!] ?? taken.get(rival)} already.`);
      }
      for (const identity of identities) {
        taken.set(nameOf(identity), index);
        if (request.method === 'DELETE') deleted.add(nameOf(identity));
        targets.push({ ...identity, prepared });
      }
    } catch (error) {
      refused(index, error);
    }
  }
  return { targets, postponed };
}

/** Reads (and, in a transaction, locks) the current versions of all targets but freshly made ids. */
async function readTargets({ db, locks }: Attempt, targets: Target[]): Promise<Map<string, StoredVersion>> {
  const known = targets.filter(({ id, prepared }) => id !== prepared.freshId);
  if (known.length === 0) return new Map();
  const versions = await readMany(db, known, locks);
  return new Map(versions.map((version) => [nameOf(version), version]));
}

function linkTargets(
  planned: (Target & { planned: Planned })[],
  matches: Map<string, Identity[]>,
  options: WriteOptions,
): LinkTargets {
  const local: LinkTargets['local'] = new Map();
  const conditional = new Map(matches);
  for (const { prepared, planned: plan } of planned) {
    if (plan.change === 'deleted' || plan.change === 'absent') continue;
    const identity = { type: plan.type, id: plan.id, version: plan.version };
    if (prepared.request.fullUrl !== undefined) local.set(prepared.request.fullUrl, identity);
    if (prepared.criteria) conditional.set(prepared.criteria.text, [identity]);
  }
  return { local, conditional, closed: Boolean(options.entryIndex && options.atomic) };
}

/** Changes that create a minimal resource for each conditional reference that matches nothing, where asked for. */
function placeholders(
  { services, options }: Attempt,
  planned: Target[],
  links: LinkTargets,
  now: number,
): Change[] {
  if (!options.placeholders) return [];
  const changes: Change[] = [];
  for (const { prepared } of planned) {
    for (const { type, text } of prepared.references) {
      if ((links.conditional.get(text)?.length ?? 0) > 0) continue;
      const resource = placeholderFor(type, text);
      if (!resource) continue;
      const id = newId();
      links.conditional.set(text, [{ type, id }]);
      changes.push(changeTo(services, resource, { type, id, supersedes: 0, version: 1, method: 'POST' }, now));
    }
  }
  return changes;
}

/** Rewrites links, recognises an unchanged update, and turns a plan into the change to store (if any). */
function finish(
  services: Services,
  prepared: Prepared,
  plan: Planned,
  links: LinkTargets,
  now: number,
): Change | undefined {
  const { request } = prepared;
  if (plan.change === 'matched' || plan.change === 'absent') return undefined;
  const lastUpdated = Math.max(now, plan.current?.lastUpdated.getTime() ?? 0);
  const to = {
    type: plan.type,
    id: plan.id,
    supersedes: plan.current?.version ?? 0,
    version: plan.version,
    method: request.method,
  };
  if (!plan.resource) return { ...to, lastUpdated, content: null, source: null, rows: undefined };
  // What a patch brought in is known only now.
  const sites =
    request.method === 'PATCH' ? findLinks(plan.resource, links.local, services.uriProperties) : prepared.links;
  rewriteLinks(sites, request.fullUrl, links);
  if (plan.change === 'updated') {
    plan.resource.id = plan.id;
    if (sameContent(parseJson(plan.current!.content!) as Resource, plan.resource)) {
      plan.change = 'unchanged';
      plan.version = plan.current!.version;
      return undefined;
    }
  }
  return changeTo(services, plan.resource, to, lastUpdated);
}

function changeTo(
  services: Services,
  resource: Resource,
  to: Omit<Change, 'lastUpdated' | 'content' | 'source' | 'rows'>,
  lastUpdated: number,
): Change {
  const final = stamped(resource, to.id, to.version, lastUpdated);
  const content = JSON.stringify(final);
  return { ...to, lastUpdated, content, source: exactSource(content, final), rows: services.extract(final) };
}

function resultOf(plan: Planned, change: Change | undefined): WriteResult {
  return {
    change: plan.change,
    type: plan.type,
    id: plan.id,
    version: plan.version,
    lastUpdated: change ? new Date(change.lastUpdated) : (plan.current?.lastUpdated ?? new Date()),
    content: change ? change.content : (plan.current?.content ?? null),
  };
}

