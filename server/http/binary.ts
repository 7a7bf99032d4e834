// Binary's own rules (binary.html#rest): its content can be sent and fetched as the bytes themselves.
import type { Response } from 'express';
import { refuse } from '../errors.ts';
import { etag } from '../fhir/etag.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource } from '../services.ts';
import type { StoredVersion } from '../store/resources.ts';
import { type FhirRequest, mediaType } from './fhirRequest.ts';

const FHIR_TYPES = new Set(['application/fhir+json', 'application/json', 'application/fhir+xml', '']);

/** What may stand in a Content-Type header; a stored contentType is any text without double spaces. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?: ?;[ -~]*)?$/;

/** Whether a read wants the bytes: unless the client names a FHIR format, it does (binary.html#rest). */
export function wantsRaw({ headers, query, params, method }: FhirRequest): boolean {
  if (params.type !== 'Binary' || params.id === undefined || (method !== 'GET' && method !== 'HEAD'))
    return false;
  if (query.some(([name]) => name === '_format')) return false;
  return !headers.accept?.split(',').some((range) => FHIR_TYPES.has(mediaType(range)));
}

/** Sends the bytes under their own content type, never as something a browser would run on this origin. */
export function sendBinary(res: Response, stored: StoredVersion, head: boolean): undefined {
  const { contentType, data, securityContext } = parseJson(stored.content!) as Resource;
  const bytes = Buffer.from(String(data ?? ''), 'base64');
  res.setHeader('ETag', etag(stored.version));
  res.setHeader('Last-Modified', stored.lastUpdated.toUTCString());
  res.setHeader(
    'Content-Type',
    MEDIA_TYPE.test(String(contentType)) ? String(contentType) : 'application/octet-stream',
  );
  res.setHeader('Content-Length', bytes.length);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Security-Policy', 'sandbox');
  const context = (securityContext as { reference?: string } | undefined)?.reference;
  if (context !== undefined) res.setHeader('X-Security-Context', encodeURI(context));
  res.end(head ? undefined : bytes);
}

/** Raw bytes in a write. */
export const rawBinary = {
  isRaw: ({ headers }: FhirRequest) => !FHIR_TYPES.has(mediaType(headers['content-type'])),
  /** @param id of the URL, which the resource gets as its own */
  read({ headers, body }: FhirRequest, id: string | undefined): Resource {
    if (!body || body.length === 0) throw refuse(400, 'required', 'The request needs a body.');
    const context = headers['x-security-context'];
    return {
      resourceType: 'Binary',
      ...(id === undefined ? {} : { id }),
      contentType: headers['content-type']!,
      ...(context === undefined ? {} : { securityContext: { reference: String(context) } }),
      data: body.toString('base64'),
    };
  },
};
