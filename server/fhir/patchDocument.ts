// The two patch formats behind one function type (http.html#patch): JSON Patch, plain or wrapped in a Binary, and
// FHIRPath Patch as a Parameters resource.
import { refuse } from '../errors.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import { applyFhirPathPatch } from '../patch/fhirPathPatch.ts';
import { applyJsonPatch } from '../patch/jsonPatch.ts';
import type { Resource, Services } from '../services.ts';

/** @param operations the parsed JSON Patch document */
export function jsonPatch(operations: unknown): (current: Resource) => Resource {
  return (current) => applyJsonPatch(current, operations) as Resource;
}

/**
 * The patch a resource stands for: Parameters are a FHIRPath Patch, a Binary of type application/json-patch+json
 * carries a JSON Patch (the form a bundle needs).
 * @throws FhirError 400 for any other resource
 */
export function patchOf(services: Services, resource: Resource): (current: Resource) => Resource {
  if (resource.resourceType === 'Parameters') {
    return (current) => applyFhirPathPatch(current, resource, services.definitions) as Resource;
  }
  const { resourceType, contentType, data } = resource;
  if (resourceType === 'Binary' && String(contentType).split(';')[0] === 'application/json-patch+json') {
    if (typeof data !== 'string') throw refuse(400, 'required', 'The Binary has no data.', 'Binary.data');
    return jsonPatch(parseJson(decodeUtf8(Buffer.from(data, 'base64'))));
  }
  throw refuse(
    400,
    'not-supported',
    'A patch is a Parameters resource (FHIRPath Patch) or a Binary of contentType application/json-patch+json.',
    'resourceType',
  );
}
