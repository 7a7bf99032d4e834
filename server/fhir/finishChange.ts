// The last step of a write before the store: links rewritten, an unchanged update recognised, text and index rows made.
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { Change } from '../store/change.ts';
import type { Annotate } from './evaluateVitals.ts';
import type { PlannedWrite } from './linkTargets.ts';
import type { Planned, WriteResult } from './planChange.ts';
import { exactSource, sameContent, stamped } from './resourceText.ts';
import { type LinkTargets, rewriteLinks } from './rewriteLinks.ts';

/**
 * The change to store for a planned write, or undefined where nothing is stored; an update that turns out to change
 * nothing is marked so in its plan.
 * @throws FhirError for links that lead nowhere
 */
export function finishChange(
  services: Services,
  { prepared, planned: plan, links }: PlannedWrite,
  targets: LinkTargets,
  now: number,
  annotate?: Annotate,
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
  rewriteLinks(services.definitions, plan.resource, links, request.fullUrl, targets);
  const resource = annotate ? annotate(plan.resource) : plan.resource;
  if (plan.change === 'updated' && !request.always) {
    const current = parseJson(plan.current!.content!) as Resource;
    if (sameContent(current, { ...resource, id: plan.id })) {
      plan.change = 'unchanged';
      plan.version = plan.current!.version;
      return undefined;
    }
  }
  return changeTo(services, resource, to, lastUpdated);
}

/** A change that stores this resource as this version. */
export function changeTo(
  services: Services,
  resource: Resource,
  to: Omit<Change, 'lastUpdated' | 'content' | 'source' | 'rows'>,
  lastUpdated: number,
): Change {
  const final = stamped(resource, to.id, to.version, lastUpdated);
  const content = JSON.stringify(final);
  return { ...to, lastUpdated, content, source: exactSource(content, final), rows: services.extract(final) };
}

/** What became of a planned write. */
export function resultOf(plan: Planned, change: Change | undefined): WriteResult {
  return {
    change: plan.change,
    type: plan.type,
    id: plan.id,
    version: plan.version,
    lastUpdated: change ? new Date(change.lastUpdated) : (plan.current?.lastUpdated ?? new Date()),
    content: change ? change.content : (plan.current?.content ?? null),
  };
}
