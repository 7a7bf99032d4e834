// Makes the index rows of stored resources again, by the definitions in force.
import type { PoolClient } from 'pg';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { DefinitionsMovedOn, readRevision } from '../store/definitionsRevision.ts';
import type { StoredVersion } from '../store/resources.ts';
import { type IndexedVersion, rewriteIndex } from '../store/rewriteIndex.ts';
import { breathe } from './breathe.ts';

/** What could not be extracted, and why. */
export interface ReindexFailure {
  /** `Type/id` */
  resource: string;
  reason: string;
}

/**
 * Reindexes current versions inside a transaction. A resource that changes meanwhile is left to its writer.
 * @throws DefinitionsMovedOn when this process does not work by the definitions in force: reload them and try again
 */
export async function reindexResources(
  services: Services,
  tx: PoolClient,
  versions: readonly StoredVersion[],
): Promise<ReindexFailure[]> {
  if ((await readRevision(tx)).index !== services.indexRevision) throw new DefinitionsMovedOn();
  const { extract } = services;
  const failures: ReindexFailure[] = [];
  const indexed: IndexedVersion[] = [];
  for (const [turn, { type, id, version, content }] of versions.entries()) {
    await breathe(turn);
    try {
      const resource = parseJson(content!) as Resource;
      if (resource?.resourceType !== type) throw new Error(`The stored content is no ${type}.`);
      indexed.push({ type, id, version, rows: extract(resource) });
    } catch (error) {
      failures.push({ resource: `${type}/${id}`, reason: (error as Error).message });
    }
  }
  await services.terms.remember(indexed);
  await rewriteIndex(tx, indexed);
  return failures;
}
