// The one row that says how new the definitions in force are: every process holds its own copy and compares.
import type { PoolClient } from 'pg';
import { type Database, run, WriteConflict } from './database.ts';

/** `revision` counts every change of the definitions, `index` those that change what is extracted from resources. */
export interface Revision {
  revision: number;
  index: number;
}

/** For statements that must store nothing unless the definitions that made their index rows are in force. */
export const INDEX_REVISION = '(SELECT index_revision FROM definitions_revision)';

/** The revision in force. */
export async function readRevision(db: Database): Promise<Revision> {
  const { rows } = await run<{ revision: string; index: string }>(db, {
    text: 'SELECT revision, index_revision AS index FROM definitions_revision',
    values: [],
  });
  return { revision: Number(rows[0]!.revision), index: Number(rows[0]!.index) };
}

/** Raises the revision. Until the transaction ends, others who change definitions wait. */
export async function raiseRevision(tx: PoolClient): Promise<void> {
  await run(tx, { text: 'UPDATE definitions_revision SET revision = revision + 1', values: [] });
}

/** Says that something else is extracted from now on; returns the new index revision. */
export async function raiseIndexRevision(tx: PoolClient): Promise<number> {
  const { rows } = await run<{ index: string }>(tx, {
    text: 'UPDATE definitions_revision SET index_revision = index_revision + 1 RETURNING index_revision AS index',
    values: [],
  });
  return Number(rows[0]!.index);
}

/** Thrown inside a write whose index rows were extracted by definitions that are no longer in force. */
export class DefinitionsMovedOn extends WriteConflict {
  constructor() {
    super('The set of search parameters');
    this.name = 'DefinitionsMovedOn';
  }
}
