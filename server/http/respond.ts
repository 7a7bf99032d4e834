// Turns the answer of an interaction into an HTTP response: status, headers, body.
import type { Response } from 'express';
import { etag } from '../fhir/etag.ts';
import type { Reply } from '../fhir/reply.ts';
import { FHIR_JSON } from './negotiate.ts';

/** How the client asked for the body. */
export interface Rendering {
  base: string;
  pretty: boolean;
  head: boolean;
}

/** Sends a reply. HEAD gets the headers of GET, Content-Length included, and no body. */
export function respond(res: Response, reply: Reply, { base, pretty, head }: Rendering): void {
  res.statusCode = reply.status;
  if (reply.version !== undefined) res.setHeader('ETag', etag(reply.version));
  if (reply.lastUpdated) res.setHeader('Last-Modified', reply.lastUpdated.toUTCString());
  if (reply.location !== undefined) res.setHeader('Location', `${base}/${reply.location}`);
  if (reply.contentLocation !== undefined)
    res.setHeader('Content-Location', `${base}/${reply.contentLocation}`);
  if (reply.body === undefined || reply.status === 304 || reply.status === 204) {
    res.end();
    return;
  }
  // A string goes out in one write with the headers; a buffer would make two.
  const body = pretty ? indented(reply.body) : reply.body;
  res.setHeader('Content-Type', FHIR_JSON);
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(head ? undefined : body);
}

/** Indents JSON text; atoms keep their spelling because the reviver hands the source through. */
export function indented(text: string): string {
  const exact = JSON.parse(text, (_key, value, context?: { source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && context.source !== String(value)
      ? JSON.rawJSON(context.source)
      : value,
  );
  return JSON.stringify(exact, null, 2);
}
