// References inside resources: finding every link once, then rewriting the links of a bundle (http.html#trules).
import type { Definitions } from '../definitions/definitions.ts';
import { propertyOf } from '../definitions/resolveElement.ts';

/** One place that may hold a link. Rewriting assigns `holder[key]` anew from `original`, so it can be repeated. */
export interface LinkSite {
  holder: Record<string, unknown>;
  key: string;
  original: string;
  kind: 'reference' | 'uri' | 'narrative';
  /** canonical text of a conditional reference's criteria */
  criteria?: string;
}

const PLAIN_TYPES = new Set(['string', 'markdown', 'code', 'id']);
const URI_TYPES = new Set(['uri', 'url', 'oid', 'uuid']);

/**
 * Names of properties that hold a uri, url, oid or uuid in some type and never plain text (`Identifier.value` is none).
 * `url` is among them: it is a string in TestScript only.
 */
export function uriProperties(definitions: Definitions): Set<string> {
  const names = new Set<string>();
  const text = new Set<string>();
  for (const { elements } of definitions.types.values()) {
    for (const element of elements.values()) {
      for (const type of element.types) {
        if (URI_TYPES.has(type)) names.add(propertyOf(element, type));
        else if (PLAIN_TYPES.has(type)) text.add(propertyOf(element, type));
      }
    }
  }
  return names.difference(text).add('url');
}

/**
 * Collects the links of a resource: each `reference`, uri-like values and narrative links equal to one of `fullUrls`.
 * The entries of a Bundle that is stored (as it is, or inside Parameters) are a document of their own and stay as they are.
 */
export function findLinks(
  resource: object,
  fullUrls: ReadonlyMap<string, unknown>,
  uriNames: ReadonlySet<string>,
): LinkSite[] {
  const sites: LinkSite[] = [];
  const look = (holder: Record<string, unknown>, key: string, property: string, name: string) => {
    const value = holder[key];
    if (typeof value === 'string') {
      if (key === 'reference') sites.push({ holder, key, original: value, kind: 'reference' });
      else if (fullUrls.size === 0) return;
      else if (key === 'div') sites.push({ holder, key, original: value, kind: 'narrative' });
      else if (uriNames.has(property) && fullUrls.has(value) && mayLink(holder, property, value, name)) {
        sites.push({ holder, key, original: value, kind: 'uri' });
      }
    } else if (value !== null && typeof value === 'object') {
      if (key === 'entry' && holder.resourceType === 'Bundle') return;
      visit(value as Record<string, unknown>, property);
    }
  };
  // Not for…in: on arrays, and on objects as varied as these, it is many times slower.
  const visit = (node: Record<string, unknown> | unknown[], name: string) => {
    const keys = Object.keys(node);
    const isArray = Array.isArray(node);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      look(node as Record<string, unknown>, key, isArray ? name : key, name);
    }
  };
  visit(resource as Record<string, unknown>, '');
  return sites;
}

/**
 * Whether a uri-like value that equals a fullUrl leads to its entry. Profiles, value sets and the like are often sent
 * under their canonical URL as fullUrl; where that URL is their name, or an extension's, it is no link.
 */
function mayLink(node: object, property: string, value: string, name: string): boolean {
  if (property === 'url' && ('resourceType' in node || /^(?:modifierE|e)xtension$/.test(name))) return false;
  return value.startsWith('urn:') || /url$/i.test(property);
}

const NARRATIVE_LINK = /(\s(?:href|src)\s*=\s*)(?:"([^"]*)"|'([^']*)')/g;

/** Replaces the targets of `href` and `src` in narrative XHTML; `resolve` answers undefined for a link to keep. */
export function rewriteNarrative(div: string, resolve: (url: string) => string | undefined): string {
  return div.replace(NARRATIVE_LINK, (whole, before: string, double?: string, single?: string) => {
    const target = resolve(double ?? single ?? '');
    return target === undefined ? whole : `${before}"${target}"`;
  });
}

const CONDITIONAL = /^([A-Z][A-Za-z]+)\?(.+)$/;

/** `Practitioner?identifier=a|b` → type and query; undefined for any other reference. */
export function conditionalReference(reference: string): { type: string; criteria: string } | undefined {
  const match = CONDITIONAL.exec(reference);
  return match ? { type: match[1]!, criteria: match[2]! } : undefined;
}

/** Splits `…/_history/n` off a reference. */
export function splitVersion(reference: string): { base: string; version?: string } {
  const at = reference.lastIndexOf('/_history/');
  return at < 0
    ? { base: reference }
    : { base: reference.slice(0, at), version: reference.slice(at + '/_history/'.length) };
}

const RESTFUL = /^(https?:\/\/.+\/)[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}$/;

/** The service base of an absolute RESTful fullUrl, against which relative references of its entry resolve. */
export function baseOf(fullUrl: string | undefined): string | undefined {
  return fullUrl === undefined ? undefined : RESTFUL.exec(fullUrl)?.[1];
}
