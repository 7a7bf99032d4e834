// A resource against the specification and the profiles it is to meet; resources inside it (contained, entries of a
// Bundle, parameters) are met on the way and judged the same.

import type { Structure } from '../definitions/structure.ts';
import { insideResource } from './insideResource.ts';
import { judgeContained } from './judgeContained.ts';
import { judgeEntries } from './judgeEntries.ts';
import { judgeObject } from './judgeObject.ts';
import type { JudgeScope } from './judgeScope.ts';
import { judgeAgainst } from './judgeValue.ts';
import type { ObjectRules } from './rules.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** Judges a resource at the current place. */
export function judgeResource(resource: JsonObject, scope: JudgeScope): void {
  insideResource(resource, scope, () => {
    const type = resource.resourceType as string;
    const rules = scope.knowledge.rulesOfType(type);
    if (rules) judgeObject(resource, rules, type, scope);
    if (resource.contained !== undefined) judgeContained(resource, scope);
    if (type === 'Bundle') judgeEntries(resource, scope);
    judgeProfiles(resource, type, scope.path.length <= 1, scope);
  });
}

function judgeProfiles(resource: JsonObject, type: string, outermost: boolean, scope: JudgeScope): void {
  const { profiles, claimed } = scope.question;
  const asked = outermost ? profiles : [];
  const claims = claimed ? (((resource.meta as JsonObject | undefined)?.profile ?? []) as string[]) : [];
  for (const canonical of new Set([...asked, ...claims])) {
    const rules = scope.knowledge.rulesOfProfile(canonical);
    // Every resource meets what its type specialises: that was judged with the type.
    if (typeof rules === 'object' && isAbove(rules.structure, type, scope)) continue;
    if (typeof rules === 'object' && rules.structure.type === type) {
      judgeAgainst({ value: resource, type: 'Resource' }, type, rules, scope);
      continue;
    }
    const wrong = typeof rules === 'object' ? forAnotherType(rules, type) : notUsable(canonical, rules);
    // A profile that is merely claimed may be known elsewhere.
    const severity = wrong.code === 'structure' || asked.includes(canonical) ? 'error' : 'warning';
    if ((severity === 'warning' && !scope.question.advice) || isFull(scope, severity)) continue;
    const position = claims.indexOf(canonical);
    reportIssue(scope, { severity, ...wrong }, ...(position < 0 ? [] : ['meta', 'profile', position]));
  }
}

function isAbove({ type: name, derivation }: Structure, type: string, { knowledge }: JudgeScope): boolean {
  if (derivation === 'constraint') return false;
  const { types } = knowledge.definitions;
  for (let at = types.get(type); at; at = types.get(at.base ?? '')) if (at.name === name) return true;
  return false;
}

const forAnotherType = ({ structure }: ObjectRules, type: string) => ({
  code: 'structure' as const,
  diagnostics: `The profile ${structure.url} is for ${structure.type}, not for ${type}`,
});

const notUsable = (canonical: string, reason: string | undefined) =>
  reason === undefined
    ? {
        code: 'not-found' as const,
        diagnostics: `The profile ${canonical} is not known here: store its StructureDefinition first, or have its package installed`,
      }
    : { code: 'not-supported' as const, diagnostics: `The profile ${canonical} cannot be used: ${reason}` };
