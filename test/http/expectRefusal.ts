// What every refusal must look like (http.html#outcomes): an OperationOutcome whose issues say what is wrong.
import { expect } from '@jest/globals';
import type { Answer } from '../support/testServer.ts';

/** What the first issue of a refusal is expected to say. */
export interface ExpectedIssue {
  code?: string;
  diagnostics?: string | RegExp;
  expression?: string[];
}

/** Expects an OperationOutcome with `status`; `issue` is matched against its first issue. */
export function expectRefusal(answer: Answer, status: number, issue: ExpectedIssue = {}): void {
  const { body, headers } = answer;
  expect({ status: answer.status, body }).toMatchObject({
    status,
    body: { resourceType: 'OperationOutcome' },
  });
  expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
  expect(body.issue.length).toBeGreaterThan(0);
  for (const { severity, code, diagnostics } of body.issue) {
    expect(['fatal', 'error', 'warning', 'information']).toContain(severity);
    expect(code).toMatch(/^[a-z-]+$/);
    expect(diagnostics).toMatch(/\S/);
  }
  const [first] = body.issue;
  if (issue.code) expect(first.code).toBe(issue.code);
  if (issue.expression) expect(first.expression).toEqual(issue.expression);
  if (typeof issue.diagnostics === 'string') expect(first.diagnostics).toContain(issue.diagnostics);
  else if (issue.diagnostics) expect(first.diagnostics).toMatch(issue.diagnostics);
}
