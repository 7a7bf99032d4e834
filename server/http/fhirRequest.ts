// What a FHIR interaction needs of an HTTP request, read once: base URL, parameters, preferences, negotiated formats.
import type { IncomingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import { refuse } from '../errors.ts';
import type { ReturnPreference } from '../fhir/reply.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import { checkEscapes, parseQuery } from '../search/parseQuery.ts';
import type { Resource, Services } from '../services.ts';

export interface FhirRequest {
  method: string;
  params: Record<string, string>;
  /** absolute service base, no trailing slash */
  base: string;
  /** parameters of the URL, then those of a POST _search body */
  query: [string, string][];
  /** the query string as it came, without `?` */
  rawQuery: string;
  headers: IncomingHttpHeaders;
  body: Buffer | undefined;
  prefer: Preferences;
}

export interface Preferences {
  return?: ReturnPreference;
  handling: 'strict' | 'lenient';
  /** how a search is carried out, instead of what it finds; `analyze` runs it too */
  explain?: 'plan' | 'analyze';
}

const RETURNS = new Set(['minimal', 'representation', 'OperationOutcome']);

/** Prefer (RFC 7240): the first `return` and `handling`, and this server's own `explain`; other preferences may be ignored by the RFC. */
export function readPreferences(header: string | undefined): Preferences {
  const given = new Map<string, string>();
  for (const part of header?.split(/[,;]/) ?? []) {
    const [name = '', value = ''] = part.split('=').map((text) => text.trim());
    if (!given.has(name.toLowerCase())) given.set(name.toLowerCase(), value.replaceAll('"', ''));
  }
  const wanted = given.get('return');
  return {
    ...(wanted !== undefined && RETURNS.has(wanted) ? { return: wanted as ReturnPreference } : {}),
    handling: given.get('handling') === 'lenient' ? 'lenient' : 'strict',
    ...(given.has('explain') ? { explain: given.get('explain') === 'analyze' ? 'analyze' : 'plan' } : {}),
  };
}

/** Reads the request. The base is BASE_URL, or what the client itself asked for. */
export function fhirRequest(services: Services, req: Request): FhirRequest {
  const at = req.originalUrl.indexOf('?');
  const rawQuery = at < 0 ? '' : req.originalUrl.slice(at + 1);
  checkEscapes(rawQuery);
  return {
    method: req.method,
    params: req.params as Record<string, string>,
    base: services.config.baseUrl || `${req.protocol}://${req.get('host') ?? 'localhost'}${req.baseUrl}`,
    query: [...(rawQuery === '' ? [] : parseQuery(rawQuery)), ...searchForm(req)],
    rawQuery,
    headers: req.headers,
    body: bodyOf(req),
    prefer: readPreferences(req.get('prefer')),
  };
}

const bodyOf = (req: Request): Buffer | undefined => (Buffer.isBuffer(req.body) ? req.body : undefined);

/** Parameters in the body of POST …/_search, which count like those of the URL (search.html#Introduction). */
function searchForm(req: Request): [string, string][] {
  const body = bodyOf(req);
  if (req.method !== 'POST' || !req.path.endsWith('/_search') || !body || body.length === 0) return [];
  checkContentType(req.headers['content-type'], ['application/x-www-form-urlencoded']);
  const text = decodeUtf8(body);
  checkEscapes(text);
  return parseQuery(text);
}

/**
 * The JSON body of a write.
 * @throws FhirError 415 for another content type, 400 for what is not a JSON object with a resourceType
 */
export function resourceBody(request: FhirRequest): Resource {
  const body = jsonResource(request) as Resource;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw refuse(400, 'structure', 'The body must be a JSON object: a FHIR resource.');
  }
  if (typeof body.resourceType !== 'string') {
    throw refuse(400, 'required', 'The body has no resourceType.', 'resourceType');
  }
  return body;
}

/**
 * The JSON body of a request for a judgement: whether it is a resource at all is what is asked.
 * @throws FhirError 415 for another content type, 400 when empty or not JSON
 */
export function jsonResource(request: FhirRequest): unknown {
  checkContentType(request.headers['content-type'], ['application/fhir+json', 'application/json']);
  return jsonBody(request);
}

/** The parsed body, whatever JSON it is. @throws FhirError 400 when empty or not JSON */
export function jsonBody(request: FhirRequest): unknown {
  if (!request.body || request.body.length === 0) throw refuse(400, 'required', 'The request needs a body.');
  return parseJson(decodeUtf8(request.body));
}

/** The media type of a Content-Type header, lower case, without parameters. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
}

/** @throws FhirError 415 naming what is accepted; also for a fhirVersion other than 4.0 or a charset other than UTF-8 */
export function checkContentType(header: string | undefined, accepted: string[]): void {
  if (!accepted.includes(mediaType(header))) {
    throw refuse(
      415,
      'not-supported',
      `Content-Type "${header ?? ''}" is not taken here: send ${accepted.join(' or ')}.`,
    );
  }
  const problem = parameterProblem(header!);
  if (problem !== undefined) throw refuse(415, 'not-supported', problem);
}

/** What is wrong with the `fhirVersion` or `charset` of a media type (http.html#version-parameter), if anything. */
export function parameterProblem(type: string): string | undefined {
  for (const part of type.split(';').slice(1)) {
    const [name = '', value = ''] = part.trim().split('=');
    const plain = value.replaceAll('"', '').toLowerCase();
    if (name === 'fhirVersion' && plain !== '4.0' && plain !== '4.0.1') {
      return `This server speaks FHIR R4: fhirVersion=4.0, not ${plain}.`;
    }
    if (name.toLowerCase() === 'charset' && plain !== 'utf-8' && plain !== 'utf8') {
      return `Text has to be UTF-8 here, not ${plain}.`;
    }
  }
  return undefined;
}
