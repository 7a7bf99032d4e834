// The members of a compartment in the order in which $everything pages through them.
import { compartmentPresence, referenceTargetsOf } from '../search/compartmentHashes.ts';
import { readAnyMembers, readMembers } from '../store/compartment.ts';
import type { StoredVersion } from '../store/resources.ts';
import type { Scope } from './everything.ts';
import type { Position } from './everythingParameters.ts';

/** The types that type level goes through, the compartment's own first. */
export function memberTypes({ services, request }: Pick<Scope, 'services' | 'request'>): string[] {
  const types = compartmentPresence(services.definitions, request.type).map(({ type }) => type);
  return [...new Set([request.type, ...types.sort()])];
}

/**
 * The focal resource, then the rest of its compartment by key; on type level, type by type.
 * @param after where the page before ended
 * @param chunk resources per statement
 */
export async function* members(
  scope: Scope,
  after: Position | undefined,
  chunk: number,
): AsyncGenerator<StoredVersion> {
  const { services, db, request, focal, care } = scope;
  if (!focal) return yield* anyMembers(scope, after, chunk);
  if (!after) yield focal;
  const hashes = referenceTargetsOf(services.definitions, request.type, focal.id);
  for (let key = after?.key ?? 0; ; ) {
    const found = await readMembers(db, hashes, care, key, chunk);
    for (const version of found) if (version.key !== focal.key) yield version;
    if (found.length < chunk) return;
    key = found.at(-1)!.key;
  }
}

async function* anyMembers(
  scope: Scope,
  after: Position | undefined,
  chunk: number,
): AsyncGenerator<StoredVersion> {
  const { services, db, request, care } = scope;
  const byType = Map.groupBy(compartmentPresence(services.definitions, request.type), ({ type }) => type);
  const order = memberTypes(scope);
  for (const type of order.slice(after ? order.indexOf(after.type) : 0)) {
    const hashes = type === request.type ? [] : byType.get(type)!.map(({ hash }) => hash);
    for (let key = after && type === after.type ? after.key : 0; ; ) {
      const found = await readAnyMembers(db, type, hashes, care, key, chunk);
      yield* found;
      if (found.length < chunk) break;
      key = found.at(-1)!.key;
    }
  }
}
