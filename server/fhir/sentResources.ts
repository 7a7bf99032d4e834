// Resources that are sent together (entries of one bundle), by what references among them say: a fullUrl, or `Type/id`.
import type { Resource } from '../services.ts';
import type { WriteRequest } from './planChange.ts';

/** Finds what a reference leads to among the resources of one request. */
export function sentResources(
  requests: readonly WriteRequest[],
): (reference: string) => Resource | undefined {
  if (requests.length < 2) return () => undefined;
  const byReference = new Map<string, Resource>();
  for (const { fullUrl, type, id, resource } of requests) {
    if (!resource) continue;
    if (fullUrl !== undefined) byReference.set(fullUrl, resource);
    if (id !== undefined) byReference.set(`${type}/${id}`, resource);
  }
  return (reference) => byReference.get(reference);
}
