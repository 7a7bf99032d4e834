// What is done with things of the plain JSON API: create, replace, change, delete; one or many, all or nothing, through the one
// write path of the FHIR store. What was read is what is written over: who was slower reads again.
import { FhirError, refuse } from '../errors.ts';
import type { WriteRequest, WriteResult } from '../fhir/planChange.ts';
import { newId } from '../fhir/resourceId.ts';
import { writeAll } from '../fhir/write.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { ClinicResource, Json } from './clinicResource.ts';
import { mergePatch } from './mergePatch.ts';
import { RefusedIntents, refusedBy } from './refusedIntents.ts';
import { token } from './searchTerms.ts';
import { findThings, noThing, type Thing, thingOf } from './thing.ts';
import { nameOf } from './thingParts.ts';
import { checkThing } from './validateThing.ts';

/** What a client wants done with one thing; `at` is where its data is in the body, a JSON pointer that begins with `#`. */
export type Intent = { at: string } & (
  | { op: 'create'; data: unknown }
  | { op: 'replace'; id: string; data: unknown; ifMatch?: string }
  | { op: 'change'; id: string; patch: unknown; ifMatch?: string }
  | { op: 'delete'; id: string; ifMatch?: string }
);

/** What became of an intent; there is no thing after a deletion. */
export interface Outcome {
  id: string;
  isNew: boolean;
  thing?: Thing;
}

/** Runs in the transaction of the writes. */
export type BeforeCommit = (db: Database, outcomes: Outcome[]) => Promise<void>;

/** Races that are lost one after the other before a client is told. */
const MOST_ATTEMPTS = 8;

/**
 * Carries out all intents in one transaction, or none.
 * @throws RefusedIntents for those that cannot be carried out: 404, 409, 412, 422
 */
export async function carryOut(
  services: Services,
  resource: ClinicResource,
  intents: readonly Intent[],
  beforeCommit?: BeforeCommit,
): Promise<Outcome[]> {
  for (let attempt = 1; ; attempt++) {
    const plans = await planAll(services, resource, intents);
    try {
      return await store(services, resource, plans, beforeCommit);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      const isRace = error.status === 412 && error.issues[0]?.code === 'conflict';
      if (!isRace) throw refusedBy(resource, intents, error);
      if (attempt === MOST_ATTEMPTS) {
        const message = `Other clients kept changing the same things; send the request again. The last time: ${error.message}`;
        throw refuse(409, 'conflict', message);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }
}

/** One intent. @throws FhirError 404, 409, 412, 422 */
export async function carryOutOne(
  services: Services,
  resource: ClinicResource,
  intent: Intent,
  beforeCommit?: (db: Database, outcome: Outcome) => Promise<void>,
): Promise<Outcome> {
  try {
    const hook: BeforeCommit | undefined = beforeCommit && ((db, [outcome]) => beforeCommit(db, outcome!));
    const [outcome] = await carryOut(services, resource, [intent], hook);
    return outcome!;
  } catch (error) {
    if (error instanceof RefusedIntents) throw error.refusals.get(0)!;
    throw error;
  }
}

interface Plan {
  id: string;
  op: Intent['op'];
  at: string;
  requests: WriteRequest[];
}

async function planAll(
  services: Services,
  resource: ClinicResource,
  intents: readonly Intent[],
): Promise<Plan[]> {
  const ids = intents.map((intent) => (intent.op === 'create' ? chosenId(intent.data) : intent.id));
  const known = await findThings(
    services,
    resource,
    ids.filter((id) => id !== undefined),
  );
  const taken = new Map<string, number>();
  const refusals = new Map<number, FhirError>();
  const plans: Plan[] = [];
  for (const [index, intent] of intents.entries()) {
    try {
      const id = ids[index];
      const first = id === undefined ? undefined : taken.get(id);
      if (first !== undefined) {
        throw refuse(
          422,
          'duplicate',
          `Operation ${first} is about "${id}" already: one request can do one thing with it only.`,
        );
      }
      if (id !== undefined) taken.set(id, index);
      plans.push(planOne(resource, intent, id, id === undefined ? undefined : known.get(id)));
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      refusals.set(index, error);
    }
  }
  if (refusals.size > 0) throw new RefusedIntents(refusals);
  return plans;
}

/** The id that the client gives a new thing. */
function chosenId(data: unknown): string | undefined {
  const id = typeof data === 'object' && data !== null ? (data as Json).id : undefined;
  return typeof id === 'string' ? id : undefined;
}

function planOne(
  resource: ClinicResource,
  intent: Intent,
  id: string | undefined,
  thing: Thing | undefined,
): Plan {
  const { schema } = resource;
  const { op, at } = intent;
  if (op === 'create') {
    checkThing(schema, intent.data, at);
    if (thing) throw existing(resource, thing.id, at);
    const newOne = id ?? newId();
    const [main, ...others] = resource.toFhir(intent.data, newOne, []);
    const unique = id === undefined ? main! : onlyOnce(resource, main!, id);
    return { id: newOne, op, at, requests: [unique, ...others] };
  }
  if (!thing) throw noThing(resource, intent.id);
  checkMatch(resource, thing, intent.ifMatch);
  const known = [thing.main, ...thing.parts];
  if (op === 'delete') {
    const { type, id: own } = { type: resource.type, id: thing.main.id! };
    const requests = resource.toDelete?.(known) ?? [{ method: 'DELETE' as const, type, id: own }];
    return { id: thing.id, op, at, requests: asRead(requests, known) };
  }
  const input =
    op === 'replace' ? intent.data : mergePatch(ownMembers(schema, thing.json), patchOf(intent.patch, at));
  checkThing(schema, input, at);
  if (input.id !== undefined && input.id !== thing.id) {
    throw refuse(422, 'value', `The id is "${thing.id}" and cannot be changed: leave "id" out.`, `${at}/id`);
  }
  return { id: thing.id, op, at, requests: asRead(resource.toFhir(input, thing.id, known), known) };
}

function patchOf(patch: unknown, at: string): Json {
  if (typeof patch === 'object' && patch !== null && !Array.isArray(patch)) return patch as Json;
  throw refuse(422, 'structure', 'A merge patch must be an object, with the members to change.', at);
}

/** What a client could have sent: the plain form tells more. */
function ownMembers({ properties }: Json, json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([name]) => Object.hasOwn(properties as Json, name)));
}

/** A create that finds it when somebody else creates the same at the same time. */
function onlyOnce({ system }: ClinicResource, main: WriteRequest, id: string): WriteRequest {
  if (main.method !== 'POST') return { ...main, ifNoneMatchAny: true };
  return { ...main, criteria: `identifier=${encodeURIComponent(token(system, id))}` };
}

/** The requests, each only if what it is about is as it was read. */
function asRead(requests: readonly WriteRequest[], known: readonly Resource[]): WriteRequest[] {
  const versions = new Map(known.map((one) => [nameOf(one), Number(one.meta?.versionId)]));
  return requests.map((request) => {
    const version = request.id === undefined ? undefined : versions.get(`${request.type}/${request.id}`);
    return version === undefined ? request : { ...request, ifMatch: version };
  });
}

/**
 * Whether If-Match allows a change: `*`, the ETag, or the version of the main resource.
 * @throws FhirError 400 for what is none of them, 412
 */
function checkMatch({ title }: ClinicResource, { id, tag, main }: Thing, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const given = ifMatch.split(',').map((one) => /^(?:W\/)?"([\w-]{1,40})"$/.exec(one.trim())?.[1]);
  if (given.includes(undefined)) {
    throw refuse(400, 'value', `If-Match must be an ETag such as ${tag}, not "${ifMatch.slice(0, 80)}".`);
  }
  if (given.some((one) => one === main.meta?.versionId || `W/"${one}"` === tag)) return;
  throw refuse(
    412,
    'conflict',
    `${title} "${id}" has been changed since: its ETag is ${tag}. Read it again before you change it.`,
  );
}

const existing = ({ title, name }: ClinicResource, id: string, at: string) =>
  refuse(
    409,
    'duplicate',
    `There is a ${title} with the id "${id}" already: change it with PUT or PATCH /api/v1/${name}/${encodeURIComponent(id)}, or leave "id" out.`,
    `${at}/id`,
  );

async function store(
  services: Services,
  resource: ClinicResource,
  plans: readonly Plan[],
  beforeCommit: BeforeCommit | undefined,
): Promise<Outcome[]> {
  const requests = plans.flatMap((plan) => plan.requests);
  const entryIndex = plans.flatMap((plan, index) => plan.requests.map(() => index));
  let outcomes: Outcome[] | undefined;
  const settle = async (db: Database, results: (WriteResult | FhirError)[]) => {
    outcomes = await outcomesOf(services, resource, plans, results as WriteResult[], db);
    await beforeCommit?.(db, outcomes);
  };
  // Without anything to do in it, a lone write needs no transaction.
  const inside = beforeCommit || resource.parts.length > 0 || requests.some(({ criteria }) => criteria);
  const results = await writeAll(services, requests, {
    atomic: true,
    entryIndex,
    ...(inside && { beforeCommit: settle }),
  });
  if (!inside) await settle(services.db, results);
  return outcomes!;
}

async function outcomesOf(
  services: Services,
  resource: ClinicResource,
  plans: readonly Plan[],
  results: readonly WriteResult[],
  db: Database,
): Promise<Outcome[]> {
  const mains: WriteResult[] = [];
  const doubles = new Map<number, FhirError>();
  let start = 0;
  for (const [index, { id, at, requests }] of plans.entries()) {
    const own = results.slice(start, start + requests.length);
    start += requests.length;
    mains.push(own[0]!);
    if (own[0]!.change === 'matched') doubles.set(index, existing(resource, id, at));
  }
  if (doubles.size > 0) throw new RefusedIntents(doubles);
  const kept = plans.filter(({ op }) => op !== 'delete').map(({ id }) => id);
  const read = resource.parts.length === 0 ? undefined : await findThings(services, resource, kept, db);
  return plans.map(({ id, op }, index) => {
    if (op === 'delete') return { id, isNew: false };
    const thing = read ? read.get(id) : thingOf(resource, parseJson(mains[index]!.content!) as Resource, []);
    if (!thing) throw new Error(`${resource.name} ${id} cannot be found by what tells its kind`);
    return { id, isNew: op === 'create', thing };
  });
}
