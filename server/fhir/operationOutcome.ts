// OperationOutcome resources from issues (http://hl7.org/fhir/R4/operationoutcome.html).
import type { Issue } from '../errors.ts';

/** JSON text of an OperationOutcome; without issues it says that all went well. */
export function operationOutcome(issues: Issue[]): string {
  const issue =
    issues.length > 0
      ? issues
      : [{ severity: 'information', code: 'informational', diagnostics: 'The request was carried out.' }];
  return JSON.stringify({ resourceType: 'OperationOutcome', issue });
}
