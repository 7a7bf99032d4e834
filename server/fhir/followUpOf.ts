// What is queued with a write, so that scores and alerts follow from it: vital signs, and alerts that a client changed.
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { FollowUp } from '../store/change.ts';
import { checkAcknowledgement } from '../vitals/alerts/acknowledge.ts';
import { mitigationsIn } from '../vitals/alerts/alertResources.ts';
import { isFollowed } from '../vitals/isFollowed.ts';
import { momentOf } from '../vitals/observation.ts';
import type { Planned } from './planChange.ts';

/** Without a policy nothing is urgent for longer. */
const DAY_MINUTES = 24 * 60;

/** Id of the Patient that a reference means, relative or absolute; undefined for anything else. */
export function patientIdIn({ baseUrls }: Services, reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const base = baseUrls.find((url) => reference.startsWith(`${url}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  return /^Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/.exec(local)?.[1];
}

/**
 * The entries to queue with what a plan stores; of both patients where a reading was the wrong one's.
 * @throws FhirError 400 for an alert with an acknowledgement that cannot be one
 */
export function followUpOf(
  services: Services,
  { type, id, current }: Planned,
  resource: Resource | undefined,
  now: number,
): FollowUp | undefined {
  if (services.config.vitals === 'off') return undefined;
  if (type !== 'Observation' && !(type === 'DetectedIssue' && id.startsWith('alert-'))) return undefined;
  if (type === 'DetectedIssue' && resource) mitigationsIn(resource).forEach(checkAcknowledgement);
  const { policy, ruleset } = services.current;
  const before = current?.content ? (parseJson(current.content) as Resource) : undefined;
  const oldest = now - (policy?.oldestMinutes ?? DAY_MINUTES) * 60_000;
  const patients = new Set<string>();
  let past = true;
  for (const version of [resource, before]) {
    if (!version || (type === 'Observation' && !isFollowed(version, ruleset))) continue;
    const { subject, patient } = version as Record<string, { reference?: string } | undefined>;
    const name = patientIdIn(services, (subject ?? patient)?.reference);
    if (name === undefined) continue;
    patients.add(name);
    const moment = momentOf(version);
    // What does not say when is taken for what it is: of now.
    if (moment === undefined || !(Date.parse(moment) < oldest)) past = false;
  }
  return patients.size > 0 ? { past, patients: [...patients] } : undefined;
}
