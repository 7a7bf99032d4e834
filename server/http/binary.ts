// Binary's own rules (binary.html#rest): its content can be sent and fetched as the bytes themselves.
import type { Response } from 'express';
import { refuse } from '../errors.ts';
import { etag } from '../fhir/etag.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource } from '../services.ts';
import type { StoredVersion } from '../store/resources.ts';
import { type FhirRequest, mediaType } from './fhirRequest.ts';

const FHIR_TYPES = new Set(['application/fhir+json', 'application/json', 'application/fhir+xml', '']);

/** Whether the client asks for the bytes: an Accept that names neither FHIR JSON nor everything. */
export function wantsRaw({ headers, query }: FhirRequest): boolean {
  if (query.some(([name]) => name === '_format')) return false;
  const ranges = (headers.accept ?? '').split(',').map(mediaType);
  return !ranges.some((range) => FHIR_TYPES.has(range) || range === '*/*' || range === 'application/*');
}

/** Sends the bytes under their own content type, never as something a browser would run on this origin. */
export function sendBinary(res: Response, stored: StoredVersion, head: boolean): undefined {
  const { contentType, data, securityContext } = parseJson(stored.content!) as Resource;
  const bytes = Buffer.from(String(data ?? ''), 'base64');
  res.setHeader('ETag', etag(stored.version));
  res.setHeader('Last-Modified', stored.lastUpdated.toUTCString());
  res.setHeader('Content-Type', String(contentType));
  res.setHeader('Content-Length', bytes.length);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Content-Security-Policy', 'sandbox');
  const context = (securityContext as { reference?: string } | undefined)?.reference;
  if (context !== undefined) res.setHeader('X-Security-Context', context);
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
