// What clients want done with things of the plain JSON API → the writes that do it, in view of what is stored. What was read is
// what is written over: each write asks for the version that it was planned by.
import { isDeepStrictEqual } from 'node:util';
import { FhirError, refuse } from '../../errors.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import { newId } from '../../fhir/resourceId.ts';
import type { Resource, Services } from '../../services.ts';
import type { ClinicResource, Json, Wanted } from './clinicResource.ts';
import { judgeInput } from './judgeInput.ts';
import { mergePatch } from './mergePatch.ts';
import { namedIn } from './peopleNamed.ts';
import { checkLive, checkMatch, thereAlready } from './preconditions.ts';
import { RefusedIntents } from './refusedIntents.ts';
import { token } from './searchTerms.ts';
import type { Seen } from './seen.ts';
import { findThings, noThing, type Thing } from './thing.ts';
import { nameOf } from './thingParts.ts';
import { trimInput } from './trimInput.ts';
import { checkThing } from './validateThing.ts';

/** What a client wants done with one thing; `at` is where its data is in the body, a JSON pointer that begins with `#`. */
export type Intent = { at: string } & (
  | { op: 'create'; data: unknown }
  | { op: 'replace'; id: string; data: unknown; ifMatch?: string; ifNoneMatch?: string }
  | { op: 'change'; id: string; patch: unknown; ifMatch?: string }
  | { op: 'act'; id: string; action: string; data: unknown; ifMatch?: string }
  | { op: 'delete'; id: string; ifMatch?: string }
);

/** The writes of one intent, that of the main resource first. */
export interface Plan {
  id: string;
  op: Intent['op'];
  at: string;
  /** whether there is no such thing yet */
  isNew: boolean;
  requests: WriteRequest[];
  seen: readonly Seen[];
  /** people whom what is there named already, as `Type/id` */
  named: readonly string[];
}

/**
 * Plans all intents.
 * @throws RefusedIntents for those that cannot be carried out
 */
export async function planThings(
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
  const take = (id: string, index: number) => {
    const first = taken.get(id);
    if (first !== undefined) {
      throw refuse(
        422,
        'duplicate',
        `Operation ${first} is about "${id}" already: one request can do one thing with it only.`,
      );
    }
    taken.set(id, index);
  };
  for (const [index, intent] of intents.entries()) {
    try {
      const id = ids[index];
      if (id !== undefined) take(id, index);
      const plan = await planOne(
        services,
        resource,
        intent,
        id,
        id === undefined ? undefined : known.get(id),
      );
      if (plan.id !== id) take(plan.id, index);
      plans.push(plan);
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      refusals.set(index, error);
    }
  }
  if (refusals.size > 0) throw new RefusedIntents(refusals);
  return plans.length === 1 ? plans : withoutRepeats(plans);
}

/** What several of the things share, such as the trial of two referrals, is written by the first of them. */
function withoutRepeats(plans: readonly Plan[]): Plan[] {
  const shared = new Map<string, WriteRequest>();
  return plans.map((plan) => {
    const [main, ...others] = plan.requests;
    const own = others.filter((request) => {
      if (request.method !== 'PUT') return true;
      const name = `${request.type}/${request.id}`;
      const first = shared.get(name);
      if (!first) shared.set(name, request);
      return !first || !isDeepStrictEqual(first, request);
    });
    return { ...plan, requests: [main!, ...own] };
  });
}

/** The id that the client gives a new thing. */
function chosenId(data: unknown): string | undefined {
  const id = typeof data === 'object' && data !== null ? (data as Json).id : undefined;
  return typeof id === 'string' ? id : undefined;
}

async function planOne(
  services: Services,
  resource: ClinicResource,
  intent: Intent,
  id: string | undefined,
  thing: Thing | undefined,
): Promise<Plan> {
  const { op, at } = intent;
  if (op === 'create') return planCreate(services, resource, intent, id, thing);
  if (!thing) throw await noThing(services, resource, intent.id);
  checkLive(resource, thing);
  checkMatch(resource, thing, intent.ifMatch);
  if (op === 'replace' && intent.ifNoneMatch?.trim() === '*') throw thereAlready(resource, thing);
  const known = resourcesOf(thing);
  const plan = { id: thing.id, op, at, isNew: false };
  if (op === 'delete') {
    const { resourceType: type, id: own } = thing.main;
    const requests = resource.toDelete?.(known) ?? [{ method: 'DELETE' as const, type, id: own! }];
    const { seen = [] } = (await resource.prepareDelete?.(services, known)) ?? {};
    return { ...plan, requests: asRead(requests, known), seen, named: [] };
  }
  const by = op === 'act' ? resource.actions![intent.action]! : resource;
  const asked = { op, id: thing.id, known, at };
  const input =
    op === 'act'
      ? acted(by.schema, intent.data, at)
      : await judgeInput(
          services,
          resource,
          { ...asked, input: memberless(resource, thing, intent) },
          thing.json,
        );
  if (op !== 'act' && input.id !== undefined && input.id !== thing.id) {
    throw refuse(422, 'value', `The id is "${thing.id}" and cannot be changed: leave "id" out.`, `${at}/id`);
  }
  const wanted: Wanted = { ...asked, input };
  const { context, seen = [] } = (await by.prepare?.(services, wanted)) ?? {};
  const requests = asRead(by.toFhir(input, thing.id, known, context), known);
  return { ...plan, requests, seen, named: namedIn(known) };
}

/** The body of an action. @throws FhirError 422 */
function acted(schema: Json, data: unknown, at: string): Json {
  const input = trimInput(schema, data);
  checkThing(schema, input, at);
  return input;
}

const resourcesOf = ({ main, parts }: Thing): Resource[] => [main, ...parts];

async function planCreate(
  services: Services,
  resource: ClinicResource,
  { data, at }: Intent & { op: 'create' },
  id: string | undefined,
  thing: Thing | undefined,
): Promise<Plan> {
  const newOne = id ?? newId();
  const asked = { op: 'create' as const, id: newOne, known: [], at };
  const input = await judgeInput(services, resource, { ...asked, input: data });
  if (thing) throw existing(resource, thing.id, at);
  const wanted: Wanted = { ...asked, input };
  const { same, context, seen = [] } = (await resource.prepare?.(services, wanted)) ?? {};
  if (same) {
    const known = resourcesOf(same);
    const requests = asRead(resource.toFhir(input, same.id, known, context), known);
    return { id: same.id, op: 'create', at, isNew: false, requests, seen, named: namedIn(known) };
  }
  const [main, ...others] = resource.toFhir(input, newOne, [], context);
  const unique = id === undefined ? main! : onlyOnce(resource, main!, id);
  return { id: newOne, op: 'create', at, isNew: true, requests: [unique, ...others], seen, named: [] };
}

/** What is to be stored: without the links, and without members that only the server tells, which have to be as they are. */
function memberless(
  { shown = {}, schema }: ClinicResource,
  { json }: Thing,
  intent: Intent & { op: 'replace' | 'change' },
): unknown {
  const { op, at } = intent;
  const sent = op === 'replace' ? intent.data : mergePatch(json, patchOf(intent.patch, at));
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return sent;
  const { _links, ...members } = sent as Json;
  const own = schema.properties as Json;
  for (const name of Object.keys({ ...shown, ...json })) {
    if (Object.hasOwn(own, name)) continue;
    const isLeftOut = op === 'replace' && !Object.hasOwn(members, name);
    if (!isLeftOut && !isDeepStrictEqual(members[name], json[name])) {
      const told = json[name] === undefined ? 'has none' : `tells ${JSON.stringify(json[name]).slice(0, 80)}`;
      const diagnostics = `"${name}" is told by the server, which ${told}: leave it out.`;
      throw refuse(422, 'value', diagnostics, `${at}/${encodeURIComponent(name)}`);
    }
    delete members[name];
  }
  return members;
}

function patchOf(patch: unknown, at: string): Json {
  if (typeof patch === 'object' && patch !== null && !Array.isArray(patch)) return patch as Json;
  throw refuse(422, 'structure', 'A merge patch must be an object, with the members to change.', at);
}

/** A create that finds it when somebody else creates the same at the same time. */
function onlyOnce({ system }: ClinicResource, main: WriteRequest, id: string): WriteRequest {
  if (main.method !== 'POST') return { ...main, ifNoneMatchAny: true };
  return { ...main, criteria: `identifier=${encodeURIComponent(token(system, id))}` };
}

/**
 * The requests, each only if what it is about is as it was read. Where parts come and go, the main resource gets a new version, so
 * that of two clients who do so at the same time one is told.
 */
function asRead(requests: readonly WriteRequest[], known: readonly Resource[]): WriteRequest[] {
  const versions = new Map(known.map((one) => [nameOf(one), Number(one.meta?.versionId)]));
  const versionOf = ({ type, id }: WriteRequest) => versions.get(`${type}/${id}`);
  const main = nameOf(known[0]!);
  const hasOtherParts = requests.some(
    (request) =>
      `${request.type}/${request.id}` !== main &&
      (request.method === 'DELETE' || versionOf(request) === undefined),
  );
  return requests.map((request) => {
    const version = versionOf(request);
    if (version === undefined) return request;
    const isMain = `${request.type}/${request.id}` === main;
    return { ...request, ifMatch: version, ...(isMain && hasOtherParts && { always: true }) };
  });
}

export const existing = ({ title, name }: ClinicResource, id: string, at: string) =>
  refuse(
    409,
    'duplicate',
    `There is a ${title} with the id "${id}" already: change it with PUT or PATCH /api/v1/${name}/${encodeURIComponent(id)}, or leave "id" out.`,
    `${at}/id`,
  );
