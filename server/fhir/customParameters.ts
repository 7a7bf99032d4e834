// What writes of SearchParameter resources mean for searches (searchparameter.html): each is checked against the others in
// the transaction that stores it, and a job is queued that indexes what is stored already.
import type { PoolClient } from 'pg';
import { checkParameter } from '../definitions/checkParameter.ts';
import type { Definitions, PublishedParameter } from '../definitions/definitions.ts';
import { parameterByUrl } from '../definitions/parametersOf.ts';
import { concreteTypes, withCustomParameters } from '../definitions/withCustomParameters.ts';
import { FhirError, refuse } from '../errors.ts';
import { compositeEmitter } from '../search/parameters/composite.ts';
import type { Resource, Services } from '../services.ts';
import type { Change } from '../store/change.ts';
import {
  readParameters,
  removeParameter,
  type StoredParameter,
  storeParameter,
} from '../store/customParameters.ts';
import type { Database } from '../store/database.ts';
import { raiseIndexRevision } from '../store/definitionsRevision.ts';
import { queueReindex } from '../store/jobs.ts';

/** The parameters by id, as they are after a set of changes. */
type Parameters = Map<string, StoredParameter>;

/** What a set of changes does to the parameters. */
export interface ParameterPlan {
  before: Parameters;
  after: Parameters;
}

/**
 * Plans the SearchParameter resources among the changes. The caller holds the definitions revision, so that nobody else
 * changes parameters meanwhile. A change that cannot be is handed to `refused` and left out of the plan.
 */
export async function planParameters(
  services: Services,
  tx: Database,
  changes: readonly Change[],
  refused: (change: Change, error: FhirError) => void,
): Promise<ParameterPlan> {
  const { parameters } = await readParameters(tx);
  const before: Parameters = new Map(parameters.map((parameter) => [parameter.id, parameter]));
  // A refused change may be what another one rests on, so the rest is looked at again without it.
  for (let rest = changes.filter(({ type }) => type === 'SearchParameter'); ; ) {
    const after = new Map(before);
    for (const { id, content } of rest) {
      if (content === null) after.delete(id);
      else after.set(id, stored(id, JSON.parse(content) as Resource));
    }
    const faulty: Change[] = [];
    for (const change of rest) {
      try {
        const settled = settle(services, change.id, before, after);
        if (settled) after.set(change.id, settled);
      } catch (error) {
        if (!(error instanceof FhirError)) throw error;
        refused(change, error);
        faulty.push(change);
      }
    }
    if (faulty.length === 0) return { before, after };
    rest = rest.filter((change) => !faulty.includes(change));
  }
}

/**
 * Stores the plan and queues the job that its new parameters wait for.
 * @returns the new index revision, or undefined where the same is extracted as before
 */
export async function storeParameters(
  { definitions }: Services,
  tx: PoolClient,
  { before, after }: ParameterPlan,
): Promise<number | undefined> {
  const fresh = [...after.values()].filter(({ state, job }) => state === 'building' && job === null);
  const bases = fresh.flatMap(({ definition }) => definition.base);
  const job = fresh.length > 0 ? await queueReindex(tx, concreteTypes(definitions, bases), true) : null;
  for (const parameter of after.values()) {
    if (fresh.includes(parameter)) await storeParameter(tx, { ...parameter, job });
    else if (parameter !== before.get(parameter.id)) await storeParameter(tx, parameter);
  }
  for (const id of before.keys()) if (!after.has(id)) await removeParameter(tx, id);
  return fresh.length > 0 ? raiseIndexRevision(tx) : undefined;
}

/** A SearchParameter resource before it is known whether it can be used. */
function stored(id: string, resource: Resource): StoredParameter {
  const active = resource.status === 'active';
  return {
    id,
    definition: definitionOf(resource),
    state: active ? 'building' : 'unused',
    reason: active ? null : `Its status is ${resource.status}; only active parameters are used.`,
    job: null,
  };
}

function definitionOf(resource: Resource): PublishedParameter {
  const { url, code, type, base, description, expression, target, component } =
    resource as unknown as PublishedParameter;
  return {
    url,
    code,
    type,
    base,
    description,
    ...(expression === undefined ? {} : { expression }),
    ...(target === undefined ? {} : { target }),
    ...(component === undefined
      ? {}
      : {
          component: component.map((part) => ({ definition: part.definition, expression: part.expression })),
        }),
  };
}

/** The parameter as it is to be stored. @throws FhirError when it cannot be used, or others cannot do without it */
function settle(
  services: Services,
  id: string,
  before: Parameters,
  after: Parameters,
): StoredParameter | undefined {
  const known = before.get(id);
  const parameter = after.get(id);
  if (known && known.state !== 'unused') refuseIfNeeded(services, known, after);
  if (!parameter || parameter.state === 'unused') return parameter;

  const { definition } = parameter;
  const definitions = definitionsWith(services, after);
  const { compiled, issues } = checkParameter(definitions, definition);
  if (issues) throw new FhirError(422, issues);
  const twin = publishedTwin(services, definition);
  if (twin)
    return { ...parameter, state: 'unused', reason: `It means the same as ${twin}, which is in use.` };
  refuseTaken(definitions, id, definition, after);
  for (const { paths } of compiled.values()) {
    for (const { path } of paths) {
      if (path.kind !== 'composite') continue;
      try {
        compositeEmitter(path, { definitions, baseUrls: services.baseUrls });
      } catch (error) {
        throw refuse(422, 'not-supported', (error as Error).message, 'SearchParameter.component');
      }
    }
  }
  const same = known && known.state !== 'unused' && rowsOf(known.definition) === rowsOf(definition);
  return same ? { ...known, definition } : parameter;
}

function definitionsWith({ definitions }: Services, parameters: Parameters): Definitions {
  const active = [...parameters.values()].filter(({ state }) => state !== 'unused');
  return withCustomParameters(
    definitions,
    active.map(({ id, definition, state }) => ({ ...definition, id, usable: state === 'ready' })),
  );
}

/** What decides which index rows a parameter has. */
const rowsOf = ({ type, base, expression, component }: PublishedParameter): string =>
  JSON.stringify([type, base.toSorted(), expression, component]);

/** A composite in use keeps its components in use, and of their types. */
function refuseIfNeeded(services: Services, known: StoredParameter, after: Parameters): void {
  const { url, type } = known.definition;
  const definitions = definitionsWith(services, after);
  for (const { id, definition, state } of after.values()) {
    if (state === 'unused' || id === known.id) continue;
    const refers = definition.component?.some((part) => part.definition.split('|')[0] === url);
    if (refers && parameterByUrl(definitions, url)?.type !== type) {
      throw refuse(
        409,
        'conflict',
        `SearchParameter/${known.id} is a component of SearchParameter/${id} (${definition.url}): change that first.`,
      );
    }
  }
}

/** The url of the published parameter that a definition repeats: same code and type, and the same elements of each type. */
function publishedTwin({ definitions }: Services, parameter: PublishedParameter): string | undefined {
  const types = concreteTypes(definitions, parameter.base);
  const published = withCustomParameters(definitions, []);
  const twin = published.searchParameters.find(
    (other) =>
      other.code === parameter.code && other.type === parameter.type && covers(published, other, types),
  );
  if (!twin) return undefined;
  const pathsOf = (of: PublishedParameter, type: string) => {
    const { compiled } = checkParameter(published, { ...of, base: [type] });
    return JSON.stringify(
      compiled
        ?.get(type)
        ?.paths.map((path) => JSON.stringify(path))
        .sort(),
    );
  };
  return types.every((type) => pathsOf(twin, type) === pathsOf(parameter, type)) ? twin.url : undefined;
}

function covers(definitions: Definitions, { base }: PublishedParameter, types: readonly string[]): boolean {
  const own = new Set(concreteTypes(definitions, base));
  return types.every((type) => own.has(type));
}

/** @throws FhirError 409 when the url, or the code on one of its types, is another parameter's already */
function refuseTaken(
  definitions: Definitions,
  id: string,
  parameter: PublishedParameter,
  after: Parameters,
): void {
  const others = [...after.values()].filter((other) => other.id !== id && other.state !== 'unused');
  const all = [...definitions.searchParameters, ...others.map(({ definition }) => definition)];
  const sameUrl = all.find(({ url }) => url === parameter.url);
  if (sameUrl) {
    throw refuse(
      409,
      'duplicate',
      `The url ${parameter.url} is that of another search parameter.`,
      'SearchParameter.url',
    );
  }
  const types = new Set(concreteTypes(definitions, parameter.base));
  for (const other of all) {
    if (other.code !== parameter.code) continue;
    const taken = concreteTypes(definitions, other.base).find((type) => types.has(type));
    if (taken === undefined) continue;
    throw refuse(
      409,
      'duplicate',
      `${taken} has a search parameter "${parameter.code}" already: ${other.url}. Choose another code.`,
      'SearchParameter.code',
    );
  }
}
