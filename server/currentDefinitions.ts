// The definitions a process works by: the published ones and the custom search parameters of one revision of the database.
// Each snapshot is immutable; a new one takes its place when the revision moves on.

import { noVitalSigns, readAlertPolicy, readRuleset } from './currentRuleset.ts';
import type { CustomParameter, Definitions } from './definitions/definitions.ts';
import { compileParameter } from './definitions/parametersOf.ts';
import { concreteTypes, withCustomParameters } from './definitions/withCustomParameters.ts';
import type { IndexRows } from './search/indexRows.ts';
import type { Services } from './services.ts';
import { readParameters } from './store/customParameters.ts';
import type { Database } from './store/database.ts';
import { readRevision } from './store/definitionsRevision.ts';
import type { AlertPolicy } from './vitals/alerts/alertPolicy.ts';
import type { Ruleset } from './vitals/ruleset.ts';

type Extract = (resource: Record<string, unknown>) => IndexRows;

/** One snapshot; `revision` and `index` are those of the table definitions_revision. */
export interface CurrentDefinitions {
  readonly definitions: Definitions;
  readonly extract: Extract;
  readonly revision: number;
  readonly index: number;
  /** the vital signs that Observations are judged by */
  readonly ruleset: Ruleset;
  /** what of them raises alerts; undefined: nothing does */
  readonly policy: AlertPolicy | undefined;
  readonly extractorFor: (definitions: Definitions) => Extract;
}

/** The snapshot to begin with: revision 0, at which there are no custom parameters. */
export function publishedOnly(
  definitions: Definitions,
  extractorFor: CurrentDefinitions['extractorFor'],
): CurrentDefinitions {
  return {
    definitions,
    extract: extractorFor(definitions),
    revision: 0,
    index: 0,
    ruleset: noVitalSigns,
    policy: undefined,
    extractorFor,
  };
}

/**
 * Reads the custom parameters in force. What they do not concern stays compiled. Inside a transaction that changes
 * definitions nothing happens: what it does counts once it is committed.
 */
export async function reloadDefinitions(services: Services, db: Database = services.db): Promise<void> {
  const { revision, index, uncommitted, parameters } = await readParameters(db);
  const { current } = services;
  if (uncommitted || revision < current.revision) return; // if it is lower, another reload was faster
  const isSame = revision === current.revision;
  if (!isSame) services.extensions.forget();
  const ruleset = isSame ? current.ruleset : await readRuleset(services, db);
  const policy = isSame ? current.policy : await readAlertPolicy(services, db);
  if (revision < services.current.revision) return; // another reload was faster meanwhile
  const inUse = parameters.flatMap(({ id, definition, state }) =>
    state === 'unused' ? [] : [{ ...definition, id, usable: state === 'ready' }],
  );
  const before = current.definitions.customParameters;
  const custom = compiling(services, withCustomParameters(current.definitions, inUse), before);
  if (JSON.stringify(custom) === JSON.stringify(before)) {
    services.current = { ...current, ruleset, policy, revision, index };
    return;
  }
  const definitions = withCustomParameters(current.definitions, custom);
  const extract = rowsOf(custom) === rowsOf(before) ? current.extract : current.extractorFor(definitions);
  services.current = { ...current, definitions, extract, ruleset, policy, revision, index };
}

/** Reloads the definitions if they are not those in force: one small statement where they are. */
export async function ensureDefinitions(services: Services, db: Database = services.db): Promise<void> {
  const { revision } = await readRevision(db);
  if (revision !== services.definitionsRevision) await reloadDefinitions(services, db);
}

/** The custom parameters that compile. Others were stored by another version of this software: the log names them. */
function compiling(
  { log }: Services,
  definitions: Definitions,
  before: readonly CustomParameter[],
): CustomParameter[] {
  const known = new Set(before.map((parameter) => rowsOf([parameter])));
  return definitions.customParameters.filter((parameter) => {
    if (known.has(rowsOf([parameter]))) return true;
    try {
      for (const type of concreteTypes(definitions, parameter.base))
        compileParameter(definitions, type, parameter);
      return true;
    } catch (error) {
      const { id, url } = parameter;
      log.error('a search parameter cannot be used', { id, url, reason: (error as Error).message });
      return false;
    }
  });
}

/** What decides which index rows there are. */
const rowsOf = (parameters: readonly CustomParameter[]): string =>
  JSON.stringify(parameters.map(({ usable: _, description: __, ...rest }) => rest));
