// A resource on its way into the store: server-set id and meta, JSON text, and whether two versions say the same.
import type { Resource } from '../services.ts';

/** The resource with what the server decides: id, meta.versionId and meta.lastUpdated. All else stays the client's. */
export function stamped(resource: Resource, id: string, version: number, lastUpdated: number): Resource {
  const { resourceType, id: _, meta, ...rest } = resource;
  const stamp = { versionId: String(version), lastUpdated: new Date(lastUpdated).toISOString() };
  return { resourceType, id, meta: { ...meta, ...stamp }, ...rest };
}

/**
 * Whether two versions differ in nothing a client sent: server-set meta is left out, property order does not count,
 * the spelling of a decimal does (1.5 and 1.50 differ in precision).
 */
export function sameContent(a: Resource, b: Resource): boolean {
  return same(withoutServerMeta(a), withoutServerMeta(b));
}

function withoutServerMeta(resource: Resource): Resource {
  const { versionId: _, lastUpdated: __, ...meta } = resource.meta ?? {};
  const { meta: ___, ...rest } = resource;
  return Object.keys(meta).length > 0 ? { ...rest, meta } : rest;
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (JSON.isRawJSON(a) || JSON.isRawJSON(b)) {
    return JSON.isRawJSON(a) && JSON.isRawJSON(b) && a.rawJSON === b.rawJSON;
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) =>
        Object.hasOwn(b, key) &&
        same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
    )
  );
}

const MAYBE_RESPELLED = /[:[,](?:-?[\d.]+[eE]|-0(?:\.0*)?[,}\]])/;
const RESPELLED = /^-?[\d.]+[eE]|^-0(?:\.0*)?$/;

/**
 * The text to keep beside jsonb, or null where jsonb spells every number as it was written. jsonb drops exponents
 * (1e-7 becomes 0.0000001, 1.5e3 becomes 1500) and the sign of zero, and with them precision.
 */
export function exactSource(text: string, resource: Resource): string | null {
  return MAYBE_RESPELLED.test(text) && hasRespelled(resource) ? text : null;
}

function hasRespelled(node: unknown): boolean {
  if (typeof node === 'number') return RESPELLED.test(JSON.stringify(node));
  if (typeof node !== 'object' || node === null) return false;
  if (JSON.isRawJSON(node)) return RESPELLED.test(node.rawJSON);
  return Object.values(node).some(hasRespelled);
}
