// Units → the one write path, many units to a transaction, with what the CRM has told of them; a unit is stored as a whole or refused
// as a whole.
import { FhirError } from '../../errors.ts';
import type { WriteRequest, WriteResult } from '../../fhir/planChange.ts';
import { writeAll } from '../../fhir/write.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { keepTold, readTold } from '../../store/crmTold.ts';
import { type Database, retrying, transaction } from '../../store/database.ts';
import { readContents } from '../../store/resources.ts';
import { nameOf } from '../things/thingParts.ts';
import { type Adopted, adoptParts } from './adoptParts.ts';
import type { CrmUnit } from './crmUnit.ts';
import type { Clash } from './mergeTold.ts';
import { type Lookup, planUnit, put, type Step } from './planUnit.ts';

/** What became of a unit: of each of its resources, and what was changed in the CRM and here; or why nothing of it was stored. */
export type UnitResult =
  | { changes: WriteResult['change'][]; clashes: (Clash & { resource: string })[] }
  | { refusal: FhirError };

const BATCH_UNITS = 100;
/** Thrown to take back a transaction that was a rehearsal. */
class Rehearsed extends Error {}

/** Writes units in their order; a batch of results for each batch of units. `dryRun` finds out the same, and stores nothing. */
export async function* writeCrm(
  services: Services,
  units: readonly CrmUnit[],
  { dryRun }: { dryRun: boolean },
): AsyncGenerator<{ unit: CrmUnit; result: UnitResult }[]> {
  for (let at = 0; at < units.length; at += BATCH_UNITS) {
    const batch = units.slice(at, at + BATCH_UNITS);
    const results = await writeBatch(services, batch, dryRun);
    yield batch.map((unit, i) => ({ unit, result: results[i]! }));
  }
}

async function writeBatch(
  services: Services,
  batch: readonly CrmUnit[],
  dryRun: boolean,
  tries = 3,
): Promise<UnitResult[]> {
  try {
    return await writeWhole(services, batch, dryRun);
  } catch (error) {
    // Something of a unit was refused: each by itself tells which.
    if (!(error instanceof FhirError) || error.status >= 500) throw error;
    // Somebody else has just written one of them: what is there now is read again.
    if (error.status === 412 && tries > 1) return writeBatch(services, batch, dryRun, tries - 1);
    if (batch.length === 1) return [{ refusal: error }];
  }
  const results: UnitResult[] = [];
  for (const unit of batch) results.push(...(await writeBatch(services, [unit], dryRun)));
  return results;
}

async function writeWhole(
  services: Services,
  told: readonly CrmUnit[],
  dryRun: boolean,
): Promise<UnitResult[]> {
  const all = (units: readonly CrmUnit[]) => units.flatMap(({ resources }) => resources);
  const first = await knownOf(services, all(told));
  const { units: batch, aliases } = await adoptParts(services, told, first, (resources) =>
    toldBefore(services, resources),
  );
  const isRenamed = batch.some((unit, i) => unit !== told[i]);
  const { stored, before } = isRenamed ? await knownOf(services, all(batch)) : first;
  const plans = batch.map((unit) => ({ unit, steps: planUnit(unit, stored, before) }));
  const steps = plans.flatMap((plan) => plan.steps);
  const fresh = batch.filter(({ main }) => !stored(main) && !before(main));
  // Earlier states first: state n of each, in the transaction of the last ones.
  const rounds = dryRun ? 0 : Math.max(0, ...fresh.map(({ earlier }) => earlier.length));
  const early = Array.from({ length: rounds }, (_, n) => fresh.flatMap(({ earlier }) => earlier[n] ?? []));
  const outcome = await carryOut(services, { early, steps, aliases }, dryRun);
  let at = 0;
  const changeOf = (resource: Resource, { request }: Step): WriteResult['change'] => {
    if (!request) return 'unchanged';
    const { change } = outcome[at++] as WriteResult;
    // Above its earlier states, a new resource is still a new one.
    return change === 'updated' && !stored(resource) ? 'created' : change;
  };
  return plans.map(({ unit: { resources }, steps }) => ({
    changes: steps.map((step, i) => changeOf(resources[i]!, step)),
    clashes: steps.flatMap(({ clashes }, i) =>
      clashes.map((clash) => ({ ...clash, resource: nameOf(resources[i]!) })),
    ),
  }));
}

interface Work {
  early: readonly Resource[][];
  steps: readonly Step[];
  aliases: Adopted['aliases'];
}

/** Writes what the steps ask for, and remembers what was told, in one transaction. */
async function carryOut(
  services: Services,
  { early, steps, aliases }: Work,
  dryRun: boolean,
): Promise<(WriteResult | FhirError)[]> {
  const hasEarly = new Set(early.flat().map(({ id }) => id));
  // The write path owns what it is given: each attempt has its own.
  const requests = (): WriteRequest[] =>
    steps.flatMap(({ request }) => {
      if (!request) return [];
      const { ifNoneMatchAny, ...rest } = request;
      const isNew = ifNoneMatchAny && !hasEarly.has(request.id);
      return [{ ...rest, resource: structuredClone(rest.resource!), ...(isNew && { ifNoneMatchAny }) }];
    });
  if (dryRun) return rehearse(services, requests());
  const told = [
    ...aliases,
    ...steps.flatMap(({ remember }) =>
      remember ? [{ type: remember.resourceType, id: remember.id!, told: remember }] : [],
    ),
  ];
  const wanted = requests();
  if (wanted.length === 0) {
    if (told.length > 0) await retrying(() => transaction(services.db, (db) => keepTold(db, told)));
    return [];
  }
  const beforeCommit = (db: Database) => keepTold(db, told);
  if (early.length === 0) return writeAll(services, wanted, { atomic: true, beforeCommit });
  return retrying(() =>
    transaction(services.db, async (within) => {
      for (const states of early) await writeAll(services, states.map(put), { atomic: true, within });
      return writeAll(services, requests(), { atomic: true, within, beforeCommit });
    }),
  );
}

async function rehearse(services: Services, requests: WriteRequest[]): Promise<(WriteResult | FhirError)[]> {
  if (requests.length === 0) return [];
  let outcome: (WriteResult | FhirError)[] = [];
  const beforeCommit = async (_: unknown, results: (WriteResult | FhirError)[]) => {
    outcome = [...results];
    throw new Rehearsed();
  };
  try {
    await writeAll(services, requests, { atomic: true, beforeCommit });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
  return outcome;
}

/** The resources as they are stored, and as the CRM told them before. */
async function knownOf(
  services: Services,
  resources: readonly Resource[],
): Promise<{ stored: Lookup; before: Lookup }> {
  const stored = new Map<string, Resource>();
  for (const [type, ofType] of Map.groupBy(resources, ({ resourceType }) => resourceType)) {
    const wanted = ofType.map(({ id }) => id!);
    for (const { id, content } of await readContents(services.db, type, wanted)) {
      stored.set(`${type}/${id}`, parseJson(content) as Resource);
    }
  }
  const before = await toldBefore(services, resources);
  return { stored: (resource) => stored.get(nameOf(resource)), before };
}

async function toldBefore(services: Services, resources: readonly Resource[]): Promise<Lookup> {
  const identities = resources.map(({ resourceType, id }) => ({ type: resourceType, id: id! }));
  const told = await readTold(services.db, identities);
  const byName = new Map(told.map((each) => [`${each.type}/${each.id}`, each.told as Resource]));
  return (resource) => byName.get(nameOf(resource));
}
