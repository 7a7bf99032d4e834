// What is queued with a write, so that scores and alerts follow from it: vital signs, and alerts that a client changed.
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import type { FollowUp } from '../store/change.ts';
import { ranks } from '../store/vitalQueue.ts';
import { checkMitigations } from '../vitals/alerts/alertResources.ts';
import { isFollowed } from '../vitals/isFollowed.ts';
import { momentOf } from '../vitals/observation.ts';
import type { Planned } from './planChange.ts';

/** Without a policy nothing is urgent for longer. */
const DAY_MINUTES = 24 * 60;
/** What was measured within this time is followed up before anything else. */
const LIVE_MS = 15 * 60_000;

/** Id of the Patient that a reference means, relative or absolute; undefined for anything else. */
export function patientIdIn({ baseUrls }: Services, reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const base = baseUrls.find((url) => reference.startsWith(`${url}/`));
  const local = base === undefined ? reference : reference.slice(base.length + 1);
  return /^Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/.*)?$/.exec(local)?.[1];
}

/** Resources that show alerts, by their ids. */
const showsAlert = ({ type, id }: Planned): boolean =>
  (type === 'DetectedIssue' || type === 'Flag') && id.startsWith('alert-');

/**
 * The entries to queue with what a plan stores; of both patients where a reading was the wrong one's.
 * @param isCritical whether the resource has a critical value
 * @throws FhirError 400 for an alert with an acknowledgement that cannot be one
 */
export function followUpOf(
  services: Services,
  planned: Planned,
  resource: Resource | undefined,
  { now, isCritical }: { now: number; isCritical: (resource: Resource) => boolean },
): FollowUp | undefined {
  if (services.config.vitals === 'off') return undefined;
  const { type, current } = planned;
  if (type !== 'Observation' && !showsAlert(planned)) return undefined;
  if (type === 'DetectedIssue' && resource) checkMitigations(resource);
  const before = current?.content ? (parseJson(current.content) as Resource) : undefined;
  const patients = new Set<string>();
  let rank: number = ranks.past;
  for (const version of [resource, before]) {
    if (!version || (type === 'Observation' && !isFollowed(version, services.current.ruleset))) continue;
    const { subject, patient } = version as Record<string, { reference?: string } | undefined>;
    const name = patientIdIn(services, (subject ?? patient)?.reference);
    if (name === undefined) continue;
    patients.add(name);
    const own = rankAt(services, type === 'Observation' ? momentOf(version) : undefined, now);
    rank = Math.min(rank, own === ranks.live && isCritical(version) ? ranks.urgent : own);
  }
  return patients.size > 0 ? { rank, patients: [...patients] } : undefined;
}

/** How soon something of a moment is followed up. What does not say when is taken for what it is: of now. */
function rankAt({ current: { policy } }: Services, moment: string | undefined, now: number): number {
  const time = Date.parse(moment ?? '');
  if (Number.isNaN(time) || time >= now - LIVE_MS) return ranks.live;
  const oldest = now - (policy?.oldestMinutes ?? DAY_MINUTES) * 60_000;
  return time >= oldest ? ranks.today : ranks.past;
}
