// What a handler of the plain JSON API gets and gives: an HTTP request as data, an answer as data.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Request } from 'express';
import { refuse } from '../errors.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import { checkEscapes, parseQuery } from '../search/parseQuery.ts';
import type { Services } from '../services.ts';
import { checkContentType } from './fhirRequest.ts';

export interface ApiRequest {
  method: string;
  /** named parts of the path */
  params: Record<string, string>;
  /** absolute URL of the API version, no trailing slash: `http://localhost:3000/api/v1` */
  base: string;
  /** absolute URL of the FHIR base, no trailing slash */
  fhirBase: string;
  query: [string, string][];
  headers: IncomingHttpHeaders;
  /** X-Request-Id of the answer */
  requestId: string;
  body: Buffer | undefined;
  /** the body as it comes in, for a handler that `streams` */
  stream?: Readable;
}

export interface ApiReply {
  status: number;
  /** sent as JSON, a string as it is; none where it is undefined */
  body?: unknown;
  headers?: Record<string, string>;
  /** writes the body itself, once status and headers are set and before they are sent; it ends the response */
  stream?: (res: ServerResponse) => void;
}

/** Throws FhirError for what it refuses: sent as problem details. */
export interface ApiHandler {
  (services: Services, request: ApiRequest): Promise<ApiReply> | ApiReply;
  /** it reads the body itself */
  streams?: true;
}

/** Reads the request. The bases are told by BASE_URL, or by what the client itself asked for. */
export function apiRequest({ config }: Services, req: Request): ApiRequest {
  const at = req.originalUrl.indexOf('?');
  const rawQuery = at < 0 ? '' : req.originalUrl.slice(at + 1);
  checkEscapes(rawQuery);
  const root = rootOf(config.baseUrl) ?? `${req.protocol}://${req.get('host') ?? 'localhost'}`;
  return {
    method: req.method,
    params: req.params as Record<string, string>,
    base: `${root}/api/v1`,
    fhirBase: config.baseUrl || `${root}/fhir/R4`,
    query: rawQuery === '' ? [] : parseQuery(rawQuery),
    headers: req.headers,
    requestId: String(req.res?.getHeader('X-Request-Id') ?? ''),
    body: Buffer.isBuffer(req.body) ? req.body : undefined,
    stream: req,
  };
}

/** What precedes the FHIR base: a proxy that puts the server under a path does so for all of it. */
function rootOf(baseUrl: string): string | undefined {
  if (!baseUrl) return undefined;
  return /\/fhir(?:\/R4)?$/.test(baseUrl) ? baseUrl.replace(/\/fhir(?:\/R4)?$/, '') : new URL(baseUrl).origin;
}

/**
 * The JSON body of a request. Numbers may be atoms (json/jsonNumber.ts).
 * @throws FhirError 415 for another content type, 400 when empty or not JSON
 */
export function apiJson({ headers, body }: Pick<ApiRequest, 'headers' | 'body'>): unknown {
  checkContentType(headers['content-type'], ['application/json']);
  if (!body || body.length === 0) throw refuse(400, 'required', 'The request needs a body.');
  return parseJson(decodeUtf8(body));
}
