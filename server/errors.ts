// The one error type for a refused request, and the issue shape that validators return (OperationOutcome.issue).

/** Codes of http://hl7.org/fhir/ValueSet/issue-type that this server uses. */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'too-costly'
  | 'code-invalid'
  | 'extension'
  | 'business-rule'
  | 'conflict'
  | 'transient'
  | 'lock-error'
  | 'exception'
  | 'timeout'
  | 'throttled'
  | 'incomplete'
  | 'informational';

/** One OperationOutcome.issue: `expression` holds FHIRPath locations such as `Patient.name[0].given[1]`. */
export interface Issue {
  severity: 'fatal' | 'error' | 'warning' | 'information';
  code: IssueCode;
  diagnostics: string;
  expression?: string[];
  /** the broken constraint: `coding[0].code` its key, such as `obs-6`, `text` what it asks for */
  details?: { coding?: { system?: string; code: string }[]; text: string };
}

/** A refused request: HTTP status, the issues to render, and headers the status requires (`Allow`, `Retry-After`, …). */
export class FhirError extends Error {
  readonly status: number;
  readonly issues: Issue[];
  readonly headers: Record<string, string>;

  constructor(status: number, issues: Issue[], headers: Record<string, string> = {}) {
    super(issues[0]?.diagnostics ?? `HTTP ${status}`);
    this.name = 'FhirError';
    this.status = status;
    this.issues = issues;
    this.headers = headers;
  }
}

/** A refusal with a single error issue. */
export function refuse(status: number, code: IssueCode, diagnostics: string, expression?: string): FhirError {
  return new FhirError(status, [
    { severity: 'error', code, diagnostics, ...(expression ? { expression: [expression] } : {}) },
  ]);
}
