// One attempt at a set of writes inside a transaction: lock, match, read, plan, rewrite links, index, store.
// Every step starts from the prepared requests, so an attempt that loses a race can simply be made again.
import type { PoolClient } from 'pg';
import { conformanceTypes } from '../definitions/conformanceTypes.ts';
import { FhirError, refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Change } from '../store/change.ts';
import { type Database, lockNames, WriteConflict } from '../store/database.ts';
import { raiseIndexRevision, raiseRevision } from '../store/definitionsRevision.ts';
import { type Identity, readMany, type StoredVersion } from '../store/resources.ts';
import { writeResources } from '../store/writeResources.ts';
import { concernsPolicy, judgeAlertPolicies } from './alertPolicies.ts';
import { breathe } from './breathe.ts';
import { type Criteria, findMatches } from './criteria.ts';
import { type ParameterPlan, planParameters, storeParameters } from './customParameters.ts';
import { evaluating } from './evaluateVitals.ts';
import { changeTo, finishChange, resultOf } from './finishChange.ts';
import { followUpOf } from './followUpOf.ts';
import type { Judge } from './judgeProfiles.ts';
import {
  conditionalTargets,
  localTargets,
  makePlaceholders,
  nameOf,
  type PlannedWrite,
} from './linkTargets.ts';
import { identitiesOf, type WrittenIdentity } from './matchRules.ts';
import { type Planned, planChange, type WriteResult } from './planChange.ts';
import { linksOf, type Prepared } from './prepareWrites.ts';
import { rangeWarnings, vitalSignsAfter } from './rangeWarnings.ts';
import type { LinkTargets } from './rewriteLinks.ts';
import type { WriteOptions } from './write.ts';
import { writeGate } from './writeGate.ts';

/** What an attempt knows of the definitions' revision. */
export interface AttemptRevision {
  /** index revision that its rows are extracted at */
  index: number;
  /** it changes definitions, and others who do so wait for it */
  raised: boolean;
}

interface Attempt {
  services: Services;
  db: Database;
  /** whether `db` is a transaction, in which rows and criteria can be locked */
  locks: boolean;
  round: Prepared[];
  options: WriteOptions;
  /** of the definitions that this attempt works by; shared by its rounds */
  revision: AttemptRevision;
  /** judges what a patch has made; the other resources were judged before */
  judge: Judge | undefined;
  /** takes the refusal of one request: throws it, or notes it as that request's result */
  refused: (index: number, error: unknown) => void;
}

/** A request with one identity it concerns. */
interface Target extends WrittenIdentity {
  prepared: Prepared;
}

interface Plan {
  prepared: Prepared;
  planned: Planned;
}

type Matches = Map<string, Identity[]>;

/** Most identities one conditional delete may remove. */
const conditionalDeleteMax = (services: Services) =>
  services.config.conditionalDelete === 'multiple' ? 1_000 : 1;

const ORDER = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2 };

/**
 * Makes one attempt. Requests that must wait for an earlier one on the same identity come back as `postponed`.
 * @throws WriteConflict when another client was faster
 */
export async function attemptWrites(
  attempt: Attempt,
): Promise<{ written: Map<number, WriteResult>; postponed: Prepared[]; queued: boolean }> {
  const { services, db, options, revision } = attempt;
  const round = attempt.round.toSorted((a, b) => ORDER[a.request.method] - ORDER[b.request.method]);
  const matches = await lockAndMatch(attempt);
  const { targets, postponed } = chooseTargets(attempt, round, matches);
  const planned = await judgePatched(
    attempt,
    planTargets(attempt, targets, await readTargets(attempt, targets)),
  );

  const concernsAlerts = planned.some((plan) => concernsPolicy(plan.planned));
  // Only now it is known, and others who change policies must wait: it is tried again in a transaction.
  if (concernsAlerts && !attempt.locks) throw new WriteConflict('The alert policy');
  const concernsDefinitions =
    concernsAlerts || planned.some(({ planned: { type } }) => conformanceTypes.has(type));
  if (!revision.raised && concernsDefinitions) {
    await raiseRevision(db as PoolClient);
    revision.raised = true;
  }
  const local = localTargets(planned);
  const writes = await withLinks(attempt, planned, local, matches);
  const conditional = conditionalTargets(writes, matches);
  const now = Date.now();
  const changes: Change[] = [];
  if (options.placeholders) {
    for (const { id, resource } of makePlaceholders(writes, conditional)) {
      const to = { type: resource.resourceType, id, supersedes: 0, version: 1, method: 'POST' };
      changes.push(changeTo(services, resource, to, now));
    }
  }
  const closed = Boolean(options.entryIndex && options.atomic);
  const written = await finishAll(
    attempt,
    writes,
    { local, conditional, closed, reported: new Set() },
    changes,
    now,
  );
  const leaveOut = (change: Change, error: FhirError) =>
    refuseChange(attempt, writes, { changes, written }, change, error);
  const parameters = await planCustom(attempt, changes, leaveOut);
  if (concernsAlerts) await judgeAlertPolicies(services, db, changes, leaveOut);
  if (changes.length > 0) {
    await services.terms.remember(changes);
    await writeResources(db, changes, revision.index);
  }
  const changesAlerts = concernsAlerts && changes.some(({ type }) => type === 'PlanDefinition');
  if (changesAlerts || changes.some(({ type }) => type === 'ObservationDefinition')) {
    // What follows from Observations changes: nobody may write by the old ranges and policy from now on.
    revision.index = await raiseIndexRevision(db as PoolClient);
  }
  if (parameters) {
    revision.index = (await storeParameters(services, db as PoolClient, parameters)) ?? revision.index;
  }
  return { written, postponed, queued: changes.some(({ followUp }) => followUp !== undefined) };
}

/** Plans the search parameters among the changes; `leaveOut` takes those that cannot be. */
async function planCustom(
  { services, db }: Attempt,
  changes: Change[],
  leaveOut: (change: Change, error: FhirError) => void,
): Promise<ParameterPlan | undefined> {
  if (!changes.some(({ type }) => type === 'SearchParameter')) return undefined;
  return planParameters(services, db as PoolClient, changes, leaveOut);
}

/** Refuses the request of a change, which is not stored. */
function refuseChange(
  { refused }: Attempt,
  writes: PlannedWrite[],
  { changes, written }: { changes: Change[]; written: Map<number, WriteResult> },
  change: Change,
  error: FhirError,
): void {
  const write = writes.find(({ planned }) => planned.type === change.type && planned.id === change.id);
  if (!write) throw error;
  refused(write.prepared.index, error);
  written.delete(write.prepared.index);
  changes.splice(changes.indexOf(change), 1);
}

/** Locks the criteria under which something may be created, then finds what every criteria matches. */
async function lockAndMatch({ services, db, locks, round, options }: Attempt): Promise<Matches> {
  const references = round.flatMap((p) => p.references);
  const deleting = round.flatMap((p) => (p.criteria && p.request.method === 'DELETE' ? [p.criteria] : []));
  const single = round.flatMap((p) => (p.criteria && p.request.method !== 'DELETE' ? [p.criteria] : []));
  if (locks) {
    const created = options.placeholders ? [...single, ...references] : single;
    await lockNames(
      db as PoolClient,
      created.map(({ text }) => text),
    );
  }
  const matches = await findMatches(services, db, [...single, ...references], enough(services, round));
  for (const [text, found] of await findMatches(services, db, deleting, conditionalDeleteMax(services) + 1)) {
    matches.set(text, [...found, ...(matches.get(text) ?? [])]);
  }
  return new Map([...matches].map(([text, found]) => [text, distinct(found)]));
}

/** How many matches of a criteria tell none, one and several apart, even if some of them are deleted here. */
function enough(services: Services, round: Prepared[]): number {
  const most = conditionalDeleteMax(services);
  const deletes = round.map(({ request, criteria }) =>
    request.method !== 'DELETE' ? 0 : criteria ? most : 1,
  );
  return deletes.reduce((sum, n) => sum + n, 2);
}

const distinct = (found: Identity[]) => [
  ...new Map(found.map((identity) => [nameOf(identity), identity])).values(),
];

function chooseTargets(
  { services, options, refused }: Attempt,
  round: Prepared[],
  matches: Matches,
): { targets: Target[]; postponed: Prepared[] } {
  /** identities and criteria under which something is written → the request that does */
  const taken = new Map<string, number>();
  const deleted = new Set<string>();
  const targets: Target[] = [];
  const postponed: Prepared[] = [];
  for (const prepared of round) {
    const { request, index, criteria } = prepared;
    const deletes = request.method === 'DELETE';
    try {
      const text = deletes ? undefined : criteria?.text;
      let rival = text !== undefined && taken.has(text) ? text : undefined;
      // What this transaction deletes is gone for the conditions evaluated after it.
      const found = (criteria && matches.get(criteria.text))?.filter((match) => !deleted.has(nameOf(match)));
      const identities =
        rival === undefined ? identitiesOf(prepared, found, conditionalDeleteMax(services)) : [];
      rival ??= identities.map(nameOf).find((name) => taken.has(name));
      if (rival !== undefined && !options.atomic) {
        postponed.push(prepared);
        continue;
      }
      if (rival !== undefined) {
        const first = taken.get(rival)!;
        throw refuse(
          400,
          'duplicate',
          `${rival} is the target of entry ${options.entryIndex?.[first] ?? first} already.`,
        );
      }
      if (text !== undefined) taken.set(text, index);
      for (const identity of identities) {
        taken.set(nameOf(identity), index);
        if (deletes) deleted.add(nameOf(identity));
        targets.push({ ...identity, prepared });
      }
    } catch (error) {
      refused(index, error);
    }
  }
  return { targets, postponed };
}

/** Reads (and, in a transaction, locks) the current versions of all targets but freshly made ids. */
async function readTargets({ db, locks }: Attempt, targets: Target[]): Promise<Map<string, StoredVersion>> {
  const known = targets.filter(({ id, prepared }) => id !== prepared.freshId);
  if (known.length === 0) return new Map();
  const versions = await readMany(db, known, locks);
  return new Map(versions.map((version) => [nameOf(version), version]));
}

function planTargets(
  { services, options, refused }: Attempt,
  targets: Target[],
  current: Map<string, StoredVersion>,
): Plan[] {
  const gate = writeGate(services, options.level);
  return targets.flatMap(({ type, id, mustBeNew, prepared }) => {
    try {
      const { request } = prepared;
      const found = current.get(nameOf({ type, id }));
      const live = found && !found.deleted ? found : undefined;
      if (mustBeNew && live) {
        throw refuse(409, 'conflict', `${type}/${id} exists and does not match ${prepared.criteria!.text}.`);
      }
      const planned: Planned =
        request.method === 'POST' && live
          ? { type, id, change: 'matched', current: live, version: live.version }
          : planChange(request, id, found, gate);
      return [{ prepared, planned }];
    } catch (error) {
      refused(prepared.index, error);
      return [];
    }
  });
}

/** Judges what patches have made, which nobody knew before; refused ones are left out. */
async function judgePatched({ db, judge, refused }: Attempt, plans: Plan[]): Promise<Plan[]> {
  if (!judge || plans.every(({ prepared }) => prepared.request.method !== 'PATCH')) return plans;
  const passed: Plan[] = [];
  for (const plan of plans) {
    const { prepared, planned } = plan;
    try {
      if (prepared.request.method === 'PATCH') prepared.warnings = await judge(db, planned.resource!);
      passed.push(plan);
    } catch (error) {
      refused(prepared.index, error);
    }
  }
  return passed;
}

/** Adds the links of what each plan stores. What a patch brought in is known, and looked up, only now. */
async function withLinks(
  { services, db, round, refused }: Attempt,
  plans: Plan[],
  local: LinkTargets['local'],
  matches: Matches,
): Promise<PlannedWrite[]> {
  const brought: Criteria[] = [];
  const writes = plans.flatMap(({ prepared, planned }) => {
    const { links, references } = prepared;
    if (prepared.request.method !== 'PATCH') return [{ prepared, planned, links, references }];
    try {
      const found = linksOf(services, planned.resource!, local);
      brought.push(...found.references.filter(({ text }) => !matches.has(text)));
      return [{ prepared, planned, ...found }];
    } catch (error) {
      refused(prepared.index, error);
      return [];
    }
  });
  const found = await findMatches(services, db, brought, enough(services, round));
  for (const [text, identities] of found) matches.set(text, identities);
  return writes;
}

/** Turns the writes into changes, added to `changes`, and results. An atomic set is refused for all its dead links at once. */
async function finishAll(
  { services, db, locks, options: { isFollowUp, advice = false }, refused }: Attempt,
  writes: PlannedWrite[],
  targets: LinkTargets,
  changes: Change[],
  now: number,
): Promise<Map<number, WriteResult>> {
  const evaluation = await evaluating(services, db, writes, targets, {
    advice,
    assumes: !locks,
  });
  const written = new Map<number, WriteResult>();
  const refusals: FhirError[] = [];
  // A link with a version needs the version that its target ends up with.
  const isVersioned = ({ links }: PlannedWrite) =>
    links.some(({ original }) => original.includes('/_history/'));
  const order = [...writes.filter((w) => !isVersioned(w)), ...writes.filter(isVersioned)];
  const vitalSigns = vitalSignsAfter(
    services.current.ruleset.vitalSigns,
    writes.map(({ planned }) => planned),
  );
  for (const [turn, write] of order.entries()) {
    await breathe(turn);
    const { index } = write.prepared;
    try {
      const change = finishChange(services, write, targets, now, evaluation?.annotate);
      if (change) {
        const isCritical = evaluation?.isCritical ?? (() => false);
        const followUp = isFollowUp
          ? undefined
          : followUpOf(services, write.planned, write.planned.resource, { now, isCritical });
        const judgedBy = evaluation?.judgedBy;
        changes.push({ ...change, ...(followUp && { followUp }), ...(judgedBy && { judgedBy }) });
      }
      const before = written.get(index);
      const result = resultOf(write.planned, change);
      // What a conditional create left aside is not what is stored.
      const warnings = [
        ...(write.prepared.warnings ?? []),
        ...rangeWarnings(write.planned, vitalSigns),
        ...(evaluation?.issuesOf(write.planned.resource) ?? []),
      ];
      if (warnings.length > 0 && result.change !== 'matched') result.warnings = warnings;
      written.set(index, before ? { ...before, alsoDeleted: (before.alsoDeleted ?? 0) + 1 } : result);
    } catch (error) {
      try {
        refused(index, error);
      } catch (thrown) {
        if (!(thrown instanceof FhirError)) throw thrown;
        refusals.push(thrown);
      }
    }
  }
  const [first] = refusals;
  if (first)
    throw new FhirError(
      first.status,
      refusals.flatMap(({ issues }) => issues),
      first.headers,
    );
  return written;
}
