// One value against the rules of its element, of a slice or of a discriminator.

import { equalJson } from '../json/equalJson.ts';
import { isJsonNumber, numberOf } from '../json/jsonNumber.ts';
import { isUnit, ucum } from '../units/unit.ts';
import { type BindingStrength, bindingProblems } from './binding.ts';
import { compareOrdered } from './compareOrdered.ts';
import { insideResource } from './insideResource.ts';
import { judgeExtension } from './judgeExtension.ts';
import { judgeNarrative } from './judgeNarrative.ts';
import { judgeInvariants, judgeObject, saidBy } from './judgeObject.ts';
import { judgeReference } from './judgeReference.ts';
import { judgeResource } from './judgeResource.ts';
import { type JudgeScope, privately, refuses } from './judgeScope.ts';
import { isPatternOf } from './pattern.ts';
import type { ObjectRules, TypeRules, ValueRules } from './rules.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** A value with the id and extensions of a primitive; `value` is undefined where there are only those. */
export interface Value {
  readonly value: unknown;
  readonly extended?: JsonObject;
  /** FHIR type, or backbone element; `Resource` for a resource of any type */
  readonly type: string;
}

/** Profiles that lead to profiles, no deeper. */
const MAX_DEPTH = 24;

export function judgeValue(given: Value, rules: ValueRules, from: ObjectRules, scope: JudgeScope): void {
  const { value, extended } = given;
  const isResource = given.type === 'Resource';
  const type = isResource ? String((value as JsonObject).resourceType) : given.type;
  if (isResource && from.base) {
    judgeResource(value as JsonObject, scope);
    return;
  }
  const typed = rules.typed(type);
  if (typed === undefined) {
    if (!isFull(scope)) {
      const diagnostics = `A value of type ${type} is not allowed here: use ${rules.types.join(' or ')}${saidBy(from)}`;
      reportIssue(scope, { severity: 'error', code: 'value', diagnostics });
    }
    return;
  }
  if (!rules.plain) judgeFixed(given, rules, from, scope);
  const { binding } = rules;
  if (binding !== undefined && value !== undefined) {
    judgeBinding(given, binding.strength, binding.valueSet, from, scope);
    // However weak the binding, codes come from the outer bound.
    if (hasCode(value)) judgeBinding(given, 'required', binding.maxValueSet, from, scope);
  }
  if (type === 'xhtml' && from.base) judgeNarrative(value as string, rules, scope);
  if (type === 'Reference') judgeReference(value as JsonObject, typed.targets, from, scope);
  if (typed.invariants.length > 0) judgeInvariants(typed.invariants, { value, extended, type }, from, scope);
  const object = value !== null && typeof value === 'object' && !JSON.isRawJSON(value) ? value : extended;
  if (object === undefined) return;
  if (typed.inside) {
    if (isResource)
      insideResource(value as JsonObject, scope, () =>
        judgeObject(value as JsonObject, typed.inside!(), type, scope),
      );
    else judgeObject(object as JsonObject, typed.inside(), object === extended ? 'Element' : type, scope);
  }
  if (typed.profiles.length > 0) judgeProfiles(given, type, typed, scope);
  if (type === 'Extension' && from.base) judgeExtension(object as JsonObject, scope);
  if (from.base && scope.question.advice) adviseUnit(object as JsonObject, scope);
  if (type === 'Coding' && from.base && scope.question.advice) {
    for (const diagnostics of scope.knowledge.codingAdvice?.(object as JsonObject) ?? []) {
      if (!isFull(scope, 'warning'))
        reportIssue(scope, { severity: 'warning', code: 'code-invalid', diagnostics });
    }
  }
}

/** A Quantity whose unit is said to be UCUM's (datatypes.html#Quantity), and is not. */
function adviseUnit({ system, code }: JsonObject, scope: JudgeScope): void {
  if (system !== ucum || typeof code !== 'string' || isUnit(code) || isFull(scope, 'warning')) return;
  const diagnostics = `'${code.slice(0, 100)}' is no unit of UCUM, so that amounts in it cannot be compared with others`;
  reportIssue(scope, { severity: 'warning', code: 'code-invalid', diagnostics }, 'code');
}

/** Values of `fixed[x]`, `pattern[x]`, `minValue[x]`, `maxValue[x]` and `maxLength`. */
function judgeFixed(
  { value }: Value,
  { definition }: ValueRules,
  from: ObjectRules,
  scope: JudgeScope,
): void {
  const { fixed, pattern, minValue, maxValue, maxLength } = definition;
  const wrong = (message: string) => {
    if (!isFull(scope))
      reportIssue(scope, { severity: 'error', code: 'value', diagnostics: message + saidBy(from) });
  };
  if (fixed !== undefined && !equalJson(value, fixed)) wrong(`The value must be exactly ${shown(fixed)}`);
  if (pattern !== undefined && !isPatternOf(pattern, value))
    wrong(`The value must contain ${shown(pattern)}`);
  if (value === undefined) return;
  if (minValue !== undefined && compareOrdered(value, minValue) === -1)
    wrong(`The value must be at least ${shown(minValue)}`);
  if (maxValue !== undefined && compareOrdered(value, maxValue) === 1)
    wrong(`The value must be at most ${shown(maxValue)}`);
  if (maxLength !== undefined && typeof value === 'string' && value.length > maxLength) {
    wrong(`The value has ${value.length} characters; at most ${maxLength} are allowed`);
  }
}

const shown = (value: unknown): string => {
  const text = isJsonNumber(value) ? String(numberOf(value)) : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
};

/** Text alone comes from no value set. */
const hasCode = (value: unknown): boolean =>
  typeof value === 'string' ||
  (value as JsonObject).coding !== undefined ||
  (value as JsonObject).code !== undefined;

function judgeBinding(
  { value, type }: Value,
  strength: BindingStrength,
  valueSet: string | undefined,
  from: ObjectRules,
  scope: JudgeScope,
): void {
  if (valueSet === undefined || strength === 'example') return;
  if (strength !== 'required' && !scope.question.advice) return;
  const { knowledge } = scope;
  const set = from.base ? knowledge.specifiedSet(valueSet) : knowledge.boundSet(valueSet);
  if (!set) return;
  for (const { severity, code, message, path = [] } of bindingProblems(value, type, strength, set)) {
    if ((severity !== 'error' && !scope.question.advice) || isFull(scope, severity)) continue;
    reportIssue(scope, { severity, code, diagnostics: message + saidBy(from) }, ...path);
  }
}

/** A value of a type that profiles are named for: it has to meet one of them. */
function judgeProfiles(given: Value, type: string, { profiles }: TypeRules, scope: JudgeScope): void {
  // An extension is held against its definition wherever it is.
  if (
    type === 'Extension' &&
    scope.question.extensions &&
    profiles.includes(String((given.value as JsonObject)?.url))
  )
    return;
  const known = profiles.flatMap((canonical) => {
    const rules = scope.knowledge.rulesOfProfile(canonical);
    return typeof rules === 'object' ? [rules] : [];
  });
  // Where one of the alternatives is not known, the value may be meant to meet that one.
  if (known.length < profiles.length && known.length !== 1) return;
  if (known.length === 1 && profiles.length === 1) judgeAgainst(given, type, known[0], scope);
  else if (!known.some((rules) => meets(given, type, rules, scope)) && known.length > 0 && !isFull(scope)) {
    const names = known.map(({ structure }) => structure.url).join(' or ');
    reportIssue(scope, {
      severity: 'error',
      code: 'value',
      diagnostics: `The value does not conform to ${names}`,
    });
  }
}

/** Applies a profile to a value. */
export function judgeAgainst(given: Value, type: string, rules: ObjectRules, scope: JudgeScope): void {
  const object = typeof given.value === 'object' ? given.value : given.extended;
  if (!object || scope.depth >= MAX_DEPTH) return;
  scope.depth++;
  const judge = () => judgeObject(object as JsonObject, rules, type, scope);
  if (given.type === 'Resource') insideResource(object as JsonObject, scope, judge);
  else judge();
  scope.depth--;
}

/** Whether a value meets a profile. */
export function meets(given: Value, type: string, rules: ObjectRules, scope: JudgeScope): boolean {
  if (rules.structure.type !== type) return false;
  return !privately(scope, (own) => judgeAgainst(given, type, rules, own)).some(refuses);
}
