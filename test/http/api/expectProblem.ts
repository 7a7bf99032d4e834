// What every refusal of the plain JSON API must look like: problem details (RFC 9457).
import { expect } from '@jest/globals';
import type { Answer } from '../../support/testServer.ts';

/** What the first of the errors is expected to say. */
interface ExpectedError {
  detail?: string | RegExp;
  pointer?: string;
  parameter?: string;
}

/** Expects problem details with `status`; `error` is matched against the first of its errors. */
export function expectProblem(answer: Answer, status: number, error: ExpectedError = {}): void {
  const { body, headers } = answer;
  expect({ status: answer.status, type: headers.get('content-type') }).toEqual({
    status,
    type: 'application/problem+json',
  });
  expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'detail', 'instance', 'errors', 'requestId']);
  expect(body).toMatchObject({ status, requestId: headers.get('x-request-id') });
  expect(body.type).toMatch(/^https:\/\/salus\.example\/problems\/[a-z-]+$/);
  expect(body.title).toMatch(/\S/);
  expect(body.instance).toMatch(/^\/api/);
  const [first] = body.errors;
  expect(body.detail).toBe(first.detail);
  const { detail, ...place } = error;
  if (typeof detail === 'string') expect(first.detail).toContain(detail);
  else if (detail) expect(first.detail).toMatch(detail);
  const { pointer, parameter } = first;
  if (Object.keys(place).length > 0) expect({ pointer, parameter }).toEqual({ ...place });
}
