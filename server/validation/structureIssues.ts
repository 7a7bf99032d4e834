// Collects what a walk over a resource finds, as OperationOutcome issues with FHIRPath expressions.
import type { Issue, IssueCode } from '../errors.ts';

export type JsonObject = Record<string, unknown>;

/** The state of one walk. */
export interface Walk {
  /** Names and indexes down to the current object. A choice is named without its type, so that the expression can be
   * evaluated: `Observation.value.unit`, written `valueQuantity` in JSON; likewise `Patient.birthDate` for `_birthDate`. */
  readonly path: (string | number)[];
  readonly issues: Issue[];
  readonly maxIssues: number;
  /** errors found beyond maxIssues */
  more: number;
}

/** True, and counted, when no further issue is listed; asked before anything is worked out for a message. */
export function isFull(walk: Walk): boolean {
  if (walk.issues.length < walk.maxIssues) return false;
  walk.more++;
  return true;
}

/** Adds an error at the current place, or `steps` below it. */
export function report(
  walk: Walk,
  code: IssueCode,
  diagnostics: string,
  ...steps: (string | number)[]
): void {
  reportIssue(walk, { severity: 'error', code, diagnostics }, ...steps);
}

/** Adds an issue at the current place, or `steps` below it. */
export function reportIssue(
  walk: Walk,
  issue: Omit<Issue, 'expression'>,
  ...steps: (string | number)[]
): void {
  let expression = '';
  for (const step of [...walk.path, ...steps]) {
    if (typeof step === 'number') expression += `[${step}]`;
    else expression += `${expression && '.'}${/^[A-Za-z_]\w{0,99}$/.test(step) ? step : quoted(step)}`;
  }
  walk.issues.push({ ...issue, ...(expression ? { expression: [expression] } : {}) });
}

/** Closes the list: says how many errors it leaves out. */
export function reportTotal(walk: Walk): void {
  if (walk.more === 0) return;
  const rest = walk.more === 1 ? '1 more error is' : `${walk.more} more errors are`;
  walk.issues.push({ severity: 'error', code: 'incomplete', diagnostics: `${rest} not listed` });
}

/** A delimited identifier (FHIRPath section 3.2), for names that no element has. */
function quoted(name: string): string {
  return `\`${name.slice(0, 100).replace(/[\\`]/g, '\\$&')}\``;
}
