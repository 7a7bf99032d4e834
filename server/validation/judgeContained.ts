// Rules of contained resources (references.html#contained, dom-3): each is referred to from the resource that contains it,
// or refers to that, and no two have the same id.
import type { JudgeScope } from './judgeScope.ts';
import { isFull, type JsonObject, reportIssue } from './structureIssues.ts';

const TEXT =
  'If the resource is contained in another resource, it SHALL be referred to from elsewhere in the resource or SHALL refer to the containing resource';

/** Judges the list of contained resources of `resource`. */
export function judgeContained(resource: JsonObject, scope: JudgeScope): void {
  const contained = resource.contained as JsonObject[];
  const mentioned = new Set<string>();
  collectLocal(resource, mentioned);
  const seen = new Set<unknown>();
  contained.forEach((each, index) => {
    const { id } = each;
    const wrong = (key: string | undefined, message: string, text: string) => {
      if (isFull(scope)) return;
      const details = key === undefined ? {} : { details: { coding: [{ code: key }], text } };
      const diagnostics = key === undefined ? message : `${key}: ${message}`;
      reportIssue(
        scope,
        { severity: 'error', code: key ? 'invariant' : 'structure', diagnostics, ...details },
        'contained',
        index,
      );
    };
    if (id !== undefined && seen.has(id)) wrong(undefined, `Two contained resources have the id "${id}"`, '');
    seen.add(id);
    if (typeof id === 'string' && mentioned.has(`#${id}`)) return;
    const own = new Set<string>();
    collectLocal(each, own);
    if (!own.has('#'))
      wrong('dom-3', `${TEXT}${id === undefined ? ': it has no id' : `: nothing refers to "#${id}"`}`, TEXT);
  });
}

/** Every text that names something in the same resource: `#id`, or `#` for the container. */
function collectLocal(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.charCodeAt(0) === 35) into.add(value);
  } else if (Array.isArray(value)) for (const item of value) collectLocal(item, into);
  else if (typeof value === 'object' && value !== null) {
    for (const key in value) collectLocal((value as JsonObject)[key], into);
  }
}
