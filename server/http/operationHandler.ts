// Operations over HTTP: parameters from the query or a Parameters body, the answer streamed with back-pressure.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkId } from '../fhir/resourceId.ts';
import { wholeText } from '../operations/operation.ts';
import { operationRequest } from '../operations/operationRequest.ts';
import { findOperation } from '../operations/registry.ts';
import type { Resource } from '../services.ts';
import { jsonResource, resourceBody } from './fhirRequest.ts';
import type { Handler } from './handlers.ts';
import { FHIR_JSON } from './negotiate.ts';
import { indented } from './respond.ts';

/** Runs the operation of the URL. */
export const runOperation: Handler = async (services, request, res) => {
  const {
    type = '',
    id,
    operation: name,
  } = request.params as { type?: string; id?: string; operation: string };
  const level = type === '' ? 'system' : id === undefined ? 'type' : 'instance';
  const operation = findOperation(name, type, level);
  const target = { type, base: request.base, ...(id === undefined ? {} : { id: checkId(id) }) };
  const hasBody = request.method === 'POST' && request.body && request.body.length > 0;
  const { anyResource = false } = operation;
  const body = hasBody
    ? anyResource
      ? (jsonResource(request) as Resource)
      : resourceBody(request)
    : undefined;
  const asked = operationRequest(target, request.query, body, anyResource);
  if (operation.start && request.method === 'POST') return operation.start(services, asked);
  const chunks = operation.run(services, asked, services.db);
  if (request.query.some(([key, value]) => key === '_pretty' && value === 'true')) {
    return { status: 200, body: indented(await wholeText(chunks, services.config.bodyLimit)) };
  }
  // The first chunk tells whether the request is refused; only then is the status sent.
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  res.setHeader('Content-Type', FHIR_JSON);
  if (request.method === 'HEAD') {
    await iterator.return?.();
    res.end();
    return undefined;
  }
  async function* all() {
    for (let next = first; !next.done; next = await iterator.next()) yield next.value;
  }
  try {
    await pipeline(Readable.from(all(), { objectMode: true, highWaterMark: 1 }), res);
  } catch (error) {
    // A client that goes away in the middle is no failure of ours.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  return undefined;
};
