// One handler per interaction: reads the HTTP request, calls the transport-free function, shapes the reply.
import type { Response } from 'express';
import { refuse } from '../errors.ts';
import { processBundle } from '../fhir/bundle.ts';
import { checkBodyId, onlyIfNew } from '../fhir/bundleEntries.ts';
import { notModified, parseEtag } from '../fhir/etag.ts';
import { explainSearch, explanationText } from '../fhir/explainSearch.ts';
import { history as historyOf } from '../fhir/history.ts';
import { jsonPatch, patchOf } from '../fhir/patchDocument.ts';
import type { WriteRequest } from '../fhir/planChange.ts';
import * as fhirRead from '../fhir/read.ts';
import { type Reply, readReply, writeReply } from '../fhir/reply.ts';
import { checkId } from '../fhir/resourceId.ts';
import { searchType } from '../fhir/search.ts';
import { searchScope } from '../fhir/searchScope.ts';
import { subset, subsetRequest } from '../fhir/subset.ts';
import { writeOne } from '../fhir/write.ts';
import type { Resource, Services } from '../services.ts';
import type { StoredVersion } from '../store/resources.ts';
import { rawBinary, sendBinary, wantsRaw } from './binary.ts';
import { checkContentType, type FhirRequest, jsonBody, mediaType, resourceBody } from './fhirRequest.ts';

/** Answers with a reply, or with undefined after it has written the response itself. */
export type Handler = (services: Services, request: FhirRequest, res: Response) => Promise<Reply | undefined>;

export const read: Handler = async (services, request, res) => {
  const { type, id } = request.params as { type: string; id: string };
  return present(services, request, res, await fhirRead.read(services, type, checkId(id)));
};

export const vread: Handler = async (services, request, res) => {
  const { type, id, vid } = request.params as { type: string; id: string; vid: string };
  return present(services, request, res, await fhirRead.vread(services, type, checkId(id), vid));
};

/** read and vread share what can be done to the representation: 304, raw Binary, _summary and _elements. */
function present(
  services: Services,
  request: FhirRequest,
  res: Response,
  stored: StoredVersion,
): Reply | undefined {
  const reply = readReply(stored);
  if (stored.type === 'Binary') res.vary('Accept');
  const { 'if-none-match': ifNoneMatch, 'if-modified-since': ifModifiedSince } = request.headers;
  if (notModified(stored.version, stored.lastUpdated, ifNoneMatch, ifModifiedSince)) {
    return { ...reply, status: 304 };
  }
  if (wantsRaw(request)) return sendBinary(res, stored, request.method === 'HEAD');
  const wanted = subsetRequest(request.query);
  return wanted ? { ...reply, body: subset(services, reply.body!, wanted) } : reply;
}

export const create: Handler = async (services, request) => {
  const type = request.params.type!;
  const criteria = request.headers['if-none-exist'];
  return write(services, request, {
    method: 'POST',
    type,
    resource: writtenResource(type, request),
    ...(criteria === undefined ? {} : { criteria: String(criteria) }),
  });
};

export const update: Handler = async (services, request) => {
  const { type, id } = request.params as { type: string; id?: string };
  if (id !== undefined) checkId(id);
  const resource = writtenResource(type, request, id);
  if (id !== undefined && resource.resourceType === type) checkBodyId(resource, id);
  return write(services, request, {
    method: 'PUT',
    type,
    resource,
    ...addressed(request),
    ...preconditions(request),
    ...onlyIfNew(request.headers['if-none-match']),
  });
};

export const patch: Handler = async (services, request) => {
  const json = mediaType(request.headers['content-type']) === 'application/json-patch+json';
  if (!json) {
    checkContentType(request.headers['content-type'], [
      'application/json-patch+json',
      'application/fhir+json',
      'application/json',
    ]);
  }
  const document = jsonBody(request);
  const apply =
    json || Array.isArray(document) ? jsonPatch(document) : patchOf(services, document as Resource);
  const { type } = request.params as { type: string };
  return write(services, request, {
    method: 'PATCH',
    type,
    patch: apply,
    ...addressed(request),
    ...preconditions(request),
  });
};

export const remove: Handler = async (services, request) => {
  const { type } = request.params as { type: string };
  return write(services, request, {
    method: 'DELETE',
    type,
    ...addressed(request),
    ...preconditions(request),
  });
};

async function write(services: Services, request: FhirRequest, change: WriteRequest): Promise<Reply> {
  const fallback = change.method === 'DELETE' ? 'minimal' : 'representation';
  const preference = request.prefer.return ?? fallback;
  const result = await writeOne(services, change, { advice: preference === 'OperationOutcome' });
  return writeReply(result, preference, result.warnings);
}

/** The id of the URL, or the criteria of a conditional interaction. */
function addressed({ params, rawQuery, query, method }: FhirRequest): Pick<WriteRequest, 'id' | 'criteria'> {
  if (params.id !== undefined) return { id: checkId(params.id) };
  const criteria = query.filter(([name]) => name !== '_format' && name !== '_pretty');
  if (criteria.length === 0) {
    throw refuse(
      method === 'DELETE' ? 412 : 400,
      'required',
      `${method} without an id needs search criteria that select one resource: ${method} ${params.type}?identifier=…`,
    );
  }
  return { criteria: criteria.length === query.length ? rawQuery : String(new URLSearchParams(criteria)) };
}

function preconditions({ headers }: FhirRequest): Pick<WriteRequest, 'ifMatch'> {
  const ifMatch = headers['if-match'];
  return ifMatch === undefined ? {} : { ifMatch: parseEtag(ifMatch) };
}

/** The resource to store; a Binary may also come as the raw bytes it is about (http.html, binary.html#rest). */
function writtenResource(type: string, request: FhirRequest, id?: string): Resource {
  return type === 'Binary' && rawBinary.isRaw(request) ? rawBinary.read(request, id) : resourceBody(request);
}

export const history: Handler = async (services, request) => {
  const { type, id } = request.params;
  const body = await historyOf(services, {
    base: request.base,
    query: request.query,
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id: checkId(id) }),
  });
  return { status: 200, body };
};

export const search: Handler = async (services, request, res) => {
  const { base, query, prefer } = request;
  const scope = searchScope(services, request.params, query);
  const wanted = { ...scope, query, base, handling: prefer.handling };
  if (prefer.explain && services.config.explain) {
    const explanation = await explainSearch(services, wanted, prefer.explain === 'analyze');
    res.setHeader('Preference-Applied', 'explain');
    return { status: 200, body: explanationText(explanation) };
  }
  const body = await searchType(services, wanted, services.searchDb);
  if (prefer.handling === 'lenient') res.setHeader('Preference-Applied', 'handling=lenient');
  return { status: 200, body };
};

export const bundle: Handler = async (services, request) => {
  const body = await processBundle(services, {
    bundle: resourceBody(request),
    base: request.base,
    preference: request.prefer.return ?? 'minimal',
  });
  return { status: 200, body };
};
