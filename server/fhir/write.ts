// The one write path. HTTP, bundles and importers hand their requests over; they are validated without a connection,
// then resolved, planned, indexed and stored in one database transaction (see attemptWrites.ts).
import type { PoolClient } from 'pg';
import { ensureDefinitions, reloadDefinitions } from '../currentDefinitions.ts';
import { conformanceTypes } from '../definitions/conformanceTypes.ts';
import { FhirError, refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { type Database, retrying, transaction } from '../store/database.ts';
import { type AttemptRevision, attemptWrites } from './attemptWrites.ts';
import { breathe } from './breathe.ts';
import { type Judge, judging } from './judgeProfiles.ts';
import type { WriteRequest, WriteResult } from './planChange.ts';
import { atEntry, type Prepared, preparing, refreshCriteria } from './prepareWrites.ts';
import { sentResources } from './sentResources.ts';
import type { ValidationLevel } from './writeGate.ts';

export interface WriteOptions {
  /** all or nothing: the first refusal is thrown; otherwise it becomes the result of its request */
  atomic: boolean;
  /** position in the Bundle of each request, if they are entries of one: refusals name it */
  entryIndex?: number[];
  /** make a minimal resource for a conditional reference `Type?identifier=system|value` that matches nothing */
  placeholders?: boolean;
  /** the client wants to know what is not as it should be, though it does not refuse the write */
  advice?: boolean;
  /** how much is asked of the resources; else the base specification, and of profiles what PROFILE_POLICY says */
  level?: ValidationLevel;
  /** the caller's transaction, to write in; who retries it is the caller */
  within?: PoolClient;
  /** what is written follows from vital signs: nothing follows from it in turn */
  isFollowUp?: boolean;
  /** runs in the same transaction after the writes: the reads of a transaction bundle, an importer's journal */
  beforeCommit?: (db: Database, results: (WriteResult | FhirError)[]) => Promise<void>;
}

/**
 * Carries out one write.
 * @throws FhirError 400, 404, 409, 410, 412, 422 as the interaction's rules ask
 */
export async function writeOne(
  services: Services,
  request: WriteRequest,
  options: Pick<WriteOptions, 'advice'> = {},
): Promise<WriteResult> {
  const [result] = await writeAll(services, [request], { ...options, atomic: true });
  return result as WriteResult;
}

/**
 * Carries out many writes in one transaction; results come in the order of the requests. Requests that are not atomic
 * and name an identity twice take turns in it.
 * @throws FhirError of the first refused request when `atomic`
 */
export async function writeAll(
  services: Services,
  requests: WriteRequest[],
  options: WriteOptions,
): Promise<(WriteResult | FhirError)[]> {
  const results: (WriteResult | FhirError)[] = new Array(requests.length);
  const refused = (index: number, error: unknown) => {
    const located = options.entryIndex ? atEntry(error, options.entryIndex[index]!) : error;
    if (options.atomic || !(located instanceof FhirError)) throw located;
    results[index] = located;
  };
  if (options.entryIndex && options.atomic) refuseRepeated(requests, options.entryIndex);
  const { level, advice = false } = options;
  const policy =
    level === undefined ? services.config.profilePolicy : level === 'profiles' ? 'enforce' : 'ignore';
  const judge = judging(services, policy, advice);
  const { prepared, refusals } = await judgeAll(
    services,
    await prepareAll(services, requests, options),
    judge,
    options.atomic,
  );
  for (const { index, error } of refusals) refused(index, error);
  let preparedAt = services.definitionsRevision;

  let isQueued = false;
  const attempt = async (db: Database, locks: boolean, revision: AttemptRevision) => {
    isQueued = false;
    for (let round = prepared; round.length > 0; ) {
      const { written, postponed, queued } = await attemptWrites({
        ...{ services, db, locks, round, options, refused, revision, judge },
      });
      for (const [index, result] of written) results[index] = result;
      round = postponed;
      isQueued ||= queued;
    }
    await options.beforeCommit?.(db, results);
  };
  if (options.within) {
    const revision = { index: services.indexRevision, raised: false };
    await attempt(options.within, true, revision);
    return results;
  }
  // A lone write is first tried without a transaction: one read, one statement that checks the version it read.
  const [first] = prepared;
  const lone =
    prepared.length === 1 &&
    !options.beforeCommit &&
    !first?.criteria &&
    !first?.references.length &&
    !conformanceTypes.has(first!.request.type);
  const raised = await retrying(async (n) => {
    if (n > 0) await ensureDefinitions(services);
    if (services.definitionsRevision !== preparedAt) {
      for (const each of prepared) refreshCriteria(services, each);
      preparedAt = services.definitionsRevision;
    }
    // Read before anything is extracted: a reload in between makes the write fail, not go wrong.
    const revision = { index: services.indexRevision, raised: false };
    if (lone && n === 0) await attempt(services.db, false, revision);
    else await transaction(services.db, (tx) => attempt(tx, true, revision));
    return revision.raised;
  });
  if (raised) await takeOver(services);
  if (isQueued) services.monitor.wake();
  return results;
}

/** Requests that passed, and the refusals of the others. */
interface Preparation {
  prepared: Prepared[];
  refusals: { index: number; error: unknown }[];
}

/**
 * Prepares all requests. What they search by must be what parameters mean now: where custom ones may be involved, or
 * something is unknown, this is made sure of.
 */
async function prepareAll(
  services: Services,
  requests: WriteRequest[],
  { atomic, level }: WriteOptions,
): Promise<Preparation> {
  const once = async () => {
    const prepare = preparing(services, requests, level);
    const prepared: Prepared[] = [];
    const refusals: Preparation['refusals'] = [];
    for (const [index, request] of requests.entries()) {
      await breathe(index);
      try {
        prepared.push(prepare(request, index));
      } catch (error) {
        refusals.push({ index, error });
        if (atomic) break;
      }
    }
    return { prepared, refusals };
  };
  const { extensions } = services;
  const { learnt, trusted } = extensions;
  const revision = services.definitionsRevision;
  const found = await once();
  const searches = found.prepared.some(({ criteria, references }) => criteria || references.length > 0);
  if (searches && services.definitions.customParameters.length > 0) await ensureDefinitions(services);
  else if (extensions.trusted !== trusted) await ensureDefinitions(services);
  // The refusal stands where the database cannot be asked.
  else if (found.refusals.length > 0) await ensureDefinitions(services).catch(() => undefined);
  if (found.refusals.length > 0) await extensions.learn(services).catch(() => undefined);
  const isCurrent = services.definitionsRevision === revision && extensions.learnt === learnt;
  return isCurrent ? found : once();
}

/**
 * Judges the prepared resources by their profiles, before a transaction begins: what a transaction stores is judged by the
 * definitions there were before it.
 */
async function judgeAll(
  services: Services,
  { prepared, refusals }: Preparation,
  judge: Judge | undefined,
  atomic: boolean,
): Promise<Preparation> {
  if (!judge || (atomic && refusals.length > 0)) return { prepared, refusals };
  const sent = sentResources(prepared.map(({ request }) => request));
  const passed: Prepared[] = [];
  const refused = [...refusals];
  for (const [turn, each] of prepared.entries()) {
    await breathe(turn);
    const { resource } = each.request;
    try {
      if (resource) each.warnings = await judge(services.db, resource, sent);
      passed.push(each);
    } catch (error) {
      refused.push({ index: each.index, error });
      if (atomic) break;
    }
  }
  return { prepared: passed, refusals: refused };
}

/** After a write of definitions: this process goes by them at once, and begins to index by them. */
async function takeOver(services: Services): Promise<void> {
  await reloadDefinitions(services).catch((error: Error) =>
    services.log.warn('the search parameters could not be read', { reason: error.message }),
  );
  services.jobs.wake();
}

/** Entries of a transaction may not share a fullUrl (bundle.html, bdl-7). */
function refuseRepeated(requests: WriteRequest[], entryIndex: number[]): void {
  const seen = new Map<string, number>();
  requests.forEach(({ fullUrl }, index) => {
    if (fullUrl === undefined) return;
    const first = seen.get(fullUrl);
    if (first !== undefined) {
      const refusal = refuse(
        400,
        'duplicate',
        `Entry ${entryIndex[first]} has the same fullUrl ${fullUrl}.`,
        'fullUrl',
      );
      throw atEntry(refusal, entryIndex[index]!);
    }
    seen.set(fullUrl, index);
  });
}
