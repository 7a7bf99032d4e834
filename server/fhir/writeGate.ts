// How much is asked of a resource before it is written: the base specification, or on an import that trusts its source
// only what storing it takes: index rows are made of values of any form.
import { conformanceTypes } from '../definitions/conformanceTypes.ts';
import type { FhirError, Issue } from '../errors.ts';
import type { Resource, Services } from '../services.ts';
import { isAlertPolicy } from '../vitals/alerts/readPolicy.ts';
import { checkId } from './resourceId.ts';

/**
 * `off`: a known resourceType, a well-formed id, an object as meta; `base`: the base specification; `profiles`: also the
 * profiles that a resource claims.
 */
export type ValidationLevel = 'off' | 'base' | 'profiles';

/** The gate of a level. Definitions always have to be sound, since the server itself goes by them. */
export function writeGate(services: Services, level: ValidationLevel = 'base'): Services['validate'] {
  if (level !== 'off') return services.validate;
  return (resource) => {
    const { resourceType } = resource as Resource;
    return conformanceTypes.has(resourceType) || isAlertPolicy(resource as Resource)
      ? services.validate(resource)
      : unstorable(services, resource as Resource);
  };
}

function unstorable({ definitions }: Services, { resourceType, id, meta }: Resource): Issue[] {
  const error = (diagnostics: string, expression: string): Issue => ({
    ...{ severity: 'error', code: 'structure', diagnostics, expression: [expression] },
  });
  if (!definitions.resourceTypes.has(resourceType)) {
    return [error(`"${String(resourceType).slice(0, 80)}" is no FHIR R4 resource type.`, 'resourceType')];
  }
  const issues: Issue[] = [];
  try {
    if (id !== undefined) checkId(typeof id === 'string' ? id : JSON.stringify(id), `${resourceType}.id`);
  } catch (failure) {
    issues.push(...(failure as FhirError).issues);
  }
  const isObject = typeof meta === 'object' && meta !== null && !Array.isArray(meta) && !JSON.isRawJSON(meta);
  if (meta !== undefined && !isObject) issues.push(error('meta must be an object.', `${resourceType}.meta`));
  return issues;
}
