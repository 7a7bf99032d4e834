// Resolves every link of a set of writes to its final form: bundle-local fullUrls, conditional references and
// version-specific references (http.html#trules, bundle.html#references).
import type { Definitions } from '../definitions/definitions.ts';
import { FhirError, type Issue, refuse } from '../errors.ts';
import type { Resource } from '../services.ts';
import type { Identity } from '../store/resources.ts';
import { expressionOf } from './expressionOf.ts';
import { baseOf, type LinkSite, rewriteNarrative, splitVersion } from './references.ts';

/** What links may point at. Both maps are filled by the engine on each attempt. */
export interface LinkTargets {
  /** fullUrl → identity and the version it has after the writes */
  local: Map<string, { type: string; id: string; version: number }>;
  /** `Type?criteria` → identities found (or made) for it */
  conditional: Map<string, Identity[]>;
  /** whether what cannot be resolved is an error (transactions) or stays as it is (everything else) */
  closed: boolean;
  /** dead links that an issue names already */
  reported: Set<string>;
}

/**
 * Rewrites the links of one resource in place.
 * @param fullUrl of the entry that holds the resource: relative references resolve against its base
 * @throws FhirError 412 for conditional references that match none or several, 400 for unresolvable urns; an issue each
 */
export function rewriteLinks(
  definitions: Definitions,
  resource: Resource,
  links: LinkSite[],
  fullUrl: string | undefined,
  targets: LinkTargets,
): void {
  const local = localFinder(fullUrl, targets);
  const refusals: FhirError[] = [];
  for (const link of links) {
    const { holder, key, original, kind } = link;
    if (kind === 'narrative') holder[key] = rewriteNarrative(original, local);
    else if (kind === 'uri') holder[key] = local(original) ?? original;
    else if (!original.startsWith('#')) {
      const found = local(original) ?? matched(link, targets);
      holder[key] = found ?? original;
      if (found !== undefined || !targets.closed || targets.reported.has(original)) continue;
      const refusal = deadLink(link, targets);
      if (!refusal) continue;
      targets.reported.add(original);
      const expression = [`${expressionOf(definitions, resource, holder)}.${key}`];
      refusals.push(
        new FhirError(
          refusal.status,
          refusal.issues.map((issue): Issue => ({ ...issue, expression })),
        ),
      );
    }
  }
  const [first] = refusals;
  if (first)
    throw new FhirError(
      first.status,
      refusals.flatMap(({ issues }) => issues),
    );
}

/** Finds what a url among the links leads to inside the set of writes. */
function localFinder(fullUrl: string | undefined, targets: LinkTargets): (url: string) => string | undefined {
  const base = baseOf(fullUrl);
  return (url) => {
    const found = targets.local.get(url) ?? (base ? targets.local.get(base + url) : undefined);
    if (found) return `${found.type}/${found.id}`;
    const { base: unversioned, version } = splitVersion(url);
    if (version === undefined) return undefined;
    const versioned =
      targets.local.get(unversioned) ?? (base ? targets.local.get(base + unversioned) : undefined);
    return versioned && `${versioned.type}/${versioned.id}/_history/${versioned.version}`;
  };
}

/** What a link of an entry will be rewritten to, if it is. */
export function targetOf(
  link: LinkSite,
  fullUrl: string | undefined,
  targets: LinkTargets,
): string | undefined {
  return localFinder(fullUrl, targets)(link.original) ?? matched(link, targets);
}

/** The one match of a conditional reference. */
function matched({ criteria }: LinkSite, { conditional }: LinkTargets): string | undefined {
  const matches = criteria === undefined ? [] : (conditional.get(criteria) ?? []);
  return matches.length === 1 ? `${matches[0]!.type}/${matches[0]!.id}` : undefined;
}

/** Why a reference that leads nowhere is refused; undefined for one that leads out of the bundle. */
function deadLink({ original, criteria }: LinkSite, { conditional }: LinkTargets): FhirError | undefined {
  if (criteria !== undefined) {
    const none = (conditional.get(criteria)?.length ?? 0) === 0;
    return refuse(
      412,
      none ? 'not-found' : 'multiple-matches',
      `The conditional reference "${original}" matches ${none ? 'no resource' : 'several resources'}; ` +
        'it must match exactly one. Load what it refers to first, or make the criteria more specific.',
    );
  }
  if (!/^urn:(?:uuid|oid):/.test(original)) return undefined;
  return refuse(
    400,
    'not-found',
    `The reference "${original}" is the fullUrl of no entry in this bundle that is created, updated or matched.`,
  );
}
