// Units → the one write path, many units to a transaction; a unit is stored as a whole or refused as a whole. What is stored
// already keeps everything that the CRM does not tell.
import { FhirError } from '../../errors.ts';
import type { WriteRequest, WriteResult } from '../../fhir/planChange.ts';
import { writeAll } from '../../fhir/write.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { retrying, transaction } from '../../store/database.ts';
import { readContents } from '../../store/resources.ts';
import { withoutStates } from '../care/referralMerge.ts';
import { codeSystem } from '../fhirParts.ts';
import type { CrmUnit } from './crmUnit.ts';

/** What became of a unit: of each of its resources, or why nothing of it was stored. */
export type UnitResult = { changes: WriteResult['change'][] } | { refusal: FhirError };

const BATCH_UNITS = 100;
const STATES = codeSystem('person-states');
/** Code systems of the tags that a CRM tells. */
const TOLD = [STATES, codeSystem('contact-types'), codeSystem('referral-states')];

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
    const changes = await writeWhole(services, batch, dryRun);
    let from = 0;
    return batch.map(({ resources }) => {
      const own = changes.slice(from, from + resources.length);
      from += resources.length;
      return { changes: own };
    });
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
  batch: readonly CrmUnit[],
  dryRun: boolean,
): Promise<WriteResult['change'][]> {
  const resources = batch.flatMap((unit) => unit.resources);
  const known = await knownOf(services, resources);
  const current = (resource: Resource) => known.get(`${resource.resourceType}/${resource.id}`);
  const fresh = batch.filter(({ main }) => !current(main));
  // Earlier states first: state n of each, in the transaction of the last ones.
  const rounds = dryRun ? 0 : Math.max(0, ...fresh.map(({ earlier }) => earlier.length));
  const early = Array.from({ length: rounds }, (_, n) => fresh.flatMap(({ earlier }) => earlier[n] ?? []));
  const hasEarly = new Set(early.flat().map(({ id }) => id));
  const requests = () =>
    batch.flatMap(({ resources }) =>
      withoutStates(resources, current).map((resource): WriteRequest => {
        const known = current(resource);
        if (known)
          return { ...put(merged(known, resource)), ifMatch: Number((known.meta as Meta).versionId) };
        return { ...put(resource), ...(!hasEarly.has(resource.id) && { ifNoneMatchAny: true }) };
      }),
    );
  const outcome =
    rounds > 0
      ? await retrying(() =>
          transaction(services.db, async (within) => {
            for (const states of early) await writeAll(services, states.map(put), { atomic: true, within });
            return writeAll(services, requests(), { atomic: true, within });
          }),
        )
      : await (dryRun ? rehearse : store)(services, requests());
  return outcome.map((result, i) => {
    const { change } = result as WriteResult;
    // Above its earlier states, a new resource is still a new one.
    return change === 'updated' && !current(resources[i]!) ? 'created' : change;
  });
}

const store = (services: Services, requests: WriteRequest[]) =>
  writeAll(services, requests, { atomic: true });

async function rehearse(services: Services, requests: WriteRequest[]): Promise<(WriteResult | FhirError)[]> {
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

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType, id: resource.id!, resource: structuredClone(resource) },
});

async function knownOf(services: Services, resources: readonly Resource[]): Promise<Map<string, Resource>> {
  const ids = Map.groupBy(resources, ({ resourceType }) => resourceType);
  const known = new Map<string, Resource>();
  for (const [type, ofType] of ids) {
    const wanted = ofType.map(({ id }) => id!);
    for (const { id, content } of await readContents(services.db, type, wanted)) {
      known.set(`${type}/${id}`, parseJson(content) as Resource);
    }
  }
  return known;
}

interface Identifier {
  system?: string;
  value?: string;
}
interface Meta {
  versionId?: string;
  tag?: { system?: string; code?: string }[];
  profile?: string[];
}

/** A stored resource with what the CRM tells of it. */
function merged(known: Resource | undefined, told: Resource): Resource {
  if (!known) return told;
  const identifiers = union(
    told.identifier as Identifier[] | undefined,
    known.identifier as Identifier[] | undefined,
    ({ system, value }) => `${system}|${value}`,
  );
  const extensions = union(
    told.extension as { url: string }[] | undefined,
    known.extension as { url: string }[] | undefined,
    ({ url }) => url,
  );
  const [meta, before] = [(told.meta ?? {}) as Meta, (known.meta ?? {}) as Meta];
  const was = (before.tag ?? []).filter(({ system }) => TOLD.includes(system ?? ''));
  const others = (before.tag ?? []).filter((tag) => !was.includes(tag));
  // A conversion is not undone by an export that does not tell of it.
  const isConverted = was.some(({ system, code }) => system === STATES && code === 'patient');
  const states = isConverted ? was : (meta.tag ?? was);
  const profile = union(meta.profile, before.profile, (url) => url);
  return {
    ...known,
    ...told,
    meta: {
      ...before,
      ...(profile.length > 0 && { profile }),
      ...(states.length + others.length > 0 && { tag: [...others, ...states] }),
    },
    ...(identifiers.length > 0 && { identifier: identifiers }),
    ...(extensions.length > 0 && { extension: extensions }),
  } as Resource;
}

/** The first ones, and those of the others that have not the key of one of them. */
function union<T>(first: readonly T[] = [], others: readonly T[] = [], keyOf: (item: T) => string): T[] {
  const keys = new Set(first.map(keyOf));
  return [...first, ...others.filter((item) => !keys.has(keyOf(item)))];
}
