// What clients ask of things of the plain JSON API: bodies, ids, preconditions, and POSTs that are carried out once.
import type { ClinicResource } from '../clinic/things/clinicResource.ts';
import { answerOnce, type OnceOnly, onceOnly } from '../clinic/things/idempotency.ts';
import { FhirError, refuse } from '../errors.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { ApiReply, ApiRequest } from './apiRequest.ts';
import { checkContentType } from './fhirRequest.ts';

const MERGE_PATCH = 'application/merge-patch+json';

/** The kind of thing that a request is about. */
export type ResourceOf = (
  services: Services,
  request: ApiRequest,
) => ClinicResource | Promise<ClinicResource>;

/** Which thing: the last that the path names. */
export function target({ params, headers }: ApiRequest): { id: string; ifMatch?: string } {
  const ifMatch = headers['if-match'];
  return { id: Object.values(params).at(-1)!, ...(ifMatch === undefined ? {} : { ifMatch }) };
}

/**
 * The JSON body; numbers are plain unless the kind keeps their digits.
 * @throws FhirError 400 for what is no JSON, 415 for another media type
 */
export function jsonBody(
  { exactNumbers }: Pick<ClinicResource, 'exactNumbers'>,
  { headers, body }: ApiRequest,
  type = 'application/json',
): unknown {
  checkContentType(headers['content-type'], [type]);
  if (!body || body.length === 0) throw refuse(400, 'required', 'The request needs a body.');
  const text = decodeUtf8(body);
  const exact = parseJson(text);
  return exactNumbers ? exact : JSON.parse(text);
}

/** A merge patch. Refusals of other media types say what is taken (RFC 5789 section 3.1). */
export function patchBody(resource: ClinicResource, request: ApiRequest): unknown {
  try {
    return jsonBody(resource, request, MERGE_PATCH);
  } catch (error) {
    if (error instanceof FhirError && error.status === 415) {
      throw new FhirError(415, error.issues, { ...error.headers, 'Accept-Patch': MERGE_PATCH });
    }
    throw error;
  }
}

/** What a POST with an Idempotency-Key asks for, once. */
export function askedOnce(path: string, { headers, body }: ApiRequest): OnceOnly | undefined {
  const key = headers['idempotency-key'];
  return onceOnly(`POST /v1/${path}`, Array.isArray(key) ? key.join() : key, body);
}

export type KeepReply = ((db: Database, reply: ApiReply) => Promise<void>) | undefined;

/** Carries out a POST, or gives the answer that its Idempotency-Key had before. */
export async function once(
  services: Services,
  asked: OnceOnly | undefined,
  work: (keep: KeepReply) => Promise<ApiReply>,
): Promise<ApiReply> {
  const { answer, again } = await answerOnce(services, asked, work);
  return again ? { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } } : answer;
}
