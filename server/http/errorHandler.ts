// The one place where errors become responses: a FhirError as it says, database and body-parser errors mapped, anything
// else a 500 that names the request id and nothing else.
import type { ErrorRequestHandler } from 'express';
import { FhirError, type IssueCode, refuse } from '../errors.ts';
import { operationOutcome } from '../fhir/operationOutcome.ts';
import type { Logger } from '../telemetry.ts';
import { FHIR_JSON } from './negotiate.ts';

/** Postgres states and connection errors that say something about the request or about the moment. */
const DATABASE: Record<string, [number, IssueCode, string]> = {
  '57014': [
    503,
    'timeout',
    'The database took too long and was stopped: narrow the request (fewer types, a code, a patient, a date, no total), or try again later.',
  ],
  '53300': [503, 'transient', 'The database has no free connection; try again in a moment.'],
  '57P01': [503, 'transient', 'The database is restarting; try again in a moment.'],
  '57P03': [503, 'transient', 'The database is starting; try again in a moment.'],
  '40001': [409, 'conflict', 'Another client changed the same resources; send the request again.'],
  '40P01': [409, 'conflict', 'Another client changed the same resources; send the request again.'],
  '53100': [507, 'exception', 'The database has no space left.'],
  ECONNREFUSED: [503, 'transient', 'The database cannot be reached; try again in a moment.'],
  ECONNRESET: [503, 'transient', 'The database connection broke; try again in a moment.'],
};

/** Errors of express.raw (http-errors). */
const BODY: Record<string, [number, IssueCode, string]> = {
  'entity.too.large': [413, 'too-long', 'The body is larger than this server takes (BODY_LIMIT).'],
  'encoding.unsupported': [
    415,
    'not-supported',
    'This Content-Encoding is not supported: send gzip, br, deflate or none.',
  ],
  'request.aborted': [400, 'incomplete', 'The body ended before its Content-Length.'],
  'request.size.invalid': [400, 'incomplete', 'The body does not have the length that Content-Length says.'],
};

/** Any error as the refusal to send; undefined for one that nobody foresaw. */
export function asFhirError(error: unknown): FhirError | undefined {
  if (error instanceof FhirError) return error;
  const { code, type, status, message } = (error ?? {}) as Record<string, unknown>;
  const known = DATABASE[String(code)] ?? BODY[String(type)];
  if (known) return withRetry(refuse(...known));
  if (/timeout exceeded when trying to connect|Connection terminated/.test(String(message))) {
    return withRetry(refuse(503, 'transient', 'The database is busy; try again in a moment.'));
  }
  // Body parser and router errors carry a client status, e.g. a malformed %-escape in the path.
  if (typeof status === 'number' && status >= 400 && status < 500)
    return refuse(status, 'invalid', String(message));
  return undefined;
}

function withRetry(error: FhirError): FhirError {
  return error.status === 503 ? new FhirError(503, error.issues, { 'Retry-After': '1' }) : error;
}

/** Media type and text of a refusal, for a request of this id for this path. */
export type RenderRefusal = (
  refusal: FhirError,
  request: { requestId: string; path: string },
) => { type: string; body: string };

const asOperationOutcome: RenderRefusal = ({ issues }) => ({
  type: FHIR_JSON,
  body: operationOutcome(issues),
});

/** Express' last handler: errors become OperationOutcomes, or what `render` makes of them. */
export function errorHandler(log: Logger, render: RenderRefusal = asOperationOutcome): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const id = String(res.getHeader('X-Request-Id') ?? '');
    let refusal = asFhirError(error);
    if (!refusal) {
      log.error('a request failed', { id, method: req.method, error });
      refusal = refuse(500, 'exception', `The server failed; its log has the reason under request id ${id}.`);
    }
    if (res.headersSent) {
      // Too late for a status: cut the connection, so that nobody takes half an answer for a whole one.
      log.warn('an answer was cut short', { id, reason: refusal.message });
      res.destroy();
      return;
    }
    for (const [name, value] of Object.entries(refusal.headers)) res.setHeader(name, value);
    const { type, body: text } = render(refusal, {
      requestId: id,
      path: req.originalUrl.split('?', 1)[0]!,
    });
    const body = Buffer.from(text);
    res.statusCode = refusal.status;
    res.setHeader('Content-Type', type);
    res.setHeader('Content-Length', body.length);
    res.end(req.method === 'HEAD' ? undefined : body);
  };
}
