// Which resource is being judged: what `%resource`, `resolve()` and local references mean there.
import { itemOf } from '../fhirpath/compileFhirPath.ts';
import { conversionOf } from '../units/unit.ts';
import type { JudgeScope } from './judgeScope.ts';
import { resolveReference } from './resolveReference.ts';
import type { JsonObject } from './structureIssues.ts';

/** Judges with `resource` as the innermost one. */
export function insideResource(resource: JsonObject, scope: JudgeScope, judge: () => void): void {
  const { resource: outer, start, root, bundle, environment } = scope;
  if (resource === outer) {
    judge();
    return;
  }
  scope.resource = resource;
  scope.start = scope.path.length;
  if (!(root.contained as unknown[] | undefined)?.includes(resource)) {
    if (outer.resourceType === 'Bundle') scope.bundle = outer;
    scope.root = resource;
  }
  scope.environment = environmentOf(scope);
  judge();
  Object.assign(scope, { resource: outer, start, root, bundle, environment });
}

/** What FHIRPath may refer to while `scope.resource` is judged. */
export function environmentOf(scope: JudgeScope): JudgeScope['environment'] {
  const { resource, root, bundle, budget } = scope;
  const at = { ...scope, resource, root, bundle };
  return {
    budget,
    convertUnit: conversionOf,
    resource: itemOf(resource, resource.resourceType as string),
    rootResource: itemOf(root, root.resourceType as string),
    resolve(reference) {
      const found = resolveReference(reference, at)?.resource;
      return found && itemOf(found, found.resourceType as string);
    },
  };
}
