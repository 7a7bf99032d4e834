// What a write was planned in view of: when it is committed, the same must hold, or it is planned anew. So two clients who enter
// the same person at the same time make one record, not two.
import type { PoolClient } from 'pg';
import { refuse } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import type { Services } from '../../services.ts';
import { lockNames } from '../../store/database.ts';

/** A FHIR search and all that it found. */
export interface Seen {
  type: string;
  /** `email=jose%40ejemplo.com` */
  query: string;
  ids: readonly string[];
}

/** What one of several plans that are written together was decided by. */
export interface SeenByPlan {
  seen: readonly Seen[];
  /** `Type/id` of what it has written */
  written: readonly string[];
}

/**
 * Makes sure, in the transaction `tx` that has written what is planned, that the searches of each plan find nothing else than they did
 * but what it has written itself. Whoever checks the same search waits until the transaction ends.
 * @param refuseTogether called for a plan that would have found what another one of the same transaction has written: throws
 * @throws FhirError 412 with the code conflict
 */
export async function checkSeen(
  services: Services,
  tx: PoolClient,
  plans: readonly SeenByPlan[],
  refuseTogether: (plan: number, other: number) => never,
): Promise<void> {
  const searches = plans.flatMap(({ seen }, by) =>
    seen.map(({ type, query, ids }) => ({ by, ids, ...parseCriteria(services, type, query) })),
  );
  if (searches.length === 0) return;
  await lockNames(
    tx,
    searches.map(({ text }) => text),
  );
  const writers = new Map(plans.flatMap(({ written }, plan) => written.map((name) => [name, plan])));
  const limit = Math.max(...searches.map(({ ids }) => ids.length)) + writers.size + 1;
  const found = await findMatches(services, tx, searches, limit);
  for (const { by, type, text, ids } of searches) {
    const writerOf = (id: string) => writers.get(`${type}/${id}`);
    const known = new Set(ids);
    const now = found.get(text)!.map(({ id }) => id);
    const added = now.find((id) => !known.has(id) && (writerOf(id) ?? by) !== by);
    if (added !== undefined) refuseTogether(by, writerOf(added)!);
    const isOfOthers = (id: string) => writerOf(id) === undefined;
    const [before, after] = [ids.filter(isOfOthers), now.filter(isOfOthers)];
    if (before.length !== after.length || after.some((id) => !known.has(id))) {
      throw refuse(
        412,
        'conflict',
        `Meanwhile something else has come to match ${type} as it was looked for.`,
      );
    }
  }
}
