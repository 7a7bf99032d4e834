// The XHTML of a narrative (narrative.html, txt-1 and txt-2). Both are published as `htmlChecks()`; here each says what is
// wrong by itself.
import { htmlProblem, noContent } from '../fhirpath/htmlChecks.ts';
import type { JudgeScope } from './judgeScope.ts';
import type { ValueRules } from './rules.ts';
import { isFull, reportIssue } from './structureIssues.ts';

/** Judges the text of `Narrative.div`. */
export function judgeNarrative(html: string, { definition }: ValueRules, scope: JudgeScope): void {
  const problem = htmlProblem(html);
  if (problem === undefined || isFull(scope)) return;
  const key = problem === noContent ? 'txt-2' : 'txt-1';
  const text = definition.constraints?.find((constraint) => constraint.key === key)?.human ?? '';
  reportIssue(scope, {
    severity: 'error',
    code: 'invariant',
    diagnostics: `${key}: ${problem}. ${text}`,
    details: { coding: [{ code: key }], text },
  });
}
