// Bundle.entry.request → typed requests (http.html#transaction): what each entry asks for, checked one by one.
import { FhirError, refuse } from '../errors.ts';
import type { Resource, Services } from '../services.ts';
import { parseEtag } from './etag.ts';
import { patchOf } from './patchDocument.ts';
import { refuseInvalid, type WriteRequest } from './planChange.ts';
import { checkId } from './resourceId.ts';

/** A GET or HEAD entry. */
export interface ReadRequest {
  method: 'GET' | 'HEAD';
  /** relative to the service base */
  url: string;
  ifNoneMatch?: string;
  ifModifiedSince?: string;
}

export type EntryRequest = { write: WriteRequest } | { read: ReadRequest };

interface RawEntry {
  fullUrl?: string;
  resource?: Resource;
  request?: {
    method?: string;
    url?: string;
    ifMatch?: string;
    ifNoneMatch?: string;
    ifNoneExist?: string;
    ifModifiedSince?: string;
  };
}

/**
 * The entries of a Bundle, unread.
 * @throws FhirError 400 for what a Bundle does not have, such as `entries`
 */
export function entriesOf(services: Services, bundle: Resource): unknown[] {
  const { entry = [], ...head } = bundle;
  if (!Array.isArray(entry)) throw refuse(400, 'structure', 'Bundle.entry must be an array.', 'Bundle.entry');
  refuseInvalid(services.validate(head), 400);
  return entry;
}

/** What an entry has besides its resource must be of a Bundle's shape: a misspelled condition would be no condition. */
function checkShape(services: Services, entry: unknown): void {
  const isObject = typeof entry === 'object' && entry !== null && !Array.isArray(entry);
  const { resource: _, ...frame } = isObject ? (entry as RawEntry) : {};
  const bundle = { resourceType: 'Bundle', type: 'batch', entry: [isObject ? frame : entry] };
  const issues = isObject && Object.keys(frame).length === 0 ? [] : services.validate(bundle);
  const inEntry = (path: string) => path.replace(/^Bundle\.entry\[0\]\.?/, '');
  refuseInvalid(
    issues.map((issue) =>
      issue.expression ? { ...issue, expression: issue.expression.map(inEntry) } : issue,
    ),
    400,
  );
}

/**
 * Reads one entry of a batch or transaction.
 * @param base absolute URL of this server, which entry URLs may start with
 * @throws FhirError 400 that says what is wrong with the entry
 */
export function readEntry(services: Services, entry: unknown, base: string): EntryRequest {
  checkShape(services, entry);
  const { fullUrl, resource, request } = entry as RawEntry;
  const method = request?.method;
  const url = request?.url;
  if (typeof method !== 'string' || typeof url !== 'string') {
    throw refuse(400, 'required', 'The entry needs request.method and request.url.', 'request');
  }
  const relative = url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url.replace(/^\//, '');
  if (method === 'GET' || method === 'HEAD') {
    const { ifNoneMatch, ifModifiedSince } = request!;
    return {
      read: {
        method,
        url: relative,
        ...(ifNoneMatch ? { ifNoneMatch } : {}),
        ...(ifModifiedSince ? { ifModifiedSince } : {}),
      },
    };
  }
  if (/(?:^|\/)\$/.test(relative)) {
    throw refuse(
      400,
      'not-supported',
      `Operations in a Bundle are possible with GET only, not with ${method}: send "${url}" by itself.`,
      'request.url',
    );
  }
  const target = writeTarget(services, relative);
  const common = {
    type: target.type,
    ...(fullUrl === undefined ? {} : { fullUrl }),
    ...(request!.ifMatch === undefined
      ? {}
      : { ifMatch: located('request.ifMatch', () => parseEtag(request!.ifMatch!)) }),
  };
  const addressed =
    target.id === undefined ? { criteria: required(target.criteria, method) } : { id: target.id };
  switch (method) {
    case 'POST': {
      if (target.id !== undefined || target.criteria !== undefined) {
        throw refuse(
          400,
          'value',
          `A POST entry creates: its url is the type alone, not "${url}".`,
          'request.url',
        );
      }
      const { ifNoneExist } = request!;
      return {
        write: {
          ...common,
          method,
          resource: body(resource, method),
          ...(ifNoneExist ? { criteria: ifNoneExist } : {}),
        },
      };
    }
    case 'PUT': {
      const updated = body(resource, method);
      if (target.id !== undefined) checkBodyId(updated, target.id);
      const condition = located('request.ifNoneMatch', () => onlyIfNew(request!.ifNoneMatch));
      return { write: { ...common, ...addressed, method, resource: updated, ...condition } };
    }
    case 'PATCH':
      return { write: { ...common, ...addressed, method, patch: patchOf(services, body(resource, method)) } };
    case 'DELETE':
      return { write: { ...common, ...addressed, method } };
    default:
      throw refuse(400, 'value', `request.method "${method}" is not possible in a Bundle.`, 'request.method');
  }
}

/** Gives the refusals of `read` a place. */
function located<T>(expression: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    throw new FhirError(
      error.status,
      error.issues.map((issue) => ({ ...issue, expression: [expression] })),
    );
  }
}

/** @throws FhirError 400 unless the body carries the id of the URL (http.html#update) */
export function checkBodyId(resource: Resource, id: string): void {
  if (resource.id !== id) {
    throw refuse(
      400,
      'invalid',
      resource.id === undefined
        ? `The body needs the id of the URL: "id": "${id}".`
        : `The body has the id "${resource.id}", the URL "${id}": they must be the same.`,
      `${resource.resourceType}.id`,
    );
  }
}

/** `If-None-Match: *` on an update: only if nothing is there. */
export function onlyIfNew(header: string | undefined): { ifNoneMatchAny?: boolean } {
  if (header === undefined) return {};
  if (header.trim() === '*') return { ifNoneMatchAny: true };
  throw refuse(400, 'value', `If-None-Match on an update can only be "*", not "${header}".`);
}

function writeTarget(services: Services, url: string): { type: string; id?: string; criteria?: string } {
  const [path = '', ...rest] = url.split('?');
  const [type = '', id, ...more] = path.split('/');
  if (!services.definitions.resourceTypes.has(type) || more.length > 0) {
    throw refuse(
      400,
      'value',
      `request.url "${url}" is neither Type, Type/id nor Type?criteria of this server.`,
      'request.url',
    );
  }
  return {
    type,
    ...(id ? { id: checkId(id, 'request.url') } : {}),
    ...(rest.length > 0 ? { criteria: rest.join('?') } : {}),
  };
}

function required(criteria: string | undefined, method: string): string {
  if (criteria === undefined && method !== 'POST') {
    throw refuse(
      400,
      'required',
      `A ${method} entry needs Type/id or Type?criteria in request.url.`,
      'request.url',
    );
  }
  return criteria ?? '';
}

function body(resource: Resource | undefined, method: string): Resource {
  if (resource && typeof resource === 'object' && typeof resource.resourceType === 'string') return resource;
  throw refuse(400, 'required', `A ${method} entry needs a resource.`, 'resource');
}
