// What the links of a set of writes lead to: the entries' own identities, the matches of conditional references, and
// placeholders for those that match nothing (http.html#trules).
import type { Identity } from '../store/resources.ts';
import { placeholderFor } from './placeholder.ts';
import type { Planned } from './planChange.ts';
import type { Linked, Prepared } from './prepareWrites.ts';
import { newId } from './resourceId.ts';
import type { LinkTargets } from './rewriteLinks.ts';

/** A planned write with the links of what it stores. */
export interface PlannedWrite extends Linked {
  prepared: Prepared;
  planned: Planned;
}

/** fullUrl → what became of its entry; nothing for a deleted one. */
export function localTargets(writes: { prepared: Prepared; planned: Planned }[]): LinkTargets['local'] {
  const local: LinkTargets['local'] = new Map();
  for (const { prepared, planned } of writes) {
    const { fullUrl } = prepared.request;
    if (fullUrl !== undefined && !isGone(planned)) local.set(fullUrl, planned);
  }
  return local;
}

/** Criteria → identities: what the store has, less what is deleted here, and what is written under the same criteria. */
export function conditionalTargets(
  writes: PlannedWrite[],
  matches: Map<string, Identity[]>,
): LinkTargets['conditional'] {
  const gone = new Set(writes.filter(({ planned }) => isGone(planned)).map(({ planned }) => nameOf(planned)));
  const conditional: LinkTargets['conditional'] = new Map();
  for (const [text, found] of matches) {
    conditional.set(text, gone.size === 0 ? found : found.filter((match) => !gone.has(nameOf(match))));
  }
  for (const { prepared, planned } of writes) {
    if (prepared.criteria && !isGone(planned)) conditional.set(prepared.criteria.text, [planned]);
  }
  return conditional;
}

/** Makes placeholders for conditional references that match nothing, and adds them to `conditional`. */
export function makePlaceholders(writes: PlannedWrite[], conditional: LinkTargets['conditional']) {
  const made: { id: string; resource: ReturnType<typeof placeholderFor> & object }[] = [];
  for (const { type, text } of writes.flatMap(({ references }) => references)) {
    if ((conditional.get(text)?.length ?? 0) > 0) continue;
    const resource = placeholderFor(type, text);
    if (!resource) continue;
    const id = newId();
    conditional.set(text, [{ type, id }]);
    made.push({ id, resource });
  }
  return made;
}

const isGone = ({ change }: Planned) => change === 'deleted' || change === 'absent';
export const nameOf = ({ type, id }: Identity) => `${type}/${id}`;
