// What is done with things of the plain JSON API: create, replace, change, act, delete; one or many, all or nothing, through the
// one write path of the FHIR store. Who was slower than another client is planned again.

import type { PoolClient } from 'pg';
import { FhirError, refuse } from '../../errors.ts';
import type { WriteResult } from '../../fhir/planChange.ts';
import { writeAll } from '../../fhir/write.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import type { ClinicResource } from './clinicResource.ts';
import { namesPeople, peopleSeen } from './peopleNamed.ts';
import { existing, type Intent, type Plan, planThings } from './planThings.ts';
import { RefusedIntents, refusedBy } from './refusedIntents.ts';
import { checkSeen } from './seen.ts';
import { findThings, type Thing, thingOf } from './thing.ts';
import { type Turn, takeTurn } from './turns.ts';

/** What became of an intent; there is no thing after a deletion. */
export interface Outcome {
  id: string;
  isNew: boolean;
  thing?: Thing;
}

/** Runs in the transaction of the writes. */
export type BeforeCommit = (db: Database, outcomes: Outcome[]) => Promise<void>;

/** A client is told of races that were lost one after the other when there have been this many, and this much time has passed. */
const LEAST_ATTEMPTS = 8;
const PATIENCE_MS = 15_000;
/** Longest pause of who lost for the first time; those who have lost more often are given precedence. */
const PAUSE_MS = 40;

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
  const began = Date.now();
  let turn: Turn | undefined;
  try {
    for (let attempt = 1; ; attempt++) {
      const plans = await planThings(services, resource, intents);
      try {
        if (resource.kept) return await resource.kept.store(services, plans, beforeCommit);
        return await store(services, resource, plans, beforeCommit);
      } catch (error) {
        if (!(error instanceof FhirError)) throw error;
        const isRace = error.status === 412 && error.issues[0]?.code === 'conflict';
        if (!isRace) throw refusedBy(resource, intents, error);
        if (attempt >= LEAST_ATTEMPTS && Date.now() - began > PATIENCE_MS) throw tooManyRaces(error);
        // Those of this process who lose take turns; then only the first of each process compete.
        if (turn) await new Promise((resolve) => setTimeout(resolve, (Math.random() * PAUSE_MS) / attempt));
        turn ??= await takeTurn(services, plans);
      }
    }
  } finally {
    turn?.end();
  }
}

function tooManyRaces({ message }: FhirError): FhirError {
  const diagnostics = `Other clients kept changing the same things; send the request again. The last time: ${message}`;
  return new FhirError(409, [{ severity: 'error', code: 'conflict', diagnostics }], { 'Retry-After': '1' });
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

async function store(
  services: Services,
  resource: ClinicResource,
  plans: readonly Plan[],
  beforeCommit: BeforeCommit | undefined,
): Promise<Outcome[]> {
  const requests = plans.flatMap((plan) => plan.requests);
  const entryIndex = plans.flatMap((plan, index) => plan.requests.map(() => index));
  let outcomes: Outcome[] | undefined;
  // Without anything to do in it, a lone write needs no transaction.
  const inside =
    beforeCommit ||
    resource.parts.length > 0 ||
    plans.some(({ op, seen }) => op === 'delete' || seen.length > 0) ||
    requests.some(({ criteria, resource: one }) => criteria || (one && namesPeople(one)));
  const settle = async (db: Database, results: (WriteResult | FhirError)[]) => {
    const seen = plans.map((plan, index) => {
      const own = (results as WriteResult[]).filter((_, i) => entryIndex[i] === index);
      const written = own.map(({ type, id }) => `${type}/${id}`);
      return { seen: [...plan.seen, ...peopleSeen(plan, own)], written };
    });
    if (inside) await checkSeen(services, db as PoolClient, seen, refuseTogether);
    outcomes = await outcomesOf(services, resource, plans, results as WriteResult[], db);
    await beforeCommit?.(db, outcomes);
  };
  const results = await writeAll(services, requests, {
    atomic: true,
    entryIndex,
    ...(inside && { beforeCommit: settle }),
  });
  if (!inside) await settle(services.db, results);
  return outcomes!;
}

/** Had they been sent one after the other, the second would have been planned in view of the first. */
function refuseTogether(index: number, other: number): never {
  const [first, second] = [Math.min(index, other), Math.max(index, other)];
  const message = `It may be about the same as operation ${first}: send the two in different requests, or with atomic=false.`;
  throw new RefusedIntents(new Map([[second, refuse(422, 'duplicate', message)]]));
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
  return plans.map(({ id, op, isNew }, index) => {
    if (op === 'delete') return { id, isNew: false };
    const thing = read ? read.get(id) : thingOf(resource, parseJson(mains[index]!.content!) as Resource, []);
    if (!thing) throw new Error(`${resource.name} ${id} cannot be found by what tells its kind`);
    return { id, isNew, thing };
  });
}
