// What one write request does to the version it finds: the rules of create, update, patch and delete (http.html).
import type { Issue } from '../errors.ts';
import { FhirError, refuse } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource } from '../services.ts';
import type { StoredVersion } from '../store/resources.ts';

/** One write as asked for, by HTTP, as a bundle entry or by an importer. */
export interface WriteRequest {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  type: string;
  /** absent for POST and for conditional requests */
  id?: string;
  /** raw search criteria of a conditional create, update, patch or delete */
  criteria?: string;
  /** version the client expects (If-Match); `*` is any */
  ifMatch?: number | '*';
  /** If-None-Match: * – only if nothing is there yet */
  ifNoneMatchAny?: boolean;
  /** a new version even where the content is the same: something that belongs to it changes */
  always?: boolean;
  /** body of POST and PUT; the engine owns it and sets id and meta */
  resource?: Resource;
  /** turns the current content into the new one */
  patch?: (current: Resource) => Resource;
  /** Bundle.entry.fullUrl */
  fullUrl?: string;
}

/** What became of a write. `content` is the current JSON text, null after a deletion. */
export interface WriteResult {
  change: 'created' | 'updated' | 'unchanged' | 'matched' | 'deleted' | 'absent';
  type: string;
  id: string;
  /** 0 when nothing was ever stored under the identity */
  version: number;
  lastUpdated: Date;
  content: string | null;
  /** further identities a conditional delete removed */
  alsoDeleted?: number;
  /** what the client is told of the resource it stored */
  warnings?: Issue[];
}

/** A planned change to one identity; `resource` is undefined for a deletion or where nothing is written. */
export interface Planned {
  change: WriteResult['change'];
  type: string;
  id: string;
  current?: StoredVersion;
  /** version after the request */
  version: number;
  resource?: Resource;
}

/**
 * Plans a request against the current version of its identity (undefined when the id was never used).
 * @throws FhirError 404, 410 or 412 as http.html asks
 */
export function planChange(
  request: WriteRequest,
  id: string,
  current: StoredVersion | undefined,
  validate: (resource: unknown) => Issue[],
): Planned {
  const target = { type: request.type, id, ...(current ? { current } : {}) };
  const live = current && !current.deleted ? current : undefined;
  checkPreconditions(request, id, live);
  const next = (current?.version ?? 0) + 1;
  switch (request.method) {
    case 'POST':
    case 'PUT':
      return { ...target, change: live ? 'updated' : 'created', version: next, resource: request.resource! };
    case 'PATCH': {
      if (!live) throw missing(request.type, id, current);
      const patched = request.patch!(parseJson(live.content!) as Resource);
      checkPatched(request.type, id, patched, validate);
      return { ...target, change: 'updated', version: next, resource: patched };
    }
    case 'DELETE':
      return live
        ? { ...target, change: 'deleted', version: next }
        : { ...target, change: 'absent', version: current?.version ?? 0 };
  }
}

function checkPreconditions(request: WriteRequest, id: string, live: StoredVersion | undefined): void {
  const { ifMatch } = request;
  if (ifMatch !== undefined && (ifMatch === '*' ? !live : ifMatch !== live?.version)) {
    throw refuse(
      412,
      'conflict',
      live
        ? `${request.type}/${id} is at version ${live.version}, not ${ifMatch}: read it again before changing it.`
        : `${request.type}/${id} does not exist, so it has no version to match (If-Match: ${ifMatch}).`,
    );
  }
  if (request.ifNoneMatchAny && live) {
    throw refuse(412, 'conflict', `${request.type}/${id} exists already (If-None-Match: *).`);
  }
}

function checkPatched(
  type: string,
  id: string,
  patched: Resource,
  validate: (resource: unknown) => Issue[],
): void {
  if (patched?.resourceType !== type || patched.id !== id) {
    throw refuse(422, 'processing', 'A patch may not change resourceType or id.', `${type}.id`);
  }
  refuseInvalid(validate(patched), 422);
}

/** @throws FhirError with every issue when one of them is an error */
export function refuseInvalid(issues: Issue[], status: number): void {
  if (issues.some((issue) => issue.severity === 'error' || issue.severity === 'fatal')) {
    throw new FhirError(status, issues);
  }
}

/** 410 for a deleted identity, 404 for one that never was. */
export function missing(type: string, id: string, current: StoredVersion | undefined): FhirError {
  return current
    ? refuse(410, 'deleted', `${type}/${id} was deleted (version ${current.version}).`)
    : refuse(404, 'not-found', `There is no ${type}/${id}.`);
}
