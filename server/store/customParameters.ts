// SearchParameter resources as the server uses them: what each defines, and how far its index is.
import type { PoolClient } from 'pg';
import type { PublishedParameter } from '../definitions/definitions.ts';
import { type Database, run } from './database.ts';

/** See the table search_parameter. */
export type ParameterState = 'unused' | 'building' | 'ready' | 'failed';

/** One SearchParameter resource; `job` builds its index. */
export interface StoredParameter {
  id: string;
  definition: PublishedParameter;
  state: ParameterState;
  reason: string | null;
  job: number | null;
}

/** All of them, with the revision at which they are as they are. */
export interface StoredParameters {
  revision: number;
  index: number;
  /** read in the transaction that made this revision, which may yet be undone */
  uncommitted: boolean;
  parameters: StoredParameter[];
}

/** Reads revision and parameters in one snapshot. */
export async function readParameters(db: Database): Promise<StoredParameters> {
  const { rows } = await run<{
    revision: string;
    index: string;
    uncommitted: boolean;
    parameters: StoredParameter[];
  }>(db, {
    text:
      'SELECT revision, index_revision AS index, ' +
      'coalesce(xmin = pg_current_xact_id_if_assigned()::xid, false) AS uncommitted, (SELECT coalesce(jsonb_agg(jsonb_build_object(' +
      "'id', id, 'definition', definition, 'state', state, 'reason', reason, 'job', job) ORDER BY id), '[]') " +
      'FROM search_parameter) AS parameters FROM definitions_revision',
    values: [],
  });
  const { revision, index, ...rest } = rows[0]!;
  return { revision: Number(revision), index: Number(index), ...rest };
}

/** Stores what a parameter is now. */
export async function storeParameter(tx: PoolClient, parameter: StoredParameter): Promise<void> {
  const { id, definition, state, reason, job } = parameter;
  await run(tx, {
    text:
      'INSERT INTO search_parameter (id, url, definition, state, reason, job) VALUES ($1, $2, $3, $4, $5, $6) ' +
      'ON CONFLICT (id) DO UPDATE SET url = $2, definition = $3, state = $4, reason = $5, job = $6',
    values: [id, definition.url, JSON.stringify(definition), state, reason, job],
  });
}

/** Forgets a parameter. */
export async function removeParameter(tx: PoolClient, id: string): Promise<void> {
  await run(tx, { text: 'DELETE FROM search_parameter WHERE id = $1', values: [id] });
}

/** Has a new job build the index of a parameter again. */
export async function rebuildParameter(tx: PoolClient, id: string, job: number): Promise<void> {
  await run(tx, {
    text: "UPDATE search_parameter SET state = 'building', reason = NULL, job = $2 WHERE id = $1",
    values: [id, job],
  });
}

/** Ends the building of the parameters that a job was for. */
export async function settleParameters(
  tx: PoolClient,
  job: number,
  outcome: { state: 'ready' | 'failed'; reason: string | null },
): Promise<void> {
  await run(tx, {
    text: "UPDATE search_parameter SET state = $2, reason = $3 WHERE job = $1 AND state = 'building'",
    values: [job, outcome.state, outcome.reason],
  });
}
