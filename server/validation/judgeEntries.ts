// Entries of a Bundle by what bundle.html says of them and no invariant does: a fullUrl does not disagree with the id of the
// resource (Bundle.entry.fullUrl).
import type { JudgeScope } from './judgeScope.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

/** Judges the entries of a Bundle. */
export function judgeEntries(bundle: JsonObject, scope: JudgeScope): void {
  const entries = (bundle.entry ?? []) as JsonObject[];
  entries.forEach(({ fullUrl, resource }, index) => {
    const { resourceType, id } = (resource ?? {}) as JsonObject;
    if (typeof fullUrl !== 'string' || typeof id !== 'string' || /^urn:|\/_history\//.test(fullUrl)) return;
    if (fullUrl.endsWith(`/${resourceType}/${id}`) || isFull(scope)) return;
    const diagnostics = `The fullUrl disagrees with the resource: it has to end with '/${resourceType}/${id}'`;
    reportIssue(scope, { severity: 'error', code: 'value', diagnostics }, 'entry', index, 'fullUrl');
  });
}
