// What $validate says of definitions beyond what it says of any resource: whether they could be used.
import { reduceStructures } from '../definitions/reduceStructures.ts';
import type { Issue } from '../errors.ts';
import { planParameters } from '../fhir/customParameters.ts';
import { structuresNow } from '../fhir/storedStructures.ts';
import type { Resource, Services } from '../services.ts';
import type { Change } from '../store/change.ts';
import type { Database } from '../store/database.ts';

/** Why a profile could not be used; it can be stored all the same. */
export async function structureIssues(
  services: Services,
  resource: Resource,
  db: Database,
): Promise<Issue[]> {
  const { url, baseDefinition } = resource as Resource & { url: string; baseDefinition?: string };
  const known = await structuresNow(services, db, baseDefinition === undefined ? [] : [baseDefinition]);
  const problem = reduceStructures((canonical) => (canonical === url ? resource : undefined), known).problem(
    url,
  );
  if (problem === undefined) return [];
  const diagnostics = `Nothing can be validated against it: ${problem}`;
  return [{ severity: 'warning', code: 'not-supported', diagnostics, expression: ['StructureDefinition'] }];
}

/** Why a search parameter could not be used, or others not do without what it was. Nothing is changed. */
export async function parameterIssues(
  services: Services,
  id: string,
  resource: Resource,
  db: Database,
): Promise<Issue[]> {
  const content = JSON.stringify(resource);
  const change: Change = {
    ...{ type: 'SearchParameter', id, content, supersedes: 0, version: 1, method: 'PUT' },
    ...{ lastUpdated: 0, source: null, rows: undefined },
  };
  const issues: Issue[] = [];
  await planParameters(services, db, [change], (_, error) => issues.push(...error.issues));
  return issues;
}
