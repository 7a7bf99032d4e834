// The walk of a JSON object along rules (rules.ts): the properties that are there, one by one, then what is asked of the
// number of some elements, then the constraints of the object itself.
import { charge } from '../fhirpath/budget.ts';
import { FhirPathError, itemOf } from '../fhirpath/compileFhirPath.ts';
import type { Invariant } from './invariants.ts';
import { judgeCount } from './judgeCount.ts';
import { isTooCostly, type JudgeScope } from './judgeScope.ts';
import { judgeValue, type Value } from './judgeValue.ts';
import type { ObjectRules, PropertyRules } from './rules.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** Judges an object that has passed the structural gate. `type` is its FHIR type, a profile's the one it constrains. */
export function judgeObject(object: JsonObject, rules: ObjectRules, type: string, scope: JudgeScope): void {
  const { properties } = rules;
  const keys = Object.keys(object);
  charge(scope.budget, keys.length + 1);
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index];
    const property = properties.get(key);
    if (property !== undefined) judgeProperty(object[key], object, property, rules, scope);
  }
  for (const element of rules.counted) judgeCount(element, object, rules, scope);
  if (rules.base) {
    // ele-1: an id alone says nothing; beside the value of a primitive it may stand.
    if (keys.length === 1 && keys[0] === 'id' && type !== 'Element') emptyElement(scope);
  } else if (scope.question.advice) noteUnsupported(object, rules, scope);
  judgeInvariants(rules.invariants, { value: object, type }, rules, scope);
}

function judgeProperty(
  value: unknown,
  object: JsonObject,
  property: PropertyRules,
  rules: ObjectRules,
  scope: JudgeScope,
): void {
  const { twin, extended, element, type } = property;
  const other = twin === undefined ? undefined : object[twin];
  // A primitive is judged once, at its value if there is one.
  if (extended && other !== undefined && !Array.isArray(other)) return;
  const { path } = scope;
  path.push(element.name);
  if (Array.isArray(value)) {
    const others = Array.isArray(other) ? other : undefined;
    for (let index = 0; index < value.length; index++) {
      const pair = others?.[index] ?? undefined;
      if (value[index] === null || (extended && pair !== undefined)) continue;
      path.push(index);
      judgeOne(value[index], pair, type, extended, property, rules, scope);
      path.pop();
    }
  } else judgeOne(value, other, type, extended, property, rules, scope);
  path.pop();
}

function judgeOne(
  value: unknown,
  twin: unknown,
  type: string,
  extended: boolean,
  { element }: PropertyRules,
  rules: ObjectRules,
  scope: JudgeScope,
): void {
  if (extended) {
    const object = value as JsonObject;
    if (rules.base && Object.keys(object).length === 1 && object.id !== undefined) emptyElement(scope);
    judgeValue({ value: undefined, extended: object, type }, element, rules, scope);
  } else judgeValue({ value, extended: twin as JsonObject | undefined, type }, element, rules, scope);
}

function emptyElement(scope: JudgeScope): void {
  if (isFull(scope)) return;
  const text = 'All FHIR elements must have a @value or children';
  reportIssue(scope, {
    severity: 'error',
    code: 'invariant',
    diagnostics: `ele-1: ${text}: an id alone is not enough`,
    details: { coding: [{ code: 'ele-1' }], text },
  });
}

/** Reports the constraints that an item does not meet. */
export function judgeInvariants(
  invariants: readonly Invariant[],
  item: Value,
  rules: ObjectRules,
  scope: JudgeScope,
): void {
  for (const invariant of invariants) {
    const { key, severity, human, expression } = invariant;
    const { advice } = scope.question;
    if (severity === 'warning' && (!advice || isNarrativeOfContained(key, scope))) continue;
    try {
      if (
        invariant.holds(itemOf(item.value, item.type, item.extended), scope.environment) ||
        isFull(scope, severity)
      )
        continue;
      reportIssue(scope, {
        severity,
        code: 'invariant',
        diagnostics: `${key}: ${human} (rule: ${expression})${saidBy(rules)}`,
        details: { coding: [{ code: key }], text: human },
      });
    } catch (error) {
      if (isTooCostly(error)) throw tooCostly(key, rules, error as Error);
      if (!advice || isFull(scope, 'information')) continue;
      const diagnostics = `${key} could not be judged: ${(error as Error).message}${saidBy(rules)}`;
      const said = severity === 'error' ? 'warning' : 'information';
      reportIssue(scope, { severity: said, code: 'not-supported', diagnostics });
    }
  }
}

/** dom-6 asks every resource for a narrative; the one that contains this resource has it (references.html#contained). */
const isNarrativeOfContained = (key: string, { resource, root }: JudgeScope): boolean =>
  key === 'dom-6' && resource !== root;

/** Says, once, which rule it was. */
function tooCostly(key: string, rules: ObjectRules, { message }: Error): Error {
  return new FhirPathError(
    'too-costly',
    message.includes(':') ? message : `${key}${saidBy(rules)}: ${message}`,
  );
}

/** Whose rule it is, where that is not the specification. */
export const saidBy = ({ base, structure: { url } }: ObjectRules): string =>
  base ? '' : ` (profile ${url})`;

/** Notes which elements a profile's users have to support, and are not there. */
function noteUnsupported(object: JsonObject, rules: ObjectRules, scope: JudgeScope): void {
  if (rules.mustSupport.length === 0) return;
  const absent = rules.mustSupport.filter((name) => {
    const carriers = [...rules.properties.values()].filter(({ element }) => element.name === name);
    return !carriers.some((carrier) => carrierIn(object, carrier));
  });
  if (absent.length === 0 || isFull(scope, 'information')) return;
  const diagnostics = `Elements that must be supported and have no value here: ${absent.join(', ')}${saidBy(rules)}`;
  reportIssue(scope, { severity: 'information', code: 'informational', diagnostics });
}

const carrierIn = (object: JsonObject, { element }: PropertyRules): boolean =>
  element.properties.some((name) => object[name] !== undefined || object[`_${name}`] !== undefined);
