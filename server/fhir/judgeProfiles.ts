// What the profiles that a resource claims (meta.profile, resource.html#Meta, profiling.html) mean for its write, as
// PROFILE_POLICY says; and the advice that a client gets which asks for an OperationOutcome in return.
import type { Config } from '../config.ts';
import { FhirError, type Issue } from '../errors.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { FindSent } from '../validation/judgeScope.ts';
import { type JudgementSources, judgeWith, sourcesOf } from './validateResource.ts';

export type ProfilePolicy = Config['profilePolicy'];

/**
 * Judges a resource that passed the base specification, with the definitions as `db` sees them.
 * @returns warnings and information for the client
 * @throws FhirError 422 (http.html#create) with every issue when a claimed profile is enforced and broken, or not known here
 */
export type Judge = (db: Database, resource: Resource, sent?: FindSent) => Promise<Issue[]>;

/**
 * How the resources of one request are judged; undefined where nobody would learn of it: nothing is enforced and the
 * client wants no advice.
 */
export function judging(services: Services, policy: ProfilePolicy, advice: boolean): Judge | undefined {
  const enforce = policy === 'enforce';
  if (!enforce && !advice) return undefined;
  const claimed = policy !== 'ignore';
  // All resources of a request are judged by the same definitions, which are asked for once.
  const opened = new Map<Database, Promise<JudgementSources>>();
  const sourcesAt = (db: Database) => {
    const sources = opened.get(db) ?? sourcesOf(services, db);
    opened.set(db, sources);
    return sources;
  };
  return async (db, resource, sent) => {
    if (!advice && !mayClaim(resource)) return [];
    const sources = await sourcesAt(db);
    if (enforce) {
      // What is claimed has to be known too.
      const issues = await judgeWith(sources, resource, {
        profiles: claimedProfiles(resource),
        claimed,
        advice,
        sent,
      });
      if (issues.some(isError)) throw new FhirError(422, issues);
      return issues.filter(isWorthTelling);
    }
    try {
      return (await judgeWith(sources, resource, { claimed, advice, sent }))
        .filter(isWorthTelling)
        .map(asWarning);
    } catch (error) {
      // What is too much to be judged can be stored all the same.
      if (error instanceof FhirError && error.status < 500) return error.issues.map(asWarning);
      throw error;
    }
  };
}

/** The canonicals in meta.profile. */
export function claimedProfiles(resource: Resource): string[] {
  const profiles = resource.meta?.profile;
  return Array.isArray(profiles) ? profiles.filter((profile) => typeof profile === 'string') : [];
}

/** Whether a resource, or one inside it, may claim a profile: told without a walk through all of it. */
function mayClaim(resource: Resource): boolean {
  const { resourceType, contained } = resource;
  if (resourceType === 'Bundle' || resourceType === 'Parameters') return true;
  return claimedProfiles(resource).length > 0 || (Array.isArray(contained) && contained.some(mayClaim));
}

/**
 * Constraints of the specification that are best practice (elementdefinition-bestpractice) and that hardly any resource
 * keeps: $validate tells of them, a write does not.
 */
const BEST_PRACTICE = new Set(['dom-6', 'con-3']);

const isWorthTelling = ({ details }: Issue): boolean => !BEST_PRACTICE.has(details?.coding?.[0]?.code ?? '');

const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

const asWarning = (issue: Issue): Issue => (isError(issue) ? { ...issue, severity: 'warning' } : issue);
