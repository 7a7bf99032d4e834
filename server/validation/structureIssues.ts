// Collects what a walk over a resource finds, as OperationOutcome issues with FHIRPath expressions.
import type { Issue, IssueCode } from '../errors.ts';

export type JsonObject = Record<string, unknown>;

/** The state of one walk. */
export interface Walk {
  /** Names and indexes down to the current object. A choice is named without its type, so that the expression can be
   * evaluated: `Observation.value.unit`, written `valueQuantity` in JSON; likewise `Patient.birthDate` for `_birthDate`. */
  readonly path: (string | number)[];
  readonly issues: Issue[];
  /** errors that are listed, and as many remarks: warnings and information */
  readonly maxIssues: number;
  /** found so far, listed or not */
  errors: number;
  remarks: number;
}

/** A walk that begins at `path`. */
export function newWalk(path: string[], maxIssues: number): Walk {
  return { path, issues: [], maxIssues, errors: 0, remarks: 0 };
}

const isError = (severity: Issue['severity']): boolean => severity === 'error' || severity === 'fatal';

/** True, and counted, when no further issue is listed; asked before anything is worked out for a message. */
export function isFull(walk: Walk, severity: Issue['severity'] = 'error'): boolean {
  const found = isError(severity) ? walk.errors : walk.remarks;
  if (found < walk.maxIssues) return false;
  if (isError(severity)) walk.errors++;
  else walk.remarks++;
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
  if (isError(issue.severity)) walk.errors++;
  else walk.remarks++;
  let expression = '';
  for (const step of [...walk.path, ...steps]) {
    if (typeof step === 'number') expression += `[${step}]`;
    else expression += `${expression && '.'}${/^[A-Za-z_]\w{0,99}$/.test(step) ? step : quoted(step)}`;
  }
  walk.issues.push({ ...issue, ...(expression ? { expression: [expression] } : {}) });
}

/** Closes the list: says how many issues it leaves out. */
export function reportTotal({ issues, errors, remarks, maxIssues }: Walk): void {
  const rest = (found: number, what: string) => {
    const more = found - maxIssues;
    return more === 1 ? `1 more ${what} is not listed` : `${more} more ${what}s are not listed`;
  };
  if (errors > maxIssues) {
    issues.push({ severity: 'error', code: 'incomplete', diagnostics: rest(errors, 'error') });
  }
  if (remarks > maxIssues) {
    issues.push({ severity: 'information', code: 'incomplete', diagnostics: rest(remarks, 'remark') });
  }
}

/** A delimited identifier (FHIRPath section 3.2), for names that no element has. */
function quoted(name: string): string {
  return `\`${name.slice(0, 100).replace(/[\\`]/g, '\\$&')}\``;
}
