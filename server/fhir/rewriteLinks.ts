// Resolves every link of a set of writes to its final form: bundle-local fullUrls, conditional references and
// version-specific references (http.html#trules, bundle.html#references).
import { refuse } from '../errors.ts';
import type { Identity } from '../store/resources.ts';
import { baseOf, conditionalReference, type LinkSite, rewriteNarrative, splitVersion } from './references.ts';

/** What links may point at. Both maps are filled by the engine on each attempt. */
export interface LinkTargets {
  /** fullUrl → identity and the version it has after the writes */
  local: Map<string, { type: string; id: string; version: number }>;
  /** `Type?criteria` → identities found (or made) for it */
  conditional: Map<string, Identity[]>;
  /** whether a urn: that is no fullUrl is an error (transactions) or an outside identifier (everything else) */
  closed: boolean;
}

/**
 * Rewrites the links of one resource in place.
 * @param fullUrl of the entry that holds the resource: relative references resolve against its base
 * @throws FhirError 412 for a conditional reference that matches none or several, 400 for an unresolvable urn
 */
export function rewriteLinks(links: LinkSite[], fullUrl: string | undefined, targets: LinkTargets): void {
  const base = baseOf(fullUrl);
  const local = (url: string) => {
    const found = targets.local.get(url) ?? (base ? targets.local.get(base + url) : undefined);
    if (found) return `${found.type}/${found.id}`;
    const { base: unversioned, version } = splitVersion(url);
    if (version === undefined) return undefined;
    const versioned = targets.local.get(unversioned) ?? (base ? targets.local.get(base + unversioned) : undefined);
    return versioned && `${versioned.type}/${versioned.id}/_history/${versioned.version}`;
  };
  for (const { holder, key, original, kind } of links) {
    if (kind === 'narrative') holder[key] = rewriteNarrative(original, local);
    else if (kind === 'uri') holder[key] = local(original) ?? original;
    else if (!original.startsWith('#')) holder[key] = local(original) ?? outside(original, targets);
  }
}

/** A reference that is no bundle-local link: conditional, or left as it is. */
function outside(reference: string, targets: LinkTargets): string {
  const conditional = conditionalReference(reference);
  if (conditional) {
    const matches = targets.conditional.get(reference) ?? [];
    if (matches.length === 1) return `${matches[0]!.type}/${matches[0]!.id}`;
    throw refuse(
      412,
      matches.length === 0 ? 'not-found' : 'multiple-matches',
      `The conditional reference "${reference}" matches ${matches.length === 0 ? 'no resource' : 'several resources'}; ` +
        'it must match exactly one. Load what it refers to first, or make the criteria more specific.',
    );
  }
  if (targets.closed && /^urn:(?:uuid|oid):/.test(reference)) {
    throw refuse(
      400,
      'not-found',
      `The reference "${reference}" is the fullUrl of no entry in this bundle that is created, updated or matched.`,
    );
  }
  return reference;
}
