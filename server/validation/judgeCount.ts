// How often an element is there, and the slices of its values (profiling.html#slicing).
import { isOfSlice, undecidable } from './isOfSlice.ts';
import { saidBy } from './judgeObject.ts';
import type { JudgeScope } from './judgeScope.ts';
import { judgeValue, type Value } from './judgeValue.ts';
import type { ElementRules, ObjectRules, SlicingRules } from './rules.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** A value of an element and its place in the list, or -1. */
interface Occurrence extends Value {
  readonly index: number;
}

/** Judges the number of an element's values in an object, and its slices. */
export function judgeCount(
  element: ElementRules,
  object: JsonObject,
  rules: ObjectRules,
  scope: JudgeScope,
): void {
  const found = occurrences(element, object, rules);
  scope.path.push(element.name);
  limit(found.length, element, `'${element.name}'`, rules, scope);
  if (element.slicing) judgeSlices(found, element.slicing, element.name, rules, scope);
  scope.path.pop();
}

function limit(
  count: number,
  { min, max }: { min: number; max: number },
  what: string,
  rules: ObjectRules,
  scope: JudgeScope,
): void {
  if (count >= min && count <= max) return;
  if (isFull(scope)) return;
  const code = count < min ? 'required' : 'structure';
  const wanted =
    count < min ? `at least ${min} of ${what}` : max === 0 ? `no ${what}` : `at most ${max} of ${what}`;
  const diagnostics = `There must be ${wanted}; there ${count === 1 ? 'is' : 'are'} ${count}${saidBy(rules)}`;
  reportIssue(scope, { severity: 'error', code, diagnostics });
}

function occurrences({ properties }: ElementRules, object: JsonObject, rules: ObjectRules): Occurrence[] {
  const found: Occurrence[] = [];
  for (const name of properties) {
    const property = rules.properties.get(name);
    if (!property) continue;
    const { type } = property;
    const value = object[name];
    const extended = object[`_${name}`];
    if (Array.isArray(value) || Array.isArray(extended)) {
      const values = (value ?? []) as unknown[];
      const others = (extended ?? []) as (JsonObject | null)[];
      for (let index = 0; index < Math.max(values.length, others.length); index++) {
        found.push({ value: values[index] ?? undefined, extended: others[index] ?? undefined, type, index });
      }
    } else if (value !== undefined || extended !== undefined) {
      found.push({ value, extended: extended as JsonObject | undefined, type, index: -1 });
    }
  }
  return found;
}

/** Gives each value to the first slice that it belongs to, and judges slices and order. */
function judgeSlices(
  found: readonly Occurrence[],
  { slicing, slices }: SlicingRules,
  name: string,
  rules: ObjectRules,
  scope: JudgeScope,
): void {
  const vague = slices.map(undecidable).find((reason) => reason !== undefined);
  if (vague !== undefined) {
    if (!scope.question.advice || isFull(scope, 'warning')) return;
    const diagnostics = `The slices of '${name}' cannot be judged: ${vague}${saidBy(rules)}`;
    reportIssue(scope, { severity: 'warning', code: 'not-supported', diagnostics });
    return;
  }
  const members = slices.map((): Occurrence[] => []);
  let furthest = -1;
  let unmatchedBefore = false;
  const wrong = (occurrence: Occurrence, message: string) => {
    if (isFull(scope)) return;
    const steps = occurrence.index < 0 ? [] : [occurrence.index];
    reportIssue(
      scope,
      { severity: 'error', code: 'structure', diagnostics: message + saidBy(rules) },
      ...steps,
    );
  };
  for (const occurrence of found) {
    const at = slices.findIndex((slice) => isOfSlice(occurrence, slice, scope));
    if (at < 0) {
      unmatchedBefore = true;
      if (slicing.rules === 'closed') {
        const names = slices.map((slice) => slice.name).join(', ') || 'none';
        wrong(occurrence, `'${name}' belongs to none of the slices, and no others are allowed: ${names}`);
      }
      continue;
    }
    if (slicing.rules === 'openAtEnd' && unmatchedBefore) {
      wrong(
        occurrence,
        `'${name}' of slice ${slices[at].name} must come before those that belong to no slice`,
      );
    }
    if (slicing.ordered && at < furthest) {
      wrong(
        occurrence,
        `'${name}' of slice ${slices[at].name} must come before those of ${slices[furthest].name}`,
      );
    }
    furthest = Math.max(furthest, at);
    members[at].push(occurrence);
  }
  slices.forEach((slice, at) => {
    limit(members[at].length, slice, `'${name}' of slice ${slice.name}`, rules, scope);
    for (const occurrence of members[at]) {
      if (occurrence.index >= 0) scope.path.push(occurrence.index);
      judgeValue(occurrence, slice, rules, scope);
      if (occurrence.index >= 0) scope.path.pop();
    }
    if (slice.slicing) judgeSlices(members[at], slice.slicing, `${name}:${slice.name}`, rules, scope);
  });
}
