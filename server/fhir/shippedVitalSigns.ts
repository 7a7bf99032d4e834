// What is shipped of vital signs: their ranges (fhir-profiles/vital-signs) and the alert policy (fhir-profiles/alert-policy).
// Stored once, then resources like any other.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FhirError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { everStored } from '../store/vitalSigns.ts';
import { writeAll } from './write.ts';

const folders = ['vital-signs', 'alert-policy'].map((name) =>
  fileURLToPath(new URL(`../../fhir-profiles/${name}/`, import.meta.url)),
);

/**
 * Stores the shipped resources that were never stored here. What was edited or deleted since stays as it is. Several
 * processes may do so at once: whoever comes second finds them there.
 */
export async function storeShippedVitalSigns(services: Services): Promise<void> {
  if (services.config.vitals === 'off') return;
  const shipped = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => parseJson(readFileSync(`${folder}${name}`, 'utf8')) as Resource & { id: string }),
  );
  const there = await everStored(
    services.db,
    shipped.map(({ resourceType: type, id }) => ({ type, id })),
  );
  const missing = shipped.filter(({ resourceType, id }) => !there.has(`${resourceType}/${id}`));
  if (missing.length === 0) return;
  const requests = missing.map((resource) => ({
    ...{ method: 'PUT' as const, type: resource.resourceType, id: resource.id },
    ...{ ifNoneMatchAny: true, resource },
  }));
  const results = await writeAll(services, requests, { atomic: false });
  // Another process may have been faster (412).
  const failed = results.flatMap((result) =>
    result instanceof FhirError && result.status !== 412 ? [result.message] : [],
  );
  const stored = results.filter((result) => !(result instanceof FhirError)).length;
  if (failed.length > 0)
    services.log.error('shipped vital signs or their alert policy were refused', { failed });
  if (stored > 0) services.log.info('stored the shipped vital signs and their alert policy', { stored });
}
