// The shipped vital signs (fhir-profiles/vital-signs): stored once, then resources like any other.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FhirError } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { everStored } from '../store/vitalSigns.ts';
import { writeAll } from './write.ts';

const folder = fileURLToPath(new URL('../../fhir-profiles/vital-signs/', import.meta.url));

/**
 * Stores the shipped definitions that were never stored here. What was edited or deleted since stays as it is. Several
 * processes may do so at once: whoever comes second finds them there.
 */
export async function storeShippedVitalSigns(services: Services): Promise<void> {
  if (services.config.vitals === 'off') return;
  const shipped = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => parseJson(readFileSync(`${folder}${name}`, 'utf8')) as Resource & { id: string });
  const there = await everStored(
    services.db,
    shipped.map(({ id }) => id),
  );
  const missing = shipped.filter(({ id }) => !there.has(id));
  if (missing.length === 0) return;
  const requests = missing.map((resource) => ({
    ...{
      method: 'PUT' as const,
      type: 'ObservationDefinition',
      id: resource.id,
      ifNoneMatchAny: true,
      resource,
    },
  }));
  const results = await writeAll(services, requests, { atomic: false });
  // Another process may have been faster (412).
  const failed = results.flatMap((result) =>
    result instanceof FhirError && result.status !== 412 ? [result.message] : [],
  );
  const stored = results.filter((result) => !(result instanceof FhirError)).length;
  if (failed.length > 0) services.log.error('shipped vital signs were refused', { failed });
  if (stored > 0) services.log.info('stored the shipped vital signs', { stored });
}
