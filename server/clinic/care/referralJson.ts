// The plain form of a referral, of its ServiceRequest and what belongs to it: the patient, the physician, the trial and the subject in
// it, or the episode of access.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { defined, type Reference } from '../fhirParts.ts';
import { type Identifier, toldPatientId } from '../patients/patientIds.ts';
import { physicianIdOf } from '../people/personReference.ts';
import type { Json } from '../things/clinicResource.ts';
import { idOf, markedId } from '../things/thingIds.ts';
import { conditionSystem } from './conditionResource.ts';
import {
  ELIGIBLE,
  enrolledOn,
  entriesOf,
  extensionsOf,
  INELIGIBLE_REASON,
  kindOf,
  OUTCOME,
  referralSystem,
  trialIdOf,
} from './referralParts.ts';
import { currentEntry, dayOf, type Entry, nextStates, type ReferralKind } from './referralStates.ts';

/** A referral's resources by what they are to it. */
export interface ReferralParts {
  request: Resource;
  patient?: Resource | undefined;
  physician?: Resource | undefined;
  study?: Resource | undefined;
  subject?: Resource | undefined;
  episode?: Resource | undefined;
}

const listOf = <T>(value: unknown): T[] => (value ?? []) as T[];
const targetOf = (reference: unknown) => (reference as Reference | undefined)?.reference ?? '';
export const refersTo = (references: unknown, { resourceType, id }: Resource): boolean =>
  listOf<Reference>(references).some((each) => targetOf(each) === `${resourceType}/${id}`);

/** Whether what was read with a ServiceRequest belongs to it, and not to another referral of the patient. */
export function isReferralPart(part: Resource, request: Resource): boolean {
  switch (part.resourceType) {
    case 'ResearchSubject':
    case 'ResearchStudy':
      return refersTo(request.supportingInfo, part);
    case 'EpisodeOfCare':
      return refersTo(part.referralRequest, request);
    default:
      return true;
  }
}

export function referralParts(known: readonly Resource[]): ReferralParts {
  const request = known.find(({ resourceType }) => resourceType === 'ServiceRequest')!;
  const part = (type: string, isIt: (each: Resource) => boolean = () => true) =>
    known.find((each) => each.resourceType === type && isIt(each));
  return {
    request,
    patient: part('Patient', (each) => refersTo([request.subject], each)),
    physician: part('Practitioner', (each) => refersTo([request.requester], each)),
    study: part('ResearchStudy'),
    subject: part('ResearchSubject'),
    episode: part('EpisodeOfCare'),
  };
}

/** The states of a referral, with what an EHR has changed since. */
export const entriesIn = ({ request, subject, episode }: ReferralParts): Entry[] =>
  entriesOf(request, subject ?? episode);

export const referralIdOf = (main: Resource): string => idOf(main, referralSystem);

/** The plain form; `parts` are what was read with the ServiceRequest. */
export function referralJson(main: Resource, parts: readonly Resource[]): Json {
  const known = referralParts([main, ...parts]);
  const kind = kindOf(main);
  const entries = entriesIn(known);
  const current = currentEntry(entries);
  const reason = listOf<Reference>(main.reasonReference)[0];
  const members = defined({
    id: referralIdOf(main),
    kind,
    patient_id: toldPatientId(main.subject, parts),
    physician_id: known.physician && physicianIdOf(known.physician),
    condition_id: reason && conditionIdIn(reason),
    ...(kind === 'ct' ? trialMembers(known, entries) : accessMembers(known, entries)),
    status: current.status,
    status_since: current.date,
    states: entries.map(stateJson),
  });
  return { ...members, next_states: nextStates(kind, current.status) };
}

/** The id by which /conditions knows the condition that a reference leads to. */
function conditionIdIn({ reference = '', identifier }: Reference): string | undefined {
  if (identifier?.system === conditionSystem && identifier.value !== undefined) return identifier.value;
  const id = /^Condition\/([^/]+)$/.exec(reference)?.[1];
  return id === undefined ? undefined : markedId(id);
}

const extensionValue = (main: Resource, url: string, member: string): unknown =>
  extensionsOf(main).find((each) => each.url === url)?.[member];

function trialMembers({ request, study }: ReferralParts, entries: readonly Entry[]): Json {
  return {
    trial_id: trialIdOf(request),
    trial_title: study && titleOf(study),
    eligible: extensionValue(request, ELIGIBLE, 'valueBoolean'),
    ineligible_reason: extensionValue(request, INELIGIBLE_REASON, 'valueString'),
    ct_referral_date: dayOf(entries[0]!.date),
    ct_outcome: extensionValue(request, OUTCOME, 'valueString'),
  };
}

function accessMembers({ request, episode }: ReferralParts, entries: readonly Entry[]): Json {
  const numbers = listOf<Identifier>(episode?.identifier);
  return {
    product: listOf<{ text?: string }>(request.orderDetail)[0]?.text,
    eap_number: numbers.find(({ system }) => system === crmSystems.eapNumbers)?.value,
    eap_request_date: dayOf(entries[0]!.date),
    eap_enrollment_date: enrolledOn(entries),
    eap_outcome: extensionValue(request, OUTCOME, 'valueString'),
  };
}

/** A trial's title; one that nobody gave is its id. */
export function titleOf({ title, identifier }: Resource): string | undefined {
  const isId = listOf<Identifier>(identifier).some(
    ({ system, value }) => system === crmSystems.trials && value === title,
  );
  return isId ? undefined : (title as string | undefined);
}

const stateJson = ({ status, date, reason, undone, undone_reason }: Entry): Json =>
  defined({ status, date, reason, undone, undone_reason });

/** The date by which a kind of referral begins. */
export const beginOf = (kind: ReferralKind) => (kind === 'ct' ? 'ct_referral_date' : 'eap_request_date');
