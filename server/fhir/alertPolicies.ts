// What writes of alert policies mean (PlanDefinition, plandefinition.html; vitals/alerts/readPolicy.ts): they are judged by
// what is stored together in the transaction, so that there is always exactly one policy and it can be used.
import { MOST_POLICIES, readAlertPolicies } from '../currentRuleset.ts';
import { FhirError, refuse } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Services } from '../services.ts';
import type { Change } from '../store/change.ts';
import type { Database } from '../store/database.ts';
import { isAlertPolicy, readPolicy } from '../vitals/alerts/readPolicy.ts';
import type { Planned } from './planChange.ts';

type Json = Record<string, unknown>;

/** Stored plans by id. */
type Plans = ReadonlyMap<string, Json>;

/** Whether a planned write concerns a resource that is, or was, an alert policy. */
export function concernsPolicy({ type, change, resource, current }: Planned): boolean {
  if (type !== 'PlanDefinition' || change === 'matched') return false;
  return Boolean((resource && isAlertPolicy(resource)) || isPolicyText(current?.content));
}

/**
 * Judges the alert policies among the changes of a transaction, before they are stored. The caller holds the definitions
 * revision, so that nobody else changes policies meanwhile. A change that would leave no policy that can be used is handed
 * to `refused` and left out of account. Where there was none that could be used before, whatever takes a policy out of force
 * is let through: it brings one nearer.
 */
export async function judgeAlertPolicies(
  { config }: Services,
  tx: Database,
  changes: readonly Change[],
  refused: (change: Change, error: FhirError) => void,
): Promise<void> {
  if (config.vitals === 'off') return;
  const before: Plans = new Map((await readAlertPolicies(tx)).map((plan) => [plan.id as string, plan]));
  const isConcerned = ({ type, id, content }: Change) =>
    type === 'PlanDefinition' && (before.has(id) || isPolicyText(content));
  // A refused change may be what another one rests on, so the rest is looked at again without it.
  for (let rest = changes.filter(isConcerned); rest.length > 0; ) {
    const after = withChanges(before, rest);
    const problem = problemOf(after);
    if (!problem) return;
    const inForce = rest.filter(({ id }) => after.get(id)?.status === 'active');
    if (inForce.length === 0 && problemOf(before)) return;
    const named = rest.find(({ id }) => problem.message.startsWith(`PlanDefinition/${id} `));
    const faulty = named ?? inForce.at(-1) ?? rest.at(-1)!;
    refused(faulty, problem);
    rest = rest.filter((change) => change !== faulty);
  }
}

const isPolicyText = (content: string | null | undefined): boolean =>
  Boolean(content && isAlertPolicy(parseJson(content) as Json));

function withChanges(before: Plans, changes: readonly Change[]): Plans {
  const after = new Map(before);
  for (const { id, content } of changes) {
    if (isPolicyText(content)) after.set(id, parseJson(content!) as Json);
    else after.delete(id);
  }
  return after;
}

function problemOf(plans: Plans): FhirError | undefined {
  if (plans.size > MOST_POLICIES) {
    return refuse(
      422,
      'business-rule',
      `There may be at most ${MOST_POLICIES} alert policies: delete others first.`,
    );
  }
  try {
    readPolicy([...plans.values()]);
    return undefined;
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    return error;
  }
}
