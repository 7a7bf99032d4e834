// A resource against the specification and the profiles it is to meet; resources inside it (contained, entries of a
// Bundle, parameters) are met on the way and judged the same.
import { itemOf } from '../fhirpath/compileFhirPath.ts';
import { judgeContained } from './judgeContained.ts';
import { judgeObject } from './judgeObject.ts';
import type { JudgeScope } from './judgeScope.ts';
import { judgeAgainst } from './judgeValue.ts';
import { resolveReference } from './resolveReference.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** Judges a resource at the current place. */
export function judgeResource(resource: JsonObject, scope: JudgeScope): void {
  const { resource: outer, start, root, bundle, environment, path } = scope;
  const contained = path[path.length - 2] === 'contained';
  scope.resource = resource;
  scope.start = path.length;
  if (!contained) {
    if (outer.resourceType === 'Bundle' && outer !== resource) scope.bundle = outer;
    scope.root = resource;
  }
  scope.environment = environmentOf(scope);
  const type = resource.resourceType as string;
  const rules = scope.knowledge.rulesOfType(type);
  if (rules) judgeObject(resource, rules, type, scope);
  if (resource.contained !== undefined) judgeContained(resource, scope);
  judgeProfiles(resource, type, path.length <= 1, scope);
  Object.assign(scope, { resource: outer, start, root, bundle, environment });
}

/** What FHIRPath may refer to while `scope.resource` is judged. */
export function environmentOf(scope: JudgeScope): JudgeScope['environment'] {
  const { resource, root, bundle } = scope;
  const at = { ...scope, resource, root, bundle };
  return {
    resource: itemOf(resource, resource.resourceType as string),
    rootResource: itemOf(root, root.resourceType as string),
    resolve(reference) {
      const found = resolveReference(reference, at)?.resource;
      return found && itemOf(found, found.resourceType as string);
    },
  };
}

function judgeProfiles(resource: JsonObject, type: string, outermost: boolean, scope: JudgeScope): void {
  const { question, knowledge } = scope;
  for (const canonical of new Set(question.profilesOf(resource, outermost))) {
    const rules = knowledge.rulesOfProfile(canonical);
    const [position, claimed] = positionOf(resource, canonical);
    const steps = claimed ? ['meta', 'profile', position] : [];
    if (typeof rules === 'object' && rules.structure.type === type) {
      judgeAgainst({ value: resource, type: 'Resource' }, type, rules, scope);
    } else if (!isFull(scope)) {
      const [severity, code, diagnostics] =
        typeof rules === 'object'
          ? ([
              'error',
              'structure',
              `The profile ${canonical} is for ${rules.structure.type}, not ${type}`,
            ] as const)
          : rules === undefined
            ? // A profile that was asked for has to be known; one that is claimed may be another server's.
              ([
                claimed ? 'warning' : 'error',
                'not-found',
                `The profile ${canonical} is not known here: store or install its StructureDefinition`,
              ] as const)
            : ([
                claimed ? 'warning' : 'error',
                'not-supported',
                `The profile ${canonical} cannot be used: ${rules}`,
              ] as const);
      if (severity === 'error' || question.advice)
        reportIssue(scope, { severity, code, diagnostics }, ...steps);
    }
  }
}

function positionOf(resource: JsonObject, canonical: string): [number, boolean] {
  const position =
    ((resource.meta as JsonObject | undefined)?.profile as string[] | undefined)?.indexOf(canonical) ?? -1;
  return [position, position >= 0];
}
