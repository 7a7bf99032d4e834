// Changes of terms → one new version of the code system of conditions, which the first change stores. What it was stays in its
// history.
import { isDeepStrictEqual } from 'node:util';
import type { PoolClient } from 'pg';
import { FhirError, refuse } from '../../errors.ts';
import { parseCriteria } from '../../fhir/criteria.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import { find } from '../../fhir/search.ts';
import { writeAll } from '../../fhir/write.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Services } from '../../services.ts';
import { type Database, lockNames } from '../../store/database.ts';
import { readCurrent } from '../../store/resources.ts';
import type { Plan } from '../things/planThings.ts';
import { RefusedIntents } from '../things/refusedIntents.ts';
import { exactly, token } from '../things/searchTerms.ts';
import type { BeforeCommit, Outcome } from '../things/things.ts';
import {
  abbreviationOf,
  type Concept,
  type ConditionSystem,
  conceptsOf,
  nameOfTerm,
  shippedConditions,
  storedConditions,
  type TermIndex,
  termsOf,
  withConcepts,
} from './conditionTerms.ts';
import { termThings } from './termThings.ts';

/** Terms that there may be. */
const MOST_TERMS = 10_000;

/**
 * Carries out what was planned, in one transaction.
 * @throws RefusedIntents 409, 422; FhirError 412 (conflict) where the code system is another than it was planned for
 */
export async function storeTerms(
  services: Services,
  plans: readonly Plan[],
  beforeCommit: BeforeCommit | undefined,
): Promise<Outcome[]> {
  const { base, version } = await currentSystem(services);
  for (const { requests } of plans) {
    const planned = requests[0]!.ifMatch;
    if (planned !== undefined && planned !== version) {
      throw refuse(412, 'conflict', `The list of terms has version ${version} meanwhile.`);
    }
  }
  const { concepts, codes } = apply(base, plans);
  const system = withConcepts(base, concepts);
  const things = new Map(termThings(system).map((thing) => [thing.id, thing]));
  const outcomes = plans.map(({ op, isNew }, i): Outcome => {
    const id = codes[i]!;
    return op === 'delete' ? { id, isNew: false } : { id, isNew, thing: things.get(id)! };
  });
  const deleted = plans.flatMap(({ op }, i) => (op === 'delete' ? [{ index: i, code: codes[i]! }] : []));
  const isSame = isDeepStrictEqual(concepts, base.concept ?? []);
  await writeAll(services, isSame ? [] : [systemWrite(system, version)], {
    atomic: true,
    beforeCommit: async (db) => {
      await refuseUsed(services, db as PoolClient, deleted);
      await beforeCommit?.(db, outcomes);
    },
  });
  return outcomes;
}

/** The code system as it is stored; version 0 is the shipped one. */
export async function currentSystem(
  services: Services,
  db: Database = services.db,
): Promise<{ base: ConditionSystem; version: number }> {
  const found = await storedConditions(services, db);
  const stored = found && (await readCurrent(db, 'CodeSystem', found.id!));
  if (!stored?.content) return { base: shippedConditions, version: 0 };
  return { base: parseJson(stored.content) as ConditionSystem, version: stored.version };
}

/** The write of the code system, which has to have this version still; 0 where it is not stored. */
export function systemWrite(system: ConditionSystem, version: number): WriteRequest {
  const precondition = version === 0 ? { ifNoneMatchAny: true } : { ifMatch: version };
  const resource = { ...system, date: new Date().toISOString() };
  return { method: 'PUT', type: 'CodeSystem', id: system.id!, resource, ...precondition };
}

/** The concepts as all plans make them, and the code of each plan's term. */
function apply(base: ConditionSystem, plans: readonly Plan[]): { concepts: Concept[]; codes: string[] } {
  const terms = termsOf(base);
  const byCode = new Map(conceptsOf(base).map((concept) => [concept.code, concept]));
  const replaced = new Map<Concept, Concept | undefined>();
  const added: Concept[] = [];
  const refusals = new Map<number, FhirError>();
  const codes = plans.map((plan, index) => {
    const { op, id, at, requests } = plan;
    const known = plan.isNew ? undefined : byCode.get(id);
    if (!plan.isNew && !known) throw refuse(412, 'conflict', `The term "${id}" is gone meanwhile.`);
    const wanted = (requests[0]!.resource?.concept as Concept[] | undefined)?.[0];
    try {
      if (known) terms.remove(known);
      if (op === 'delete') {
        if (known!.concept) throw refuse(409, 'conflict', `"${id}" has terms below it: delete them first.`);
        replaced.set(known!, undefined);
        return id;
      }
      const concept = { ...wanted!, code: codeOf(terms, wanted!, at) };
      refuseTaken(terms, concept, at);
      terms.add(concept);
      if (known) replaced.set(known, concept);
      else added.push(concept);
      return concept.code;
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      if (known) terms.add(known);
      refusals.set(index, error);
      return id;
    }
  });
  if (byCode.size + added.length > MOST_TERMS && added.length > 0) {
    const index = plans.findIndex(({ isNew }) => isNew);
    const message = `There may be ${MOST_TERMS} terms: delete some that no Condition uses first.`;
    refusals.set(index, refuse(422, 'too-costly', message, plans[index]!.at));
  }
  if (refusals.size > 0) throw new RefusedIntents(refusals);
  return { concepts: [...rebuilt(base.concept ?? [], replaced), ...added], codes };
}

function rebuilt(concepts: readonly Concept[], replaced: Map<Concept, Concept | undefined>): Concept[] {
  return concepts.flatMap((concept) => {
    const now = replaced.has(concept) ? replaced.get(concept) : concept;
    if (!now) return [];
    return [concept.concept ? { ...now, concept: rebuilt(concept.concept, replaced) } : now];
  });
}

/** The chosen code, or a new one. */
function codeOf(terms: TermIndex, { code, ...concept }: Partial<Concept>, at: string): string {
  const { display, ...rest } = concept as Concept;
  // The name says more than a code that would be made of it.
  if (code === undefined) refuseWord(terms, display!, 'name', at);
  return code ?? terms.newCode(display!, abbreviationOf(rest as Concept));
}

/** No word may stand for two terms. @throws FhirError 409 */
function refuseTaken(terms: TermIndex, concept: Concept, at: string): void {
  refuseWord(terms, concept.code, 'id', at);
  refuseWord(terms, nameOfTerm(concept), 'name', at);
  const abbreviation = abbreviationOf(concept);
  if (abbreviation !== undefined) refuseWord(terms, abbreviation, 'abbreviation', at);
}

function refuseWord(terms: TermIndex, word: string, member: string, at: string): void {
  const held = terms.holder(word);
  if (!held) return;
  const { code } = held.concept;
  const what = held.as === 'option' ? 'name in the CRM' : held.as;
  throw refuse(
    409,
    'duplicate',
    `"${member}": "${word.slice(0, 80)}" is the ${what} of the term "${code}" already (${nameOfTerm(held.concept).slice(0, 80)}): use that, or change it with PATCH /api/v1/medical-conditions/${encodeURIComponent(code)}.`,
    `${at}/${member}`,
  );
}

/** The search that finds the code system as long as it has a term: who uses the term and who deletes it take turns by it. */
export const termQuery = (code: string): string =>
  `url=${encodeURIComponent(exactly(shippedConditions.url))}&code=${encodeURIComponent(exactly(code))}`;

/** @throws RefusedIntents 409 for terms that Conditions have */
async function refuseUsed(
  services: Services,
  tx: PoolClient,
  deleted: readonly { index: number; code: string }[],
): Promise<void> {
  if (deleted.length === 0) return;
  await lockNames(
    tx,
    deleted.map(({ code }) => parseCriteria(services, 'CodeSystem', termQuery(code)).text),
  );
  const refusals = new Map<number, FhirError>();
  for (const { index, code } of deleted) {
    const count = await usesOf(services, tx, code);
    if (count === 0) continue;
    const uses = count === 1 ? '1 Condition has' : `${count} Conditions have`;
    const advice = `GET /api/v1/conditions?medical_condition=${encodeURIComponent(code)} lists them.`;
    refusals.set(index, refuse(409, 'conflict', `${uses} the code "${code}": ${advice}`));
  }
  if (refusals.size > 0) throw new RefusedIntents(refusals);
}

async function usesOf(services: Services, db: Database, code: string): Promise<number> {
  const query: [string, string][] = [
    ['code', token(shippedConditions.url, code)],
    ['_total', 'accurate'],
    ['_count', '0'],
  ];
  const base = services.baseUrls[0]!;
  const { total } = await find(services, { type: 'Condition', query, base, handling: 'strict' }, db);
  return total!;
}
