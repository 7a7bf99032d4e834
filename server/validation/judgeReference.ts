// Where a Reference may lead (references.html): to a resource of the types, and of the profiles, that its element names.
import { saidBy } from './judgeObject.ts';
import type { JudgeScope } from './judgeScope.ts';
import { meets } from './judgeValue.ts';
import { resolveReference } from './resolveReference.ts';
import type { ObjectRules, Targets } from './rules.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** Judges a Reference; what its `reference` leads to is looked at only where it is at hand. */
export function judgeReference(
  value: JsonObject,
  targets: Targets | undefined,
  from: ObjectRules,
  scope: JudgeScope,
): void {
  const { reference, type: stated } = value;
  if (from.base && typeof reference === 'string' && reference.startsWith('#')) judgeLocal(reference, scope);
  const resolved = typeof reference === 'string' ? resolveReference(reference, scope) : undefined;
  const type = resolved?.type;
  const wrong = (diagnostics: string, ...steps: string[]) => {
    if (!isFull(scope))
      reportIssue(
        scope,
        { severity: 'error', code: 'value', diagnostics: diagnostics + saidBy(from) },
        ...steps,
      );
  };
  if (from.base && type !== undefined && typeof stated === 'string' && nameOf(stated) !== type) {
    wrong(`'type' says ${stated}, the reference leads to a ${type}`, 'type');
  }
  const known = type ?? (typeof stated === 'string' ? nameOf(stated) : undefined);
  if (!targets || known === undefined) return;
  if (!targets.types.has(known)) {
    wrong(`A reference to ${known} is not allowed here: it may lead to ${targets.names.join(', ')}`);
    return;
  }
  const resource = resolved?.resource;
  if (!resource || targets.profiles.length === 0 || scope.following) return;
  judgeTarget(resource, known, targets, wrong, scope);
}

const REF_1 = 'SHALL have a contained resource if a local reference is provided';

/** ref-1: what is referred to as contained is contained. */
function judgeLocal(reference: string, scope: JudgeScope): void {
  if (resolveReference(reference, scope) || isFull(scope)) return;
  const details = { coding: [{ code: 'ref-1' }], text: REF_1 };
  const diagnostics = `ref-1: ${REF_1}: nothing is contained that has the id "${reference.slice(1, 100)}"`;
  reportIssue(scope, { severity: 'error', code: 'invariant', diagnostics, details });
}

/** A resource at hand has to meet one of the profiles, if only profiles are named for its type. */
function judgeTarget(
  resource: JsonObject,
  type: string,
  { profiles, names }: Targets,
  wrong: (diagnostics: string) => void,
  scope: JudgeScope,
): void {
  const rules = profiles.map((canonical) => scope.knowledge.rulesOfProfile(canonical));
  if (rules.some((each) => typeof each !== 'object') || names.includes(type)) return;
  const meant = rules
    .filter((each) => typeof each === 'object')
    .filter(({ structure }) => structure.type === type);
  // One step only: references may lead in circles.
  scope.following = true;
  const met = meant.some((each) => meets({ value: resource, type: 'Resource' }, type, each, scope));
  scope.following = false;
  if (!met)
    wrong(
      `The ${type} that the reference leads to does not conform to ${meant.map(({ structure }) => structure.url).join(' or ')}`,
    );
}

/** `Patient`, also where a whole url is given. */
const nameOf = (type: string) => type.slice(type.lastIndexOf('/') + 1);
