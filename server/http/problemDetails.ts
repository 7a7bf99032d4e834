// Refusals of the plain JSON API as problem details (RFC 9457): made of the same errors as OperationOutcomes.
import { STATUS_CODES } from 'node:http';
import type { FhirError, Issue, IssueCode } from '../errors.ts';
import type { RenderRefusal } from './errorHandler.ts';

export interface Problem {
  /** one per kind of problem: {@link PROBLEM_TYPES} and the code of its first issue */
  type: string;
  title: string;
  status: number;
  detail: string;
  /** path of the request */
  instance: string;
  errors: ProblemError[];
  /** X-Request-Id of the answer: the log has it too */
  requestId: string;
}

/** One thing that is wrong, and where. */
export interface ProblemError {
  detail: string;
  code: IssueCode;
  /** in the body: a JSON pointer as a URI fragment (RFC 6901 section 6), `#/who` */
  pointer?: string;
  /** a query parameter */
  parameter?: string;
  /** in a FHIR resource: FHIRPath */
  expression?: string;
}

export const PROBLEM_TYPES = 'https://salus.example/problems/';
const PROBLEM_JSON = 'application/problem+json';

/** Renders any refusal under /api. */
export const renderProblem: RenderRefusal = (refusal, { requestId, path }) => ({
  type: PROBLEM_JSON,
  body: JSON.stringify(problemDetails(refusal, path, requestId)),
});

/** The problem that a refusal is. */
export function problemDetails(
  { status, issues, message }: FhirError,
  instance: string,
  requestId: string,
): Problem {
  return {
    type: `${PROBLEM_TYPES}${issues[0]?.code ?? 'processing'}`,
    title: STATUS_CODES[status] ?? 'Refused',
    status,
    detail: message,
    instance,
    errors: problemErrors(issues),
    requestId,
  };
}

/** The errors of a problem. */
export const problemErrors = (issues: readonly Issue[]): ProblemError[] => issues.map(errorOf);

/** A path below the body itself, `name[0].given`; one into a FHIR resource begins with its type. */
const PATH = /^[a-z]\w*(?:\.\w+|\[\d+\])*$/;

/** Where an issue says where it is: `#/…` or a path in the body, `http.…` in the query (as OperationOutcome.issue.location has it). */
function errorOf({ diagnostics, code, expression }: Issue): ProblemError {
  const place = expression?.[0];
  const error: ProblemError = { detail: diagnostics, code };
  if (place === undefined) return error;
  if (place.startsWith('http.')) error.parameter = place.slice('http.'.length);
  else if (place.startsWith('#')) error.pointer = place;
  else if (PATH.test(place)) error.pointer = `#/${place.replaceAll(/[.[]/g, '/').replaceAll(']', '')}`;
  else error.expression = place;
  return error;
}
